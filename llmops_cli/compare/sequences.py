"""What changed in the lists of a prompt whose items have an identity: messages, tools, few-shot examples.

A removed item is named by its index before, everything else by its index after; a moved one holds both indexes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from llmops_cli.compare import align
from llmops_cli.compare.nested import keys_that_differ
from llmops_cli.compare.orders import reordered, spelled_row
from llmops_cli.compare.paths import Path, join
from llmops_cli.compare.templates import plain
from llmops_cli.model.diff import Area, Change, ChangeClass, Json
from llmops_cli.model.prompt import canonical

MINOR, PATCH, NONE = ChangeClass.MINOR, ChangeClass.PATCH, ChangeClass.NONE
# Texts of different roles are one message under another role from this likeness on.
_SAME_TEXT = 0.6


@dataclass(frozen=True, slots=True)
class Kind:
    """How the changes of one list are told."""

    top: Path
    area: Area
    change_class: ChangeClass
    noun: str


MESSAGES = Kind(("messages",), "text", MINOR, "message")
TOOLS = Kind(("tools",), "tools", MINOR, "tool")
ROWS = Kind(("examples", "rows"), "examples", PATCH, "few-shot example")


def message_pairs(before: Sequence[Mapping[str, str]], after: Sequence[Mapping[str, str]]) -> list[align.Pair]:
    """Return which messages belong together: equal ones, then those of one role that are most alike."""
    keys = [[canonical({key: plain(text) for key, text in item.items()}) for item in side] for side in (before, after)]
    pairs = align.exact(*keys)
    left, right = _left(pairs, len(before), len(after))
    return sorted(pairs + align.nearest(left, right, lambda i, j: _alike(before[i], after[j])))


def messages(before: Sequence[Mapping[str, str]], after: Sequence[Mapping[str, str]]) -> Iterator[Change]:
    """Yield the changes of messages and placeholders."""
    pairs = message_pairs(before, after)
    yield from _structure(MESSAGES, before, after, pairs)
    for i, j in pairs:
        yield from _message(before[i], after[j], ("messages", j))


def tools(before: Sequence[Mapping[str, Json]], after: Sequence[Mapping[str, Json]]) -> Iterator[Change]:
    """Yield the changes of tools; a tool is known by its name."""
    pairs = align.exact([tool_name(tool) for tool in before], [tool_name(tool) for tool in after])
    yield from _structure(TOOLS, before, after, pairs)
    for i, j in pairs:
        for difference in keys_that_differ(dict(before[i]), dict(after[j])):
            path = join(("tools", j, *difference.path))
            words = f"tool {tool_name(after[j])} changed"
            yield Change(path, difference.kind, MINOR, "tools", difference.before, difference.after, words)
        yield from reordered(before[i], after[j], ("tools", j), "tools")


def rows(
    before: Sequence[Mapping[str, Json]], after: Sequence[Mapping[str, Json]], *, keep: bool = False
) -> Iterator[Change]:
    """Yield the changes of few-shot examples, which are known by what of them is shown.

    `keep`: a variable takes the rest, and with it the order of the inputs.
    """
    pairs = align.exact(*([spelled_row(row, keep=keep) for row in side] for side in (before, after)))
    yield from _structure(ROWS, before, after, pairs)


def _structure(
    kind: Kind, before: Sequence[Json], after: Sequence[Json], pairs: Sequence[align.Pair]
) -> Iterator[Change]:
    left, right = _left(pairs, len(before), len(after))
    for i in left:
        words = f"{kind.noun} {_word(before[i])}removed"
        yield Change(join((*kind.top, i)), "removed", kind.change_class, kind.area, before[i], None, words)
    for j in right:
        words = f"{kind.noun} {_word(after[j])}added"
        yield Change(join((*kind.top, j)), "added", kind.change_class, kind.area, None, after[j], words)
    for i, j in sorted(align.moved(pairs), key=lambda pair: pair[1]):
        words = f"{kind.noun} {_word(after[j])}moved from place {i + 1} to {j + 1}"
        yield Change(join((*kind.top, j)), "moved", kind.change_class, kind.area, i, j, words)


def _message(before: Mapping[str, str], after: Mapping[str, str], top: Path) -> Iterator[Change]:
    for key in sorted(before):
        one, other = before[key], after[key]
        if one == other:
            continue
        path = join((*top, key))
        if key != "content":
            yield Change(path, "changed", MINOR, "text", one, other, f"{key} {one} → {other}")
        elif plain(one) == plain(other):
            yield Change(path, "changed", NONE, "text", one, other, "spacing or comments of the template")
        else:
            yield Change(path, "changed", PATCH, "text", one, other, "wording")


def _left(pairs: Sequence[align.Pair], before: int, after: int) -> tuple[list[int], list[int]]:
    taken, given = {i for i, _ in pairs}, {j for _, j in pairs}
    return [i for i in range(before) if i not in taken], [j for j in range(after) if j not in given]


def _alike(one: Mapping[str, str], other: Mapping[str, str]) -> float:
    """Return how sure it is that two messages are one, 0 for not at all."""
    if one.keys() != other.keys():
        return 0.0
    if "placeholder" in one:
        return 1.0
    texts = [Counter(side["content"].split()) for side in (one, other)]
    total = sum(count.total() for count in texts)
    likeness = 2 * (texts[0] & texts[1]).total() / total if total else 1.0
    if one["role"] == other["role"]:
        return 1.0 + likeness
    return likeness if likeness >= _SAME_TEXT else 0.0


def tool_name(tool: Mapping[str, Json]) -> str:
    """Return a tool's name; its canonical JSON where it has none."""
    function = tool.get("function")
    said = function.get("name") if isinstance(function, Mapping) else tool.get("name")
    return said if isinstance(said, str) else canonical(tool)


def _word(item: Json) -> str:
    """Return what to call an item, with a space behind it; nothing for a few-shot example."""
    if "placeholder" in item:
        return f"{item['placeholder']} "
    if "role" in item and "content" in item:
        return f"{item['role']} "
    name = tool_name(item)
    return f"{name} " if not name.startswith("{") else ""
