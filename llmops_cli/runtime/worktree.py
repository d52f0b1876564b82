"""A project folder as a source, for development: files as they are being edited, releases and labels from theirs.

Everything is read when it is asked for, so that an edit shows at once. An application in production reads a bundle.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from llmops_cli.errors import LlmopsError
from llmops_cli.load import labels as label_files
from llmops_cli.load import prompts as prompt_files
from llmops_cli.load import releases as release_files
from llmops_cli.load.ids import SUFFIXES
from llmops_cli.load.settings import find_root
from llmops_cli.load.settings import read as read_settings
from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.bundle import Served, own_endpoints
from llmops_cli.model.problem import Document, InvalidFilesError, Problem
from llmops_cli.model.prompt import Placeholder, Prompt, Variable
from llmops_cli.model.settings import Settings
from llmops_cli.render.identity import identify
from llmops_cli.render.template import facts
from llmops_cli.render.verify import verified
from llmops_cli.runtime.errors import UnreachableError
from llmops_cli.runtime.rendering import OwnRenderer
from llmops_cli.runtime.shelf import Made, Shelf

MAX_DEPTH = 8


class ProjectFolder:
    """The project around a folder, as a source of the chain."""

    def __init__(self, start: Path) -> None:
        """`start` is the project's folder, or one below it."""
        self._start = start

    def shelves(self) -> tuple[Shelf, ...]:
        """Return the project as it is now. Raises `UnreachableError` where there is no such folder."""
        if not self._start.is_dir():
            raise UnreachableError("no such folder", where=str(self._start))
        tree = WorkTree(find_root(self._start))
        return (ProjectShelf(tree, read_settings(tree)),)

    def refresh(self) -> None:
        """Look again now."""
        self.shelves()

    def renew(self) -> None:
        """Nothing is held."""


class ProjectShelf:
    """The prompts of one working tree."""

    source = "project"

    def __init__(self, tree: WorkTree, settings: Settings) -> None:
        """`settings` are the tree's: where prompts lie, and what logical models stand for."""
        self._tree = tree
        self._settings = settings
        self._folder = settings.prompts
        self.endpoints = own_endpoints(settings.endpoints)

    def renew(self) -> None:
        """Nothing is held."""

    def named(self, name: str) -> str:
        """Return the id of the prompt with this id or alias; "" where it is neither a file nor released."""
        if self._path(name) or self.versions(name):
            return name
        for path in prompt_files.discover(self._tree, self._folder):
            prompt, _, _ = prompt_files.read(self._tree, path, self._folder)
            if prompt is not None and name in (prompt.id, *prompt.aliases):
                return prompt.id
        return ""

    def ids(self) -> tuple[str, ...]:
        """Return the ids that are released or lie in a file."""
        found = (prompt_files.read(self._tree, path, self._folder)[0] for path in self._paths())
        ids = {prompt.id for prompt in found if prompt is not None}
        return tuple(sorted({*release_files.stored(self._tree, self._folder)[0], *ids}))

    def versions(self, name: str) -> Mapping[str, str]:
        """Return the released versions of an id with the digests that they claim."""
        found: dict[str, str] = {}
        for version in release_files.versions(self._tree, self._folder, name):
            if read := release_files.read(self._tree, self._folder, name, version):
                found[version] = read[0].digest
        return found

    def serves(self, name: str) -> Mapping[str, Served]:
        """Return what each label serves of an id."""
        found: dict[str, Served] = {}
        for label_name in label_files.names(self._tree, self._folder):
            label = label_files.read(self._tree, self._folder, label_name)
            if label is not None and name in label.serves:
                found[label_name] = label.serves[name]
        return found

    def release(self, name: str, version: str) -> Made:
        """Return a release, verified."""
        read = release_files.read(self._tree, self._folder, name, version)
        assert read is not None  # the caller has asked `versions`
        prompt = verified(read[0]).prompt
        return prompt, OwnRenderer(prompt)

    def current(self, name: str) -> Made | None:
        """Return the prompt as its file says it now. Raises `InvalidFilesError` with every problem of the file."""
        path = self._path(name) or self._path_of_id(name)
        if not path:
            return None
        prompt, document, problems = prompt_files.read(self._tree, path, self._folder)
        errors: list[Problem] = [problem for problem in problems if problem.severity == "error"]
        if prompt is None or document is None or errors:
            raise InvalidFilesError(errors or problems)
        resolved = self._resolved(prompt, document)
        return resolved, OwnRenderer(resolved)

    def _paths(self) -> tuple[str, ...]:
        return prompt_files.discover(self._tree, self._folder)

    def _path(self, name: str) -> str:
        """Return the file that the id names by its place, if it says no other id."""
        known = {*self._paths()}
        for suffix in SUFFIXES:
            path = f"{self._folder}/{name}{suffix}"
            if path in known:
                prompt, _, _ = prompt_files.read(self._tree, path, self._folder)
                if prompt is None or prompt.id == name:
                    return path
        return ""

    def _path_of_id(self, name: str) -> str:
        for path in self._paths():
            prompt, _, _ = prompt_files.read(self._tree, path, self._folder)
            if prompt is not None and prompt.id == name:
                return path
        return ""

    def _resolved(self, prompt: Prompt, document: Document) -> Prompt:
        """Return the prompt with includes, model and digests, as every command resolves it."""
        found = facts(prompt)
        for _ in range(MAX_DEPTH):
            new = [path for path in found.includes if path not in prompt.includes]
            if not new:
                break
            prompt = replace(prompt, includes={**prompt.includes, **{path: self._included(path) for path in new}})
            found = facts(prompt)
        else:
            raise LlmopsError(f"includes nest deeper than {MAX_DEPTH}", where=str(prompt.source))
        if "variables" not in document.value:
            turns = [message.name for message in prompt.messages if isinstance(message, Placeholder)]
            names = dict.fromkeys([*(use.name for use in found.variables), *turns])
            prompt = replace(prompt, variables=tuple(_undeclared(name, turns=name in turns) for name in names))
        route = self._settings.models.get(prompt.model)
        return identify(replace(prompt, resolved_model=route.model if route else prompt.model))

    def _included(self, path: str) -> str:
        try:
            return self._tree.read(f"{self._folder}/{path}").decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            hint = f"includes lie below {self._folder}/, inside it, and are no symlinks"
            raise LlmopsError(f"include {path!r} cannot be read: {error}", hint=hint) from error


def _undeclared(name: str, *, turns: bool) -> Variable:
    return Variable(name, {"type": "messages"} if turns else {}, required=not turns, declared=False)
