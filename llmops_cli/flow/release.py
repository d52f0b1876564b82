"""The working tree's prompt → a release: diffed against the last one, versioned, weighed, frozen, sealed, written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from llmops_cli.errors import FindingsError, LlmopsError, UsageError
from llmops_cli.flow.address import find, parse
from llmops_cli.flow.diff import compared
from llmops_cli.flow.evidence import Weighed, weigh
from llmops_cli.flow.lint import lint
from llmops_cli.flow.place import Found, entry
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry, read
from llmops_cli.flow.released import Shelf, shelf_of
from llmops_cli.load.releases import place, read_back, seal
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.diff import ChangeClass, PromptDiff
from llmops_cli.model.frozen import freeze
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.prompt import Prompt, canonical
from llmops_cli.model.release import BUMPS, Bump, Release, bumped, is_version, precedence
from llmops_cli.render.verify import verified
from llmops_cli.report.release import document, text
from llmops_cli.store.releases import write_release

FIRST = "1.0.0"
MOST_REASONS = 50
NEEDED: Mapping[ChangeClass, Bump] = {
    ChangeClass.BREAKING: "major",
    ChangeClass.MINOR: "minor",
    ChangeClass.PATCH: "patch",
    ChangeClass.NONE: "patch",  # the digest is another one all the same
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asks of a release. `bump` is auto, major, minor or patch.

    `lower` allows one below the change's class; `dirty` content that is in no commit: the release then names none.
    """

    bump: str = "auto"
    message: str = ""
    lower: bool = False
    dirty: bool = False


@dataclass(frozen=True, slots=True)
class Released:
    """A written release, its path, the class of its change ("" for the first), and each eval set's word on it."""

    release: Release
    path: str
    change: str
    weighed: tuple[Weighed, ...]
    notes: tuple[str, ...] = ()


def release(project: Project, name: str, wish: Wish) -> Released:
    """Write the next release of a prompt as it is in the working tree.

    Raises `InvalidFilesError` for a prompt with errors, `UsageError` where nothing changed, where the bump is too
    small or where the content is not committed; `UnverifiedError` where the last release was edited.
    """
    if parse(name).ref:
        hint = f"llmops prompt release {parse(name).name}"
        raise UsageError(f"{name}: a release is made of the working tree", hint=hint)
    found = find(project, name)
    _require_sound(project, found)
    prompt = found.prompt
    shelf = shelf_of(project.tree, project.settings, prompt)
    last = shelf.release(shelf.newest) if shelf.newest else None
    change = compared(last.prompt, prompt, before_name=last.version, after_name="worktree") if last else None
    _require_change(prompt, last)
    version, bump = _version(prompt, shelf, change, wish)
    commit, notes = _commit(project, found, wish)
    weighed = weigh(project, prompt, last, prompt.id)
    frozen = Release(
        id=prompt.id,
        version=version,
        digest=prompt.digest,
        interface_digest=prompt.interface_digest,
        prompt=_plain(prompt),
        commit=commit,
        date=project.environment.today,
        author=project.repository.user() if project.repository else "",
        bump=bump,
        reasons=_reasons(change),
        message=wish.message.strip(),
        evidence=tuple(one.evidence for one in weighed if one.evidence is not None),
    )
    path, written = _write(project, frozen)
    said = prompt.version
    if said and said != version:
        notes = (*notes, f"{prompt.source.path} says version {said}: set it to {version}, or remove it")
    return Released(written, path, change.change_class.value if change else "", weighed, notes)


def _require_sound(project: Project, found: Found) -> None:
    """Raise `InvalidFilesError` where a lint rule finds an error in the prompt: what is frozen stays wrong for ever."""
    registry = read(project.tree, project.settings, paths=())
    alone = Registry(registry.tree, registry.settings, (found.entry,), registry.evalsets, registry.problems)
    errors = [problem for problem in lint(project, alone) if problem.severity == "error"]
    if errors:
        raise InvalidFilesError(errors)


def _require_change(prompt: Prompt, last: Release | None) -> None:
    if last and (last.digest, last.interface_digest) == (prompt.digest, prompt.interface_digest):
        hint = f"promote that one: llmops prompt promote {last.id}@{last.version} --to ENVIRONMENT"
        message = f"nothing changed since {last.id}@{last.version}: it has this very content"
        raise UsageError(message, where=prompt.source.path, hint=hint)


