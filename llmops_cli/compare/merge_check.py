"""Whether a merge did what it says: the proof that is asked for before a clean merge is believed."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from llmops_cli.model.order import fields
from llmops_cli.model.prompt import canonical

_ABSENT = object()


def agrees(base: Any, ours: Any, theirs: Any, merged: Any) -> bool:
    """Return whether the merged value has each change of both sides, and no other.

    Texts and lists that both sides changed are only held to be there: how they were merged is not told again here.
    """
    old, one, other = (_said(value) for value in (base, ours, theirs))
    if one in (old, other):
        return _said(merged) == other
    if other == old:
        return _said(merged) == one
    if all(isinstance(value, dict) for value in (base, ours, theirs, merged)):
        return all(
            agrees(*(value.get(key, _ABSENT) for value in (base, ours, theirs, merged)))
            for key in {*base, *ours, *theirs, *merged}
        )
    return any(all(isinstance(value, kind) for value in (base, ours, theirs, merged)) for kind in (list, str))


def keeps_order(base: Any, ours: Any, theirs: Any, merged: Any) -> bool:
    """Return whether fields whose order reaches a model stand as the side ordered them that changed their order."""
    old, one, other, now = (dict(fields(value)) for value in (base, ours, theirs, merged))
    for place in now.keys() & old.keys() & one.keys() & other.keys():
        rows = [side[place] for side in (old, one, other, now)]
        common = set(rows[0]).intersection(*rows[1:])
        before, mine, yours, found = ([name for name in row if name in common] for row in rows)
        if found != (mine if mine != before else yours) or (mine != before and yours not in (before, mine)):
            return False
    return True


def _said(value: Any) -> str:
    return "" if value is _ABSENT else canonical(value)


def keeps(base: Iterable[str], ours: Iterable[str], theirs: Iterable[str], merged: Iterable[str]) -> bool:
    """Return whether no comment is lost that a side wrote or both left standing."""
    old, one, other, now = (Counter(comments) for comments in (base, ours, theirs, merged))
    return all(
        now[comment] >= min(max(one[comment] + other[comment] - old[comment], 0), max(one[comment], other[comment]))
        for comment in {*one, *other}
    )
