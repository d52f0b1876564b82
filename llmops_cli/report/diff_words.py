"""What every reporter of a diff says in the same words: rows of a label and a text, words that changed, the bump."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from llmops_cli.model.diff import Change, ChangeClass, PromptDiff, RenderedSet, TextChange, Tokens
from llmops_cli.report.figures import change as ratio_text
from llmops_cli.report.figures import count, usd
from llmops_cli.report.sanitize import clip

Piece = tuple[str, str]

_VALUE_LIMIT = 60
_KEPT = 48
_CALLS = 5
_CALL_WIDTH = 54
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def bump(diff: PromptDiff) -> str:
    """Return the advised bump in words, with the next version where the one before is known."""
    if diff.status != "changed":
        return {"new": "new prompt", "removed": "removed"}[diff.status]
    wanted = diff.change_class.bump
    if diff.change_class is ChangeClass.NONE:
        return "advised bump: none"
    said = f"advised bump: {wanted.upper()}"
    version = current(diff)
    return f"{said} ({version} → {advised(diff)})" if version else said


def current(diff: PromptDiff) -> str:
    """Return the version that the next one follows: the compared one, else the last released; "" for none."""
    return next((text for text in (diff.before, diff.released) if _VERSION.fullmatch(text)), "")


def advised(diff: PromptDiff) -> str:
    """Return the next version, "" where none is known or none is needed."""
    version = _VERSION.fullmatch(current(diff))
    if version is None or diff.change_class is ChangeClass.NONE:
        return ""
    major, minor, patch = (int(part) for part in version.groups())
    steps = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}
    return ".".join(map(str, steps[diff.change_class.bump]))


def sides(diff: PromptDiff) -> str:
    """Return `3.2.0 → worktree`; only the side that is there for a new or a removed prompt."""
    return " → ".join(side for side in (diff.before, diff.after) if side)


def contract(diff: PromptDiff) -> list[tuple[ChangeClass, str]]:
    """Return what callers and readers must know, the widest first, each once."""
    areas = ("contract", "output")
    told = [change for change in diff.changes if change.area in areas and change.change_class is not ChangeClass.NONE]
    order = list(ChangeClass)
    lines = {(change.change_class, part): None for change in told for part in _contract_lines(change)}
    return sorted(lines, key=lambda line: order.index(line[0]))


def rows(diff: PromptDiff) -> Iterator[tuple[str, str]]:
    """Yield label and text of what changed besides contract and words."""
    models = {
        change.path: value(change.before) + " → " + value(change.after)
        for change in diff.changes
        if change.area == "model"
    }
    if models:
        yield "model", " means ".join(models.values())
    params = [_values(change) for change in diff.changes if change.area == "params"]
    if params:
        yield "params", "    ".join(params)
    for area in ("examples", "tools"):
        for reason in dict.fromkeys(change.reason for change in diff.changes if change.area == area):
            yield area, reason
    yield from _settings(diff.changes)


def _settings(changes: Sequence[Change]) -> Iterator[tuple[str, str]]:
    """Yield a row a change; what an import keeps for its tool is bookkeeping, and one row a tool."""
    kept = Counter(_keeper(change) for change in changes)
    for change in changes:
        if kept[_keeper(change)] == 1 or not _keeper(change):
            yield from _row(change)
    for tool, number in kept.items():
        if tool and number > 1:
            yield "meta", f"{tool}: {number} fields of the import changed"


def _keeper(change: Change) -> str:
    """Return the key under which a change of another tool's bookkeeping lies (`x-langfuse`); "" for any other."""
    head = change.path.removeprefix("extra.").partition(".")[0]
    return head if change.area == "meta" and head.startswith("x-") else ""


def _row(change: Change) -> Iterator[tuple[str, str]]:
    head, _, name = change.path.partition(".")
    if head in ("constants", "literals"):
        yield head, _values(change, name)
    elif head == "messages" and not change.path.endswith(".content"):
        yield head, change.reason
    elif change.area == "meta" and change.path:
        yield "meta", f"{change.path}: {change.reason}" if change.reason else f"{change.path} changed"


def effects(diff: PromptDiff) -> Iterator[tuple[str, str]]:
    """Yield label and text of tokens, cost, eval sets and notes. A note `label: text` brings its own label."""
    for one in diff.rendered:
        for words in _rendered(one):
            yield "rendered", words
    if diff.tokens:
        yield "tokens", "    ".join(_tokens(diff, diff.tokens))
    if diff.cost_before_usd is not None or diff.cost_after_usd is not None:
        yield "cost", f"{_usd(diff.cost_before_usd)} → {_usd(diff.cost_after_usd)} a call"
    if diff.evalsets:
        yield "affects", affected(diff)
    elif diff.status != "removed":
        yield "affects", "no eval set judges this prompt"
    for note in diff.notes:
        label, colon, text = note.partition(": ")
        yield (label, text) if colon and label.isidentifier() and len(label) <= len("contract") else ("note", note)


