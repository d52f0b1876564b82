"""An address → the prompt it names: `id`, `id@<git revision>`, or a file path."""

from dataclasses import dataclass
from pathlib import Path

from llmops_cli.errors import GitError, UnknownNameError
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Entry, Registry, read, read_prompt
from llmops_cli.load.settings import read as read_settings
from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.settings import Settings

SUFFIXES = (".yaml", ".yml", ".prompt.yaml")


@dataclass(frozen=True, slots=True)
class Found:
    """What an address names: the entry, its tree, that tree's settings, and a short name for the tree."""

    entry: Entry
    tree: Tree
    settings: Settings
    name: str

    @property
    def prompt(self) -> Prompt:
        """The prompt, resolved."""
        return self.entry.prompt


def find(project: Project, address: str) -> Found:
    """Return the prompt at an address. Raises `UnknownNameError`, `GitError`, or the file's problems."""
    name, _, ref = address.rpartition("@") if "@" in address else (address, "", "")
    if not name:
        raise UnknownNameError(f"no prompt {address!r}", hint="an address is id, id@revision, or a file path")
    if not ref and _is_path(name):
        return _file(project, Path(name))
    tree, settings, label = project.tree, project.settings, "worktree"
    if ref:
        commit = _commit(project, ref)
        tree, label = project.at(commit), ref
        settings = read_settings(tree)
    if _is_path(name):
        name = _id_of(project.relative(Path(name)), settings.prompts)
    return Found(entry(tree, settings, name), tree, settings, label)


def entry(tree: Tree, settings: Settings, name: str) -> Entry:
    """Return the prompt with this id or alias; its own file is tried before the whole registry is read."""
    for suffix in SUFFIXES:
        found, problems = _try(tree, settings, f"{settings.prompts}/{name}{suffix}")
        if found is not None and name in (found.prompt.id, *found.prompt.aliases):
            errors = [problem for problem in problems if problem.severity == "error"]
            if errors:
                raise InvalidFilesError(errors)
            return found
    registry = read(tree, settings, sets=False)
    return _in(registry, registry.find(name))


def _in(registry: Registry, prompt: Prompt) -> Entry:
    found = next(entry for entry in registry.entries if entry.prompt is prompt)
    errors = [
        problem
        for problem in registry.problems
        if problem.severity == "error" and problem.source.path == found.document.path
    ]
    if errors:
        raise InvalidFilesError(errors)
    return found


def _try(tree: Tree, settings: Settings, path: str) -> tuple[Entry | None, list]:  # type: ignore[type-arg]
    try:
        tree.read(path)
    except OSError:
        return None, []
    found, problems = read_prompt(tree, settings, path)
    if found is None:
        raise InvalidFilesError(problems)
    return found, problems


def _commit(project: Project, ref: str) -> str:
    try:
        return project.git().resolve(ref)
    except GitError as error:
        hint = "after @ stands a git revision, e.g. id@HEAD~1 or id@main"
        raise UnknownNameError(f"no revision {ref!r}: {error.message}", hint=error.hint or hint) from error


def _is_path(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))


def _id_of(path: str, folder: str) -> str:
    stem = path.removeprefix(f"{folder}/")
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        stem = stem.removesuffix(suffix)
    return stem


def _file(project: Project, path: Path) -> Found:
    """Return the prompt in a file, wherever it lies; outside the project it is read with the project's settings."""
    relative = project.relative(path)
    tree: Tree = project.tree
    folder = project.settings.prompts
    if relative.startswith("/"):
        tree = WorkTree(path.resolve().parent)
        relative, folder = path.name, ""
    elif not relative.startswith(f"{folder}/"):
        folder = str(Path(relative).parent) if "/" in relative else ""
    try:
        tree.read(relative)
    except FileNotFoundError as error:
        raise UnknownNameError(f"no file {path}", hint="`llmops prompt list` shows the prompts") from error
    found, problems = read_prompt(tree, project.settings, relative, folder=folder)
    errors = [problem for problem in problems if problem.severity == "error"]
    if found is None or errors:
        raise InvalidFilesError(errors or problems)
    return Found(found, tree, project.settings, "worktree")
