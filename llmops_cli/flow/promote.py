"""A release → what an environment serves: refused without passing evidence, and where the interface breaks callers."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from llmops_cli.compare.usages import names
from llmops_cli.errors import FindingsError, LlmopsError, UsageError
from llmops_cli.flow.address import parse
from llmops_cli.flow.callers import Callers
from llmops_cli.flow.named import ids_of, shelf_for
from llmops_cli.flow.place import entry
from llmops_cli.flow.project import Project
from llmops_cli.flow.promote_callers import NOTHING, Allowed, require_compatible, require_keys
from llmops_cli.flow.proven import RefusedError, require_evidence
from llmops_cli.flow.released import Shelf, label, serving
from llmops_cli.flow.released import shelf as releases_of
from llmops_cli.load import labels as label_files
from llmops_cli.load.ids import from_path
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.release import Label, Release, Split, is_version, precedence
from llmops_cli.report.release import LABEL_HEAD, label_line, shown
from llmops_cli.store.releases import relabelled, write_label

ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Promoted:
    """What a label serves of a prompt now, and what it served before (None: nothing)."""

    id: str
    label: str
    before: str | Split | None
    after: str | Split
    path: str
    notes: tuple[str, ...] = ()


def promote(
    project: Project, address: str, to: str, *, split: Mapping[str, int] | None = None, allow: Allowed = NOTHING
) -> Promoted:
    """Set the line of a prompt in a label's file to a release, or to a split of releases.

    `allow.breaking` allows an interface that breaks what the label serves now, if no call site in the project breaks
    by it; `allow.unchecked` the call sites that nobody can check: a call whose prompt or whose values are only known
    at run time, a file that cannot be read.
    Raises `RefusedError`; `UnknownNameError` for what is not there; `UnverifiedError` for an edited release.
    """
    current = _label(project, to)
    name, version = _named(project, address, split)
    split = split if split and len(split) > 1 else None  # one version of any weight is served to all
    shelf = releases_of(project.tree, project.settings, ids_of(project, name))
    after = split or version
    new = [shelf.release(one) for one in ([*split] if split else [version])]
    key = _own_id(project, name, new[0])
    before = current.serves.get(key)
    path = label_files.place(project.settings.prompts, to)
    if before == after:
        return Promoted(key, to, before, after, path)
    old = key if before else serving(current, shelf.names)  # the line of an id that the prompt had before
    served = [_served(project, shelf, current, one, allow) for one in current.versions(old)]
    there = [one for one in served if one is not None]
    notes = []
    for one in new:
        which = f"{one.version} " if len(new) > 1 else ""
        notes += [f"{which}{note}" for note in require_evidence(project, shelf, one, own_id=key, served=there)]
    callers = Callers(project)
    if split:
        require_keys(callers, {*shelf.names, *(name for one in new for name in names(one.prompt))}, to)
    notes += require_compatible(callers, new, served, to, allow)
    _write(project, current, key, after)
    if old and old != key:
        notes.append(f"{old}@{to} still serves {shown(current.serves[old])}: remove that line when nobody asks for it")
    return Promoted(key, to, before, after, path, tuple(dict.fromkeys(notes)))


def _own_id(project: Project, name: str, new: Release) -> str:
    """Return the id that the prompt has now; a prompt that is gone keeps that of its release."""
    try:
        return entry(project.tree, project.settings, name).prompt.id
    except LlmopsError:
        return new.id


def _label(project: Project, name: str) -> Label:
    """Return a label; an empty one where the environment is new. Raises `UsageError` for a name that is a slip."""
    if not label_files.is_label(name):
        hint = "a word such as production or staging: letters, digits, `_`, `-` and `.`, and no revision of git"
        raise UsageError(f"--to {name!r} is no name of an environment", hint=hint)
    there = label_files.names(project.tree, project.settings.prompts)
    if name in there:
        return label(project.tree, project.settings, name)
    near = get_close_matches(name, there, n=1, cutoff=ALIKE)
    if near:
        path = label_files.place(project.settings.prompts, name)
        hint = f"did you mean {near[0]}? To begin a new environment of this name, make the empty file {path}"
        raise UsageError(f"no label {name!r}", hint=hint)
    label_files.read(project.tree, project.settings.prompts, name)  # raises for what lies there and is no file
    return Label(name)


def _named(project: Project, address: str, split: Mapping[str, int] | None) -> tuple[str, str]:
    """Return the id and the version of an address: id@3.2.0, or id@label for what another label serves."""
    where = parse(address)
    name, ref = where.name, where.ref
    if where.is_path:
        name = from_path(project.relative(project.root / where.name), project.settings.prompts)
    if split:
        if ref and ref not in split:
            raise UsageError(f"{address} is not in the split", hint=f"--split {ref}=10,…, or leave @{ref} out")
        return name, next(iter(split))
    if is_version(ref):
        return name, ref
    if ref and label_files.is_label(ref) and ref in label_files.names(project.tree, project.settings.prompts):
        other = label(project.tree, project.settings, ref)
        served = other.versions(serving(other, (name, *ids_of(project, name))))
        if len(served) == 1:
            return name, served[0]
        what = "a split" if served else f"nothing of {name}"
        raise UsageError(
            f"the label {ref} serves {what}", where=other.source.path, hint=f"name a version: {name}@3.2.0"
        )
    newest = shelf_for(project, name).newest
    hint = f"llmops prompt promote {name}@{newest} --to …" if newest else f"first: llmops prompt release {name}"
    raise UsageError(f"{address} names no release: promote takes ID@VERSION", hint=hint)


def parse_split(text: str) -> dict[str, int]:
    """Return the split that `3.2.0=90,3.3.0=10` says, oldest first. Raises `UsageError`."""
    found: dict[str, int] = {}
    for part in text.split(","):
        version, _, weight = (one.strip() for one in part.partition("="))
        fine = is_version(version) and weight.isascii() and weight.isdecimal()
        if not fine or version in found or not 0 < int(weight[:9]) <= label_files.MAX_WEIGHT:
            raise UsageError(f"--split {text}", hint="--split 3.2.0=90,3.3.0=10: versions once each, whole weights")
        found[version] = int(weight)
    return {version: found[version] for version in sorted(found, key=precedence)}


def _served(project: Project, shelf: Shelf, current: Label, version: str, allow: Allowed) -> Release | None:
    """Return a release that the label serves now: a file that is gone from the working tree, as HEAD has it.

    None where there is no such release and that is allowed: promoting mends it. Raises `RefusedError` otherwise: what
    cannot be compared may break callers.
    """
    if version in shelf.versions:
        return shelf.release(version)
    head = project.repository.head() if project.repository else ""
    if head:
        before = releases_of(project.at(head), project.settings, shelf.names)
        if version in before.versions:
            project.warn(f"{before.versions[version]} {version} is gone from the working tree: compared with HEAD's")
            return before.release(version)
    what = f"{current.name} serves {shelf.names[0]} {version}, which is no release: nothing to compare with"
    if not allow.breaking:
        hint = f"get {version} back from git, or say --breaking: then only the call sites are looked at"
        raise RefusedError(what, where=current.source.path, hint=hint)
    project.warn(what)
    return None


def _write(project: Project, current: Label, name: str, serves: str | Split) -> None:
    """Write the label with this one line changed. Raises `FindingsError` where the file is laid out in another way."""
    folder = project.settings.prompts
    path = label_files.place(folder, current.name)
    try:
        text = project.tree.read(path).decode("utf-8")
    except FileNotFoundError:
        text = LABEL_HEAD.format(name=current.name)
    lines = {key: place.line for key, place in current.places.items()}
    changed = relabelled(text, name, label_line(name, serves), lines)
    try:
        read_back = label_files.from_bytes(changed.encode("utf-8"), path, current.name)
    except InvalidFilesError as error:
        raise _odd(path) from error
    if dict(read_back.serves) != {**current.serves, name: serves}:
        raise _odd(path)
    write_label(project.root, path, changed)


def _odd(path: str) -> LlmopsError:
    return FindingsError(
        "cannot change one line of this file", where=path, hint="write it as one prompt a line: id: 3.2.0"
    )