def _version(prompt: Prompt, shelf: Shelf, change: PromptDiff | None, wish: Wish) -> tuple[str, Bump]:
    """Return the next version, and by how much it is more than the last one."""
    if wish.bump != "auto" and wish.bump not in BUMPS:
        raise UsageError(f"--bump {wish.bump}", hint="auto, major, minor or patch")
    if change is None:
        return (prompt.version if is_version(prompt.version) else FIRST), "first"
    last = shelf.newest
    needed = NEEDED[change.change_class]
    if wish.bump == "auto":
        return _own_version(prompt, last, needed) or bumped(last, needed), needed
    chosen = next(bump for bump in BUMPS if bump == wish.bump)
    if BUMPS.index(chosen) > BUMPS.index(needed) and not wish.lower:
        why = next((one.reason or one.path for one in change.changes if one.change_class is change.change_class), "")
        message = f"--bump {chosen} is too small: the change since {last} is {change.change_class} ({why})"
        raise UsageError(message, hint=f"--bump {needed}, or --allow-lower if you answer for it")
    return bumped(last, chosen), chosen


def _own_version(prompt: Prompt, last: str, needed: Bump) -> str:
    """Return the version that the prompt's file says, where it is a new one. Raises where it promises too little."""
    said = prompt.version
    if not is_version(said) or precedence(said) <= precedence(last):
        return ""
    least = bumped(last, needed)
    if precedence(said)[0] < precedence(least)[0]:
        message = f"version {said} is too low: the change since {last} is a {needed} one"
        raise UsageError(message, where=prompt.source.path, hint=f"say version {least}, or leave it out")
    return said


def _commit(project: Project, found: Found, wish: Wish) -> tuple[str, tuple[str, ...]]:
    """Return the commit that holds this content, and a note where none does and that is allowed."""
    head = project.repository.head() if project.repository else ""
    if head and _same(project, found, head):
        return head, ()
    prompt = found.prompt
    why = "differs from HEAD" if head else "is in no commit yet"
    if not wish.dirty:
        hint = "commit it first, or --allow-dirty for a release that names no commit"
        message = f"{prompt.id} {why} (its file, or a file that it takes in)"
        raise UsageError(message, where=prompt.source.path, hint=hint)
    return "", (f"{prompt.id} {why}: the release names no commit",)


def _same(project: Project, found: Found, head: str) -> bool:
    """Return whether HEAD has the very same prompt; line ends are a matter of the checkout."""
    tree = project.at(head)
    try:
        there = entry(tree, read_settings(tree), found.prompt.id).prompt
    except LlmopsError:
        return False
    one, other = (canonical(freeze(_plain(side))) for side in (there, found.prompt))
    return there.id == found.prompt.id and one == other


def _plain(prompt: Prompt) -> Prompt:
    r"""Return the prompt with `\n` as its line ends: a checkout's own must not be frozen."""
    includes = {path: content.replace("\r\n", "\n") for path, content in prompt.includes.items()}
    return replace(prompt, includes=includes)


def _reasons(change: PromptDiff | None) -> tuple[str, ...]:
    """Return what changed, widest first, a line each."""
    if change is None:
        return ()
    order = [one for one in ChangeClass if one is not ChangeClass.NONE]
    found = [one for kind in order for one in change.changes if one.change_class is kind]
    lines = [f"{one.change_class}: {one.path} {one.reason or one.kind}".strip() for one in found]
    rest = [f"and {len(lines) - MOST_REASONS} more"] if len(lines) > MOST_REASONS else []
    return (*dict.fromkeys(lines[:MOST_REASONS]), *rest)


def _write(project: Project, frozen: Release) -> tuple[str, Release]:
    """Write the file after it was read back and proven: what cannot be read back is not released."""
    path = place(project.settings.prompts, frozen.id, frozen.version)
    said = document(frozen)
    said = {**said, "seal": seal(json.loads(json.dumps(said)))}
    content = text(said)
    try:
        written = verified(read_back(content.encode("utf-8"), path, frozen.id, frozen.version))
    except (InvalidFilesError, FindingsError, UnicodeEncodeError) as error:
        hint = "a release holds its examples, tools and schemas in one YAML file of 1 MiB and 20,000 parts at most"
        message = f"{frozen.id} cannot be frozen: {error}"
        raise FindingsError(message, where=frozen.prompt.source.path, hint=hint) from error
    write_release(project.root, path, content)
    return path, written