def call_lines(diff: PromptDiff) -> list[str]:
    """Return the call sites that break, the first with how many they are; and those that nobody can check."""
    calls = diff.calls
    if calls is None or not (calls.sites or calls.unchecked):
        return []
    number = len(calls.breaks)
    told = f"{number} of {count(calls.sites, 'call site')} {'breaks' if number == 1 else 'break'}"
    lines = [f"{found.place} {found.message}" for found in calls.breaks[:_CALLS]]
    if lines:
        lines[0] = f"{lines[0]:<{_CALL_WIDTH}} ({told})"
    elif calls.sites:
        lines = [told]
    if number > _CALLS:
        lines.append(f"and {number - _CALLS:,} more, see `llmops prompt usages {diff.id}`")
    if calls.unchecked:
        places = ", ".join(site.place for site in calls.unchecked[:_CALLS])
        rest = f" and {len(calls.unchecked) - _CALLS:,} more" if len(calls.unchecked) > _CALLS else ""
        lines.append(f"{count(len(calls.unchecked), 'call site')} cannot be checked: {places}{rest}")
    return lines


def _rendered(one: RenderedSet) -> Iterator[str]:
    cases = f"{'the first ' if one.more else ''}{count(one.cases, 'case')} of {one.evalset}"
    if one.broken:
        yield f"{len(one.broken)} of {cases} can no longer be rendered: {one.broken[0][1]} ({one.broken[0][0]})"
    most = f"; most: {one.differ[0]}" if one.differ else ""
    if one.differ or not one.broken:
        verb = "differs" if len(one.differ) == 1 else "differ"
        yield f"{len(one.differ)} of {cases} {verb} outside the edited words{most}"


def _tokens(diff: PromptDiff, tokens: Tokens) -> Iterator[str]:
    before, after = tokens.before, tokens.after
    rise = f" ({ratio_text(after / before)})" if before and before != after else ""
    mark = " est." if tokens.estimated else ""
    yield f"{before:,} → {after:,} static{mark}{rise}" if before != after else f"{after:,} static{mark}, as before"
    for one in diff.rendered:
        if one.median_before is not None and one.median_after is not None:
            yield f"per call, median {one.median_before:,} → {one.median_after:,}"
            break
    if diff.prefix:
        why = diff.prefix.reason or f"edit at character {diff.prefix.edit_at:,}"
        yield f"cached prefix {diff.prefix.before:,} → {diff.prefix.after:,} ({why})"


def affected(diff: PromptDiff) -> str:
    """Return the eval sets; what is said of their baselines, once where it is the same for all."""
    names = [f"{one.id} ({count(one.cases, 'case')})" if one.cases is not None else one.id for one in diff.evalsets]
    states = {one.baseline for one in diff.evalsets}
    if len(states) == 1:
        return "; ".join(part for part in (", ".join(names), *states) if part)
    return ", ".join(
        f"{name}: {one.baseline}" if one.baseline else name for name, one in zip(names, diff.evalsets, strict=True)
    )


def pieces(text: TextChange, *, whole: bool = False) -> list[Piece]:
    """Return the pieces of a text; long stretches that were kept are cut to what stands around the changes."""
    last = len(text.pieces) - 1
    return [
        (sign, part if whole or sign != " " else elided(part, first=at == 0, last=at == last))
        for at, (sign, part) in enumerate(text.pieces)
    ]


def elided(text: str, *, first: bool, last: bool) -> str:
    """Return a kept stretch cut down: its start (unless it is the first piece), `…`, its end (unless the last)."""
    head = "" if first else _head(text)
    tail = "" if last else _tail(text)
    cut = text[len(head) : len(text) - len(tail)]
    between = "\n…\n" if "\n" in cut else " … "
    if len(cut) <= len(between):
        return text
    return f"{head}{between[1 if first else 0 : 2 if last else 3]}{tail}"


def closing(diffs: Sequence[PromptDiff], unchanged: int) -> str:
    """Return `1 prompt changed, 41 unchanged.` and what to do next."""
    numbers = [(sum(diff.status == status for diff in diffs), status) for status in ("changed", "new", "removed")]
    said = [f"{number} {status}" for number, status in numbers if number]
    first = f"{count(numbers[0][0], 'prompt')} changed"
    parts = [first, *[part for part in said if not part.endswith(" changed")], f"{unchanged:,} unchanged"]
    judged = any(diff.change_class is not ChangeClass.NONE for diff in diffs)
    return f"{', '.join(parts)}.{'   Next: llmops gate' if judged else ''}"


def value(said: Any) -> str:
    """Return a value in short: JSON, clipped; a text without its quotes."""
    return clip(said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, sort_keys=True), _VALUE_LIMIT)


def _values(change: Change, name: str | None = None) -> str:
    path = change.path.partition(".")[2] if name is None else name
    start = f"{path} " if path else ""
    if change.kind == "added":
        return f"+ {start}{value(change.after)}"
    if change.kind == "removed":
        return f"− {start}{value(change.before)}"
    return f"{start}{value(change.before)} → {value(change.after)}"


def _contract_lines(change: Change) -> list[str]:
    if change.path.endswith(".default") and change.area == "contract":
        return [f"{change.reason} {_values(change, '')}"]
    return change.reason.split("; ") if change.reason else [change.path]


def _usd(amount: float | None) -> str:
    return "–" if amount is None else usd(amount)


def _head(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= _KEPT else line[:_KEPT].rsplit(" ", 1)[0]


def _tail(text: str) -> str:
    line = text.rsplit("\n", 1)[-1]
    return line if len(line) <= _KEPT else line[-_KEPT:].split(" ", 1)[-1]
