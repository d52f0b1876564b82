"""Three versions of a list or mapping → which entries belong together, and in which order they stand after a merge."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from llmops_cli.compare.align import exact, nearest
from llmops_cli.compare.merge_pick import Clash, Path
from llmops_cli.model.layout import Span
from llmops_cli.model.prompt import canonical

Id = Hashable
Ids = tuple[Id, ...]

# Lists in which two new entries may stand in either order. In others (messages, examples) the order is part of what
# the model sees, and nobody but a person knows it.
UNORDERED = frozenset(
    {"enum", "tags", "owners", "aliases", "evals", "literals", "tools", "required", "stop", "prompts", "scorers"}
)


def identified(spans: tuple[Span, Span, Span]) -> tuple[Ids, Ids, Ids]:
    """Return the identities of the entries of a mapping (their keys) or of a list."""
    if spans[0].kind.endswith("mapping"):
        base, ours, theirs = (tuple(("key", item.key) for item in span.items) for span in spans)
        return base, ours, theirs
    return identities(*([item.span.value for item in span.items] for span in spans))


def in_order(names: tuple[Ids, Ids, Ids], path: Path, kind: str) -> Ids:
    """Return the identities of both sides in one order. Raises `Clash` where only a person knows it."""
    fields = kind.endswith("mapping") and path[-1:] == ("properties",)
    return ordered(*names, free=kind.endswith("mapping") or (bool(path) and path[-1] in UNORDERED), kept=fields)


def identities(base: Sequence[Any], ours: Sequence[Any], theirs: Sequence[Any]) -> tuple[Ids, Ids, Ids]:
    """Return an identity for each item of three lists: a name, if all items have one; else by likeness to the base."""
    named = [_names(items) for items in (base, ours, theirs)]
    if all(names is not None for names in named):
        return tuple(named[0] or ()), tuple(named[1] or ()), tuple(named[2] or ())
    old = tuple(("base", index) for index in range(len(base)))
    return old, _like(base, ours), _like(base, theirs)


def ordered(base: Ids, ours: Ids, theirs: Ids, *, free: bool, kept: bool = False) -> Ids:
    """Return the identities of both sides in one order; `free` where the order says nothing.

    `kept`: new ones may stand in either order, but what stood there already was ordered by somebody.

    Raises `Clash` where it does and both sides changed it in one place.
    """
    common = set(base) & set(ours) & set(theirs)
    old, one, other = ([name for name in side if name in common] for side in (base, ours, theirs))
    if one != old and other not in (old, one) and (kept or not free):
        raise Clash
    first, second = (ours, theirs) if one != old or other == old else (theirs, ours)
    merged = list(first)
    known = set(base)
    for at, name in enumerate(second):
        if name in merged:
            continue
        anchor = next((before for before in reversed(second[:at]) if before in merged), None)
        place = merged.index(anchor) + 1 if anchor is not None else 0
        new = name not in known
        while place < len(merged) and merged[place] not in known and merged[place] not in second:
            if new and not free:
                raise Clash
            place += 1
        merged.insert(place, name)
    return tuple(merged)


def _names(items: Sequence[Any]) -> Ids | None:
    """Return the names of the items; None where one has none, or two have the same."""
    names = tuple(_name(item) for item in items)
    return names if None not in names and len(set(names)) == len(names) else None


def _name(item: Any) -> Id | None:
    if not isinstance(item, Mapping):
        return None
    inner = item.get("function")
    named = inner if isinstance(inner, Mapping) and "name" in inner else item
    for key in ("name", "id", "file", "placeholder"):
        if isinstance(named.get(key), str):
            return (key, named[key])
    return None


def _like(base: Sequence[Any], items: Sequence[Any]) -> Ids:
    before, after = [canonical(item) for item in base], [canonical(item) for item in items]
    pairs = exact(before, after)
    left = sorted(set(range(len(before))) - {i for i, _ in pairs})
    right = sorted(set(range(len(after))) - {j for _, j in pairs})
    pairs += nearest(left, right, lambda i, j: _alike(base[i], items[j]))
    found: dict[int, Id] = {j: ("base", i) for i, j in pairs}
    seen: Counter[str] = Counter()
    for j, text in enumerate(after):
        if j not in found:
            seen[text] += 1
            found[j] = ("new", text, seen[text])
    return tuple(found[j] for j in range(len(items)))


def _alike(one: Any, other: Any) -> float:
    """Return how far one item may be the other, changed: scalars never, messages only of one role."""
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return 0.0
    if one.get("role") != other.get("role") or ("placeholder" in one) != ("placeholder" in other):
        return 0.0
    words = [str(item.get("content", canonical(item))).split()[:400] for item in (one, other)]
    likeness = SequenceMatcher(None, words[0], words[1], autojunk=False).ratio()
    return 0.1 + likeness if "role" in one else likeness
