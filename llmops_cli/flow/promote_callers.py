"""A promotion refused for its callers: an interface or a call site that breaks, a call of a split without key."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from llmops_cli.flow.callers import Callers, interface_breaks
from llmops_cli.flow.proven import RefusedError
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.release import Release, precedence
from llmops_cli.report.figures import count


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a user lets through: a broken interface, and call sites that nobody can check against it."""

    breaking: bool = False
    unchecked: bool = False


NOTHING = Allowed()


def require_keys(callers: Callers, names: Collection[str], label: str) -> None:
    """Raise `RefusedError` for calls by a label that is to be split which do not say for whom: they would raise."""
    places = callers.unkeyed(names, label)
    if places:
        verb = "passes" if len(places) == 1 else "pass"
        hint = "pass key=…, a user or session id, in the same commit: one key always gets one version"
        message = f"{count(len(places), 'call site')} by {label} {verb} no key=, which a split refuses"
        raise RefusedError(f"{message}: {'; '.join(places)}", hint=hint)


def require_compatible(
    callers: Callers, new: Sequence[Release], served: Sequence[Release | None], to: str, allow: Allowed
) -> list[str]:
    """Return a note on each break that was allowed. Raises `RefusedError` for the others, and for call sites."""
    pairs = [(old, one) for one in new for old in served if old is not None and old.version != one.version]
    split = sorted(new, key=lambda one: precedence(one.version))
    pairs += [(old, one) for place, one in enumerate(split) for old in split[:place]]  # both are called alike
    found = {(old.version, one.version): _breaks(old, one) for old, one in pairs}
    lines = [f"{old} → {one}: {words}" for (old, one), breaks in found.items() for words in breaks]
    lost = [one.prompt for one in new] if None in served else []  # allowed: nothing to compare with
    if not lines and not lost:
        return []
    wide = [(old.prompt, one.prompt) for old, one in pairs if found[old.version, one.version]]
    if not allow.breaking:
        raise _broken(callers, f"the interface breaks what {to} serves: {'; '.join(lines)}", wide)
    unsure = _require_calls(callers, [*wide, *((None, one) for one in lost)], allow)
    return [f"breaking, allowed: {line}" for line in lines] + [f"not checked, allowed: {line}" for line in unsure]


def _broken(callers: Callers, said: str, pairs: Sequence[tuple[Prompt | None, Prompt]]) -> RefusedError:
    """Return the refusal of a broken interface, with the call sites that would break."""
    calls = _calls(callers, pairs)
    if calls:
        hint = "change them first, in the same commit, then: --breaking, which looks for call sites again"
        return RefusedError(f"{said}; {calls}", hint=hint)
    return RefusedError(said, hint="if the callers are ready: --breaking, which still looks for call sites that break")


def _calls(callers: Callers, pairs: Sequence[tuple[Prompt | None, Prompt]]) -> str:
    """Return which call sites break, in words; "" where none is known to."""
    held = (callers.held(old, one) for old, one in pairs)
    calls = dict.fromkeys(f"{call.place} {call.message}" for one in held for call in one.breaks)
    verb = "breaks" if len(calls) == 1 else "break"
    return f"{count(len(calls), 'call site')} {verb}: {'; '.join(calls)}" if calls else ""


def _require_calls(callers: Callers, pairs: Sequence[tuple[Prompt | None, Prompt]], allow: Allowed) -> list[str]:
    """Return the call sites that nobody can check. Raises `RefusedError` where a call breaks, or may without a word."""
    message = _calls(callers, pairs)
    held = [callers.held(old, one) for old, one in pairs]
    unsure = dict.fromkeys(f"{site.place} {site.unchecked}" for one in held for site in one.unchecked)
    unsure |= dict.fromkeys(callers.unread)
    said = f"{count(len(unsure), 'place')} cannot be checked: {'; '.join(unsure)}" if unsure else ""
    if message:
        hint = "change them first, in the same commit: `llmops prompt usages` lists them"
        raise RefusedError(f"{message}; {said}" if said else message, hint=hint)
    if unsure and not allow.unchecked:
        hint = "look at each of them, then: --breaking --allow-unchecked"
        raise RefusedError(f"no call site is known to break, but {said}", hint=hint)
    return list(unsure)


def _breaks(old: Release, new: Release) -> list[str]:
    before = replace(old.prompt, id=new.id)  # callers ask for the label's id, whatever a release was called
    return interface_breaks(before, new.prompt)
