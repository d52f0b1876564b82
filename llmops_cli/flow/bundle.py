"""Releases and labels of a project → a bundle of them, each release verified."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from llmops_cli.errors import FindingsError, UnknownNameError, UsageError
from llmops_cli.flow.project import Project
from llmops_cli.load import labels as label_files
from llmops_cli.load import releases as release_files
from llmops_cli.model.bundle import Bundle, Frozen
from llmops_cli.model.frozen import freeze
from llmops_cli.model.release import Label
from llmops_cli.render.verify import verified

Wanted = Mapping[str, Iterable[str]]


def gather(project: Project, ids: Sequence[str], labels: Sequence[str], *, every: bool = False) -> Bundle:
    """Return the bundle of what the labels serve; with `every` of all releases. `ids` and `labels` narrow it.

    Raises `UnverifiedError` for a release that was edited, `FindingsError` for a label that points at nothing,
    `UnknownNameError` for an id or label that is not there, and `UsageError` where nothing is left to bundle.
    """
    tree, folder = project.tree, project.settings.prompts
    stored, _ = release_files.stored(tree, folder)
    chosen = _chosen_ids(stored, ids)
    found = [label for label in _labels(project, labels) if {*label.serves} & {*chosen}]
    wanted: dict[str, set[str]] = {name: {*stored[name]} if every else set() for name in chosen}
    for label in found:
        for name in chosen:
            _add(wanted, stored, label, name)
    wanted = {name: versions for name, versions in wanted.items() if versions}
    _something(stored, chosen, wanted, ids)
    return Bundle(
        {name: {version: _frozen(project, name, version) for version in versions} for name, versions in wanted.items()},
        {label.name: {name: label.serves[name] for name in wanted if name in label.serves} for label in found},
    )


def _chosen_ids(stored: Mapping[str, Sequence[str]], ids: Sequence[str]) -> tuple[str, ...]:
    if not stored:
        raise UsageError("nothing is released yet", hint="`llmops prompt release ID`, then promote it to a label")
    for name in ids:
        if name not in stored:
            near = get_close_matches(name, [*stored], n=1)
            hint = f"did you mean {near[0]}?" if near else f"`llmops prompt release {name}` makes its first"
            raise UnknownNameError(f"{name} has no release", hint=hint)
    return tuple(dict.fromkeys(ids)) or tuple(stored)


def _labels(project: Project, names: Sequence[str]) -> list[Label]:
    tree, folder = project.tree, project.settings.prompts
    there, odd = label_files.stored(tree, folder)
    for path in odd:
        project.warn(f"{path} is no label file and is left out")
    for name in names:
        if name not in there:
            near = get_close_matches(name, there, n=1)
            hint = f"did you mean {near[0]}?" if near else f"labels: {', '.join(there) or 'none'}"
            raise UnknownNameError(f"no label {name!r}", hint=hint)
    read = (label_files.read(tree, folder, name) for name in there if not names or name in names)
    return [label for label in read if label is not None]


def _add(wanted: dict[str, set[str]], stored: Mapping[str, Sequence[str]], label: Label, name: str) -> None:
    for version in label.versions(name):
        if version not in stored[name]:
            where = str(label.places.get(name, label.source))
            hint = f"released: {', '.join(stored[name])}"
            raise FindingsError(
                f"label {label.name} serves {name}@{version}, which is not there", where=where, hint=hint
            )
        wanted[name].add(version)


def _something(stored: Mapping[str, Sequence[str]], chosen: Sequence[str], wanted: Wanted, ids: Sequence[str]) -> None:
    """Raise `UsageError` where an id that was asked for, or everything, would be left out."""
    left = [name for name in (ids or ()) if name not in wanted]
    if left or not wanted:
        name = left[0] if left else chosen[0]
        hint = f"`llmops prompt promote {name}@{stored[name][-1]} --to production`, or --all for every release"
        raise UsageError(f"no label serves {name}" if left else "no label serves anything", hint=hint)


def _frozen(project: Project, name: str, version: str) -> Frozen:
    read = release_files.read(project.tree, project.settings.prompts, name, version)
    assert read is not None  # it was listed
    release = verified(read[0])
    return Frozen(release.digest, release.interface_digest, freeze(release.prompt), release.commit)
