"""Releases and labels of a project → a bundle of them, each release verified."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from llmops_cli.errors import FindingsError, UnknownNameError, UsageError
from llmops_cli.flow.named import shelf_for
from llmops_cli.flow.project import Project
from llmops_cli.flow.released import Shelf
from llmops_cli.load import labels as label_files
from llmops_cli.load import releases as release_files
from llmops_cli.model.bundle import Bundle, Frozen, endpoint_of, own_endpoints
from llmops_cli.model.frozen import freeze
from llmops_cli.model.release import Label


def gather(project: Project, ids: Sequence[str], labels: Sequence[str], *, every: bool = False) -> Bundle:
    """Return the bundle of what the labels serve; with `every` of all releases. `ids` and `labels` narrow it.

    Raises `UnverifiedError` for a release that was edited, `FindingsError` for a label that points at nothing,
    `UnknownNameError` for an id or label that is not there, and `UsageError` where nothing is left to bundle.
    """
    stored, _ = release_files.stored(project.tree, project.settings.prompts)
    asked = _labels(project, labels)
    chosen = _chosen_ids(project, stored, ids, asked)
    found = [label for label in asked if {*label.serves} & {*chosen}]
    wanted: dict[str, dict[str, Shelf]] = {name: {} for name in chosen}
    for name in (*stored, *ids) if every else ():
        shelf = shelf_for(project, name, stored[name][-1] if name in stored else "")
        if name in wanted:
            wanted[name] = dict.fromkeys(stored.get(name, shelf.versions), shelf)
    for label in found:
        for name in chosen:
            wanted[name] |= _serving(project, label, name)
    wanted = {name: versions for name, versions in wanted.items() if versions}
    _something(project, chosen, wanted, ids)
    prompts = {
        name: {version: _frozen(shelf, name, version) for version, shelf in versions.items()}
        for name, versions in wanted.items()
    }
    return Bundle(
        prompts,
        {label.name: {name: label.serves[name] for name in wanted if name in label.serves} for label in found},
        endpoints=_endpoints(project, (one for versions in prompts.values() for one in versions.values())),
    )


def _endpoints(project: Project, releases: Iterable[Frozen]) -> tuple[str, ...]:
    known = own_endpoints(project.settings.endpoints)
    models = (one.content.get("resolved_model") or one.content["model"] for one in releases)
    return tuple(sorted({name for model in models if (name := endpoint_of(model, known))}))


def _chosen_ids(
    project: Project, stored: Mapping[str, Sequence[str]], ids: Sequence[str], labels: Sequence[Label]
) -> tuple[str, ...]:
    if not stored:
        raise UsageError("nothing is released yet", hint="`llmops prompt release ID`, then promote it to a label")
    for name in ids:
        if name not in stored and not shelf_for(project, name).versions:
            near = get_close_matches(name, [*stored], n=1)
            hint = f"did you mean {near[0]}?" if near else f"`llmops prompt release {name}` makes its first"
            raise UnknownNameError(f"{name} has no release", hint=hint)
    return tuple(dict.fromkeys(ids)) or tuple(
        dict.fromkeys([*stored, *(name for one in labels for name in one.serves)])
    )


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


def _serving(project: Project, label: Label, name: str) -> dict[str, Shelf]:
    """Return what a label serves of a prompt, each version with the shelf it lies on: its own, or an old name's."""
    wanted = {}
    for version in label.versions(name):
        shelf = shelf_for(project, name, version)
        if version not in shelf.versions:
            where = str(label.places.get(name, label.source))
            raise FindingsError(
                f"label {label.name} serves {name}@{version}, which is not there",
                where=where,
                hint=shelf.missing(version).hint,
            )
        wanted[version] = shelf
    return wanted


def _something(project: Project, chosen: Sequence[str], wanted: Mapping[str, object], ids: Sequence[str]) -> None:
    """Raise `UsageError` where an id that was asked for, or everything, would be left out."""
    left = [name for name in ids if name not in wanted]
    if left or not wanted:
        name = left[0] if left else chosen[0]
        newest = shelf_for(project, name).newest
        hint = f"`llmops prompt promote {name}@{newest} --to production`, or --all for every release"
        raise UsageError(f"no label serves {name}" if left else "no label serves anything", hint=hint)


def _frozen(shelf: Shelf, name: str, version: str) -> Frozen:
    """Return a release under the id that it is asked for by; the id it was released under stays an alias."""
    release = shelf.release(version)
    others = dict.fromkeys([*release.prompt.aliases, release.id])
    prompt = replace(release.prompt, aliases=tuple(other for other in others if other != name))
    return Frozen(release.digest, release.interface_digest, freeze(prompt), release.commit)
