"""Where a prompt was found, and the two ways to it that need no history: by id in a tree, by a file's path."""

from dataclasses import dataclass
from pathlib import Path

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Entry, Registry, read, read_prompt
from llmops_cli.load.ids import SUFFIXES
from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.settings import Settings


@dataclass(frozen=True, slots=True)
class Found:
    """What an address names: the entry, its tree, that tree's settings, and a short name for where it was.

    For a release the tree is the one that its file lies in, and `name` its version.
    """

    entry: Entry
    tree: Tree
    settings: Settings
    name: str

    @property
    def prompt(self) -> Prompt:
        """The prompt, resolved."""
        return self.entry.prompt


def entry(tree: Tree, settings: Settings, name: str) -> Entry:
    """Return the prompt with this id or alias; its own file is tried before the whole registry is read."""
    found = own_file(tree, settings, name)
    if found is not None and name in (found.prompt.id, *found.prompt.aliases):
        return found
    registry = read(tree, settings, sets=False)
    return _in(registry, registry.find(name))


def own_file(tree: Tree, settings: Settings, name: str) -> Entry | None:
    """Return the prompt in the file that an id's path says; None without one. Raises the file's problems."""
    for suffix in SUFFIXES:
        path = f"{settings.prompts}/{name}{suffix}"
        try:
            tree.read(path)
        except OSError:
            continue
        found, problems = read_prompt(tree, settings, path)
        errors = [problem for problem in problems if problem.severity == "error"]
        if found is None or errors:
            raise InvalidFilesError(errors or problems)
        return found
    return None


def in_file(project: Project, path: Path) -> Found:
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
