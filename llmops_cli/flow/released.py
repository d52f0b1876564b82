"""Releases and labels of a project, each proven before anybody uses it; and what there is where a name misses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from llmops_cli.errors import UnknownNameError
from llmops_cli.load import labels as label_files
from llmops_cli.load import releases as release_files
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Document
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.release import Label, Release, precedence
from llmops_cli.model.settings import Settings
from llmops_cli.render.verify import verified

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Shelf:
    """The releases of one prompt, whatever ids it had: `versions` maps each to the id that it lies under.

    `names` are the ids that were looked under, the prompt's own first.
    """

    tree: Tree
    settings: Settings
    names: tuple[str, ...]
    versions: Mapping[str, str]

    @property
    def newest(self) -> str:
        """The highest version; "" where there is none."""
        return max(self.versions, key=precedence, default="")

    def read(self, version: str) -> tuple[Release, Document]:
        """Return a release, verified. Raises `UnknownNameError`, or what is wrong with the file."""
        name = self.versions.get(version, "")
        found = release_files.read(self.tree, self.settings.prompts, name, version) if name else None
        if found is None:
            raise self.missing(version)
        return verified(found[0]), found[1]

    def release(self, version: str) -> Release:
        """Return a release, verified. Raises as `read` does."""
        return self.read(version)[0]

    def missing(self, version: str) -> UnknownNameError:
        """Return the error for a version that is not there, with what is."""
        name = self.names[0]
        if not self.versions:
            hint = f"nothing of it is released yet: llmops prompt release {name}"
            return UnknownNameError(f"no release {name}@{version}", hint=hint)
        there = sorted(self.versions, key=precedence)
        near = get_close_matches(version, there, n=1)
        shown = ", ".join(there[-SHOWN:]) + (f" and {len(there) - SHOWN} older" if len(there) > SHOWN else "")
        hint = f"did you mean {name}@{near[0]}? " if near else ""
        return UnknownNameError(
            f"no release {name}@{version}", hint=f"{hint}there are {shown}: llmops prompt log {name}"
        )


def shelf(tree: Tree, settings: Settings, names: Iterable[str]) -> Shelf:
    """Return the releases of a prompt under its ids, its own before older ones."""
    ids = tuple(dict.fromkeys(names))
    versions: dict[str, str] = {}
    for name in ids:
        for version in release_files.versions(tree, settings.prompts, name):
            versions.setdefault(version, name)
    return Shelf(tree, settings, ids, versions)


def shelf_of(tree: Tree, settings: Settings, prompt: Prompt) -> Shelf:
    """Return the releases of a prompt, also of those that bear one of its old ids."""
    return shelf(tree, settings, (prompt.id, *prompt.aliases))


def labels(tree: Tree, settings: Settings) -> tuple[Label, ...]:
    """Return every label, by name. Raises `InvalidFilesError` for a file that is wrong."""
    found = (label_files.read(tree, settings.prompts, name) for name in label_files.names(tree, settings.prompts))
    return tuple(label for label in found if label is not None)


def label(tree: Tree, settings: Settings, name: str) -> Label:
    """Return one label. Raises `UnknownNameError` with those that there are."""
    found = label_files.read(tree, settings.prompts, name)
    if found is None:
        there = label_files.names(tree, settings.prompts)
        near = get_close_matches(name, there, n=1)
        known = f"labels: {', '.join(there)}" if there else "there is none yet"
        hint = (
            f"did you mean {near[0]}?" if near else f"{known}; llmops prompt promote ID@VERSION --to {name or 'NAME'}"
        )
        raise UnknownNameError(f"no label {name!r}", hint=hint)
    return found


def serving(label: Label, names: Iterable[str]) -> str:
    """Return under which of its ids a label serves a prompt; "" where it does not."""
    return next((name for name in names if name in label.serves), "")


def answerable(prompt: Prompt, settings: Settings) -> Prompt:
    """Return a frozen prompt under a model name that still means the model it was frozen with.

    A logical name may have been given to another model since: the release then goes to its own model by its own name.
    """
    route = settings.models.get(prompt.model)
    means = route.model if route else prompt.model
    return prompt if means == prompt.resolved_model else replace(prompt, model=prompt.resolved_model)
