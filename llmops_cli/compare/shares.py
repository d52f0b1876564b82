"""Which hunks of an edit a drop of the mean is of: delta debugging with an oracle that weighs many answers."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from llmops_cli.compare.ddmin import Items, Minimal, Outcome, StoppedError, minimise

MOST_PROBES = 3  # times those that one hunk takes: room for two that fall only together
BETWEEN = 2  # parts of the edit that lie amid both ends, from which on the drop is shared
Like = Callable[[Items], Outcome]


@dataclass(frozen=True, slots=True)
class Shares:
    """What the search found: the hunks with which the base falls as the edit does.

    `found`: the head without them is like the base; `unsure`: it is not surely so; `spread`: no few of the hunks fall
    as all of them do; `stopped`: the budget ended it, `suspects` are known to fall.
    """

    state: Literal["found", "unsure", "spread", "stopped"]
    culprits: tuple[tuple[int, ...], ...] = ()
    suspects: tuple[int, ...] = ()
    left: Items = frozenset()


class _SpreadError(Exception):
    """Parts of the edit lie amid both ends: each takes a share, and a search by halves leads nowhere."""


class Oracle(Protocol):
    """What is asked of hunks put onto the base. Each raises `StoppedError` where no further call may be made."""

    def like(self, hunks: Items) -> Outcome:
        """Return whether they are like the edit (FAIL) or like the base (PASS)."""

    def is_between(self, hunks: Items) -> bool:
        """Return whether hunks that were tried lie amid both ends. Asks nobody."""

    def holds(self, hunks: Items) -> bool:
        """Return whether they still fall as the edit does when more answers are asked."""


def shares(hunks: int, oracle: Oracle) -> Shares:
    """Return the hunks that the drop is of, each set of them enough on its own."""
    amid: set[Items] = set()

    def probe(items: Items) -> Outcome:
        outcome = oracle.like(items)
        amid.update([items] if oracle.is_between(items) else [])
        if len(amid) >= BETWEEN:
            raise _SpreadError
        return outcome

    try:
        return _searched(hunks, probe, oracle)
    except _SpreadError:
        return Shares("spread", left=frozenset(range(hunks)))


def _searched(hunks: int, like: Like, oracle: Oracle) -> Shares:
    every = frozenset(range(hunks))
    found: tuple[tuple[int, ...], ...] = ()
    left = every
    limit = MOST_PROBES * (math.ceil(math.log2(hunks)) + 1)
    try:
        while left:
            minimal = minimise(sorted(left), like, limit=limit)
            if not minimal.complete and minimal.probes < limit:
                return Shares("stopped", found, tuple(sorted(minimal.items)), left)
            new = _accused(minimal, every, like, oracle) if minimal.complete else []
            if not new:
                return Shares("unsure" if found else "spread", found, left=left)
            found = (*found, *new)
            left -= {hunk for one in found for hunk in one}
            if not left and max(map(len, found)) > 1:
                return Shares("spread", left=every)  # every part is accused beside others: that is the whole edit
            outcome = like(left) if left else Outcome.PASS
            if outcome is not Outcome.FAIL:
                return Shares("found" if outcome is Outcome.PASS else "unsure", found, left=left)
    except StoppedError:
        return Shares("stopped", found, tuple(sorted(left)), left)
    return Shares("found", found)


def _accused(minimal: Minimal, every: Items, like: Like, oracle: Oracle) -> list[tuple[int, ...]]:
    """Return what goes on to fall; the whole edit accuses nobody."""
    apart = map(frozenset, _apart(minimal.items, like))
    return [tuple(sorted(one)) for one in apart if one != every and oracle.holds(one)]


def _apart(items: Items, like: Like) -> list[tuple[int, ...]]:
    """Return what is enough on its own among hunks that are enough together; the hunks together, where nothing is."""
    together = [tuple(sorted(items))]
    if len(items) == 1:
        return together
    return [(hunk,) for hunk in sorted(items) if like(frozenset({hunk})) is Outcome.FAIL] or together
