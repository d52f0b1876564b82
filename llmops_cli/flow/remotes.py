"""Prompts here and in another registry: what differs, and a push that makes no version twice.

Only content decides. What a push stored beside a version is shown, never trusted: an edit by hand keeps it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from llmops_cli.errors import IncompleteError, LlmopsError, UsageError
from llmops_cli.flow.address import find
from llmops_cli.flow.arriving import content_of, texts_of
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.remote_sites import Registry, opened, remote_of
from llmops_cli.flow.wire import Wire, there_called, wire_of
from llmops_cli.model.exchange import Compared, Drift, Push, Pushed, Pushes, There
from llmops_cli.model.frozen import freeze
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.prompt import Json, Prompt
from llmops_cli.plugins import module
from llmops_cli.publish._http import RemoteError

READERS = {"langfuse": "langfuse", "langsmith": "langsmith", "mlflow": "langfuse"}
DECIDES = ("messages", "includes", "constants", "variables", "tools", "output", "params", "resolved_model", "examples")


@dataclass(frozen=True, slots=True)
class Sending:
    """The flags of `prompt push`."""

    label: str = ""
    dry_run: bool = False
    lossy: bool = False


@dataclass(frozen=True, slots=True)
class Local:
    """One prompt of ours as it would be there: what is sent, and what that says when it is read back."""

    prompt: Prompt
    wire: Wire
    reads: Prompt | None


def drift(project: Project, names: Sequence[str], to: str, *, label: str = "", offline: bool = False) -> Drift:
    """Return what differs between the repository and a remote: of these prompts, or of all on both sides.

    Raises `RemoteError` where the remote does not answer, `UsageError` for a remote that llmops.yaml does not name.
    """
    remote = remote_of(project, to, offline=offline)
    registry = opened(project, remote)
    locals_ = _locals(project, names, remote.kind)
    notes = [f"{one.prompt.id}: {loss.path}: {loss.message}" for one in locals_ for loss in one.wire.losses]
    found = [_compared(project, remote.kind, one, registry.latest(one.wire.name, label)) for one in locals_]
    if not names:
        here = {one.wire.name for one in locals_}
        others = sorted(set(registry.names()) - here)
        found += [Compared("", name, "only-there", there=_version(registry.latest(name))) for name in others]
    return Drift(remote.name, remote.url, tuple(sorted(found, key=lambda one: one.id or one.name)), tuple(notes))


def push(
    project: Project, names: Sequence[str], to: str, sending: Sending = Sending(), *, offline: bool = False
) -> Pushes:
    """Make sure that each prompt's content is the newest version there, and that the label points to it.

    With losses (unless `sending.lossy`) nothing is sent.
    """
    if not names:
        raise UsageError("no prompt is named", hint="llmops prompt push ID… --to REMOTE")
    remote = remote_of(project, to, offline=offline)
    locals_ = _locals(project, names, remote.kind)
    losses = tuple(replace(loss, at=one.prompt.id) for one in locals_ for loss in one.wire.losses)
    notes = tuple(dict.fromkeys(f"{one.prompt.id}: {note}" for one in locals_ for note in one.wire.notes))
    start = Pushes(remote.name, remote.url, losses=losses, notes=notes, dry_run=sending.dry_run)
    if losses and not sending.lossy:
        return replace(start, stopped="something would be lost")
    registry = opened(project, remote)
    done: list[Pushed] = []
    for one in locals_:
        try:
            done.append(_push(project, remote.kind, registry, one, sending))
        except RemoteError as error:
            said = f"; done before: {', '.join(each.id for each in done)}" if done else ""
            raise IncompleteError(
                f"{one.prompt.id}: {error.message}{said}", where=error.where, hint=error.hint
            ) from error
    return replace(start, prompts=tuple(done))


def _push(project: Project, kind: str, registry: Registry, local: Local, sending: Sending) -> Pushed:
    label = sending.label
    name, digest = local.wire.name, local.prompt.digest
    there = registry.latest(name)
    standing = _compared(project, kind, local, there)
    if there is not None and standing.standing == "same":
        missing = bool(label) and label not in there.labels and not _serves(registry, there, label)
        if missing and not sending.dry_run:
            registry.label(there, label)
        return Pushed(local.prompt.id, name, "labelled" if missing else "same", digest, there.version, label)
    by_hand = ""
    if there is not None and standing.by_hand:
        who = f" by {there.author}" if there.author else ""
        by_hand = f"{name} version {there.version} was not pushed from here{who}: it stays there as an older version"
    action: Push = "updated" if there is not None else "created"
    if sending.dry_run:
        return Pushed(local.prompt.id, name, action, digest, "", label, by_hand)
    new = _create(project, kind, registry, local)
    if label:
        registry.label(new, label)
    return Pushed(local.prompt.id, name, action, digest, new.version, label, by_hand)


def _create(project: Project, kind: str, registry: Registry, local: Local) -> There:
    """Create a version; where nobody knows whether it was made, look before anything is sent again."""
    message = f"llmops {local.prompt.id} sha256:{local.prompt.digest}"
    content = local.reads.digest if local.reads else ""
    body = local.wire.body
    for last in (False, True):
        try:
            return registry.create(local.wire.name, body, digest=local.prompt.digest, content=content, message=message)
        except RemoteError as error:
            there = registry.latest(local.wire.name) if error.unsure else None
            if there is not None and _compared(project, kind, local, there).standing == "same":
                return there
            if last or not error.unsure:
                raise
    raise AssertionError("the second try returns or raises")


def _serves(registry: Registry, there: There, label: str) -> bool:
    served = registry.latest(there.name, label)
    return served is not None and served.version == there.version


def _locals(project: Project, names: Sequence[str], kind: str) -> list[Local]:
    """Return the prompts as they would be there. Raises `UsageError` where two would have one name there."""
    registry = read(project.tree, project.settings, sets=False)
    if names:
        prompts = [find(project, name).prompt for name in names]
    else:
        errors = [problem for problem in registry.problems if problem.severity == "error"]
        if errors:
            raise InvalidFilesError(errors)
        prompts = [entry.prompt for entry in registry.entries]
    found: list[Local] = []
    taken: dict[str, set[str]] = {}
    for prompt in [*prompts, *(entry.prompt for entry in registry.entries)]:
        taken.setdefault(there_called(prompt, kind), set()).add(prompt.id)
    for prompt in prompts:
        wire = wire_of(replace(prompt, model=prompt.resolved_model or prompt.model), kind)
        if others := sorted(taken[wire.name] - {prompt.id}):
            raise UsageError(f"{others[0]} and {prompt.id} would both be {wire.name} there", hint="rename one of them")
        found.append(Local(prompt, wire, _read_back(project, kind, wire.raw, wire.name)))
    return found


def _read_back(project: Project, kind: str, raw: Json, name: str) -> Prompt | None:
    """Return what a version there says, as a prompt of ours; None for what cannot be one."""
    data = json.dumps(raw, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        imported = module("convert", READERS[kind]).read({"remote.json": data}, "remote.json")
        version = imported.prompts[0].versions[-1]
        path = f"{project.settings.prompts}/remote.yaml"
        texts = texts_of(project.settings.prompts, path, "remote", version)
        return content_of(project, path, texts).prompt
    except RemoteError:
        raise
    except LlmopsError as error:
        project.warn(f"{name} on the remote cannot be read: {error.message}")
        return None


def _compared(project: Project, kind: str, local: Local, there: There | None) -> Compared:
    if there is None:
        return Compared(local.prompt.id, local.wire.name, "only-here", local.prompt.digest)
    other = _read_back(project, kind, there.raw, local.wire.name)
    same = other is not None and local.reads is not None and other.digest == local.reads.digest
    by_hand = other is None or not there.content or there.content != other.digest
    return Compared(
        local.prompt.id,
        local.wire.name,
        "same" if same else "differs",
        local.prompt.digest,
        there.version,
        () if same else _areas(local.reads, other),
        by_hand and not same,
    )


def _areas(one: Prompt | None, other: Prompt | None) -> tuple[str, ...]:
    if one is None or other is None:
        return ("it cannot be read",)
    left, right = freeze(one), freeze(other)
    names = [key for key in DECIDES if left.get(key) != right.get(key)]
    return tuple("model" if name == "resolved_model" else name for name in names) or ("content",)


def _version(there: There | None) -> str:
    return there.version if there else ""
