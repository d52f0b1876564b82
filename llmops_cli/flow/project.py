"""A project: where it lies, what llmops.yaml says, and the trees of files that can be read from it."""

import os
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from llmops_cli.errors import GitError
from llmops_cli.load.history import Repository
from llmops_cli.load.settings import environment as read_environment
from llmops_cli.load.settings import find_root
from llmops_cli.load.settings import read as read_settings
from llmops_cli.load.tracked import tracked
from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.ports import Tree
from llmops_cli.model.settings import Environment, Settings
from llmops_cli.store.state import require_own


@dataclass(frozen=True, slots=True)
class Project:
    """One project folder, its working tree and settings; `repository` is None outside git.

    `prefix` is the project's folder below the top of the repository ("" at the top, else "sub/folder"), `start` the
    folder that the command was given.
    """

    root: Path
    tree: Tree
    settings: Settings
    environment: Environment
    repository: Repository | None
    prefix: str = ""
    warn: Callable[[str], None] = lambda _: None
    start: str = ""

    @property
    def state(self) -> Path:
        """The folder of what is not committed: runs and cache. Raises `UsageError` where git tracks any of it.

        Everything that reads or writes the folder asks here for it.
        """
        home = self.root / ".llmops"
        if self.repository is not None and os.path.lexists(home):
            require_own(home, _tracked(self.repository, posixpath.join(self.prefix, home.name)))
        else:
            require_own(home)
        return home

    def git(self) -> Repository:
        """Return the repository. Raises `GitError` outside one."""
        if self.repository is None:
            hint = "run `git init`, or name a folder inside a repository with -C"
            raise GitError(f"{self.root} is not in a git repository", hint=hint)
        return self.repository

    def at(self, commit: str) -> Tree:
        """Return the tree of a commit (full hex id); of the working tree for ""."""
        return self.git().tree(commit, self.prefix) if commit else self.tree

    def relative(self, path: Path) -> str:
        """Return a path relative to the project root, with `/`; absolute, if it lies outside.

        It is meant from the current folder; what is not there, from the top of the repository: as git and hooks say it.
        """
        resolved = path if path.is_absolute() else Path.cwd() / path
        if self.repository is not None and not resolved.exists() and (self.repository.top / path).exists():
            resolved = self.repository.top / path
        try:
            return resolved.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            return resolved.as_posix()


def open_project(
    start: Path,
    *,
    config: str = "",
    variables: Mapping[str, str] | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> Project:
    """Return the project around `start`: the folder of the nearest llmops.yaml, never above the git top level.

    `config` names another file than llmops.yaml; `warn` is told what a person should know.
    Raises `SettingsError` where it is invalid.
    """
    root = find_root(start)
    repository = Repository.find(root)
    prefix, below, tree = "", "", WorkTree(root)
    if repository is not None:
        prefix, below = _below(root, repository.top), _below(start, repository.top)
        tree = WorkTree(root, object_format=repository.object_format, left_out=_left_out(repository, prefix))
    settings = read_settings(tree, config) if config else read_settings(tree)
    return Project(root, tree, settings, read_environment(variables), repository, prefix, warn, below)


def _below(folder: Path, top: Path) -> str:
    relative = folder.resolve().relative_to(top.resolve()).as_posix()
    return "" if relative == "." else relative


def _left_out(repository: Repository, prefix: str) -> Callable[[str], tuple[str, ...]]:
    """Return what of a path of the project a sparse checkout leaves out, asked once a path."""
    return lru_cache(maxsize=None)(lambda path: repository.left_out(posixpath.normpath(posixpath.join(prefix, path))))


@lru_cache(maxsize=1)
def _tracked(repository: Repository, folder: str) -> str:
    """Return what git has of the folder, asked once a command."""
    return tracked(repository.top, folder)


def with_tree(project: Project, tree: Tree, settings: Settings | None = None) -> Project:
    """Return the same project, looked at through another tree (and other settings)."""
    return replace(project, tree=tree, settings=settings or project.settings)
