"""Which few of many items make something fail: delta debugging (Zeller and Hildebrandt 2002, TSE 28:183).

Halves are taken of prefixes, as `git bisect` does: of items in order, nothing passes and all fail, so at some item the
prefix turns, and that item has its part in the failure. One culprit among n takes log2(n) + 1 probes; each further one
that only fails together with it, as many again. Where a prefix gives no answer its neighbours are asked; where none
does, ddmin proper takes that block apart. The result is 1-minimal: without any one item of it, it does not fail.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

Items = frozenset[int]


class Outcome(StrEnum):
    """What a probe says. `UNRESOLVED`: what was put together is no whole, so it neither passes nor fails."""

    FAIL = "fail"
    PASS = "pass"  # noqa: S105 - no password
    UNRESOLVED = "unresolved"


Probe = Callable[[Items], Outcome]


class StoppedError(Exception):
    """A probe may not be made: the budget is spent."""


@dataclass(frozen=True, slots=True)
class Minimal:
    """The items that make it fail. `complete` is false where the search had to stop: then these are known to fail."""

    items: Items
    probes: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a row of things turns from passing to failing: `passes` < `fails`; between them are only `skipped` ones."""

    passes: int
    fails: int
    skipped: tuple[int, ...] = ()


@dataclass(slots=True)
class _Asked:
    """The probes made so far: no subset is asked twice."""

    probe: Probe
    limit: int | None
    known: dict[Items, Outcome]
    probes: int = field(default=0)

    def __call__(self, subset: Items) -> Outcome:
        if subset not in self.known:
            if self.limit is not None and self.probes >= self.limit:
                raise StoppedError
            self.known[subset] = self.probe(subset)
            self.probes += 1
        return self.known[subset]

    @property
    def smallest(self) -> Items:
        """The smallest subset that is known to fail; of equal ones the first."""
        failing = [subset for subset, outcome in self.known.items() if outcome is Outcome.FAIL]
        return min(failing, key=lambda subset: (len(subset), sorted(subset)))


def minimise(items: Sequence[int], probe: Probe, *, limit: int | None = None) -> Minimal:
    """Return a 1-minimal subset that fails. All items together fail and none of them pass: neither is asked.

    `limit` is the most probes that are made. A probe may raise `StoppedError`, which ends the search likewise.
    """
    asked = _Asked(probe, limit, {frozenset(): Outcome.PASS, frozenset(items): Outcome.FAIL})
    try:
        found = _one_minimal(asked, _search(asked, list(items)))
    except StoppedError:
        return Minimal(asked.smallest, asked.probes, complete=False)
    return Minimal(found, asked.probes, complete=True)


def turning_point(length: int, outcome: Callable[[int], Outcome]) -> Turn:
    """Return where places 0…length turn: 0 passes and `length` fails. Places without an answer are skipped."""
    passes, fails = 0, length
    skipped: set[int] = set()
    while True:
        free = [place for place in range(passes + 1, fails) if place not in skipped]
        if not free:
            return Turn(passes, fails, tuple(sorted(place for place in skipped if passes < place < fails)))
        place = min(free, key=lambda place: (abs(2 * place - passes - fails), place))
        match outcome(place):
            case Outcome.FAIL:
                fails = place
            case Outcome.PASS:
                passes = place
            case Outcome.UNRESOLVED:
                skipped.add(place)


def _with_first(asked: _Asked, known: Items, pool: Sequence[int], size: int) -> Outcome:
    return asked(known | frozenset(pool[:size]))


def _search(asked: _Asked, pool: list[int]) -> Items:
    """Return a subset that fails; `found` with all of `pool` always does."""
    found: Items = frozenset()
    while asked(found) is not Outcome.FAIL:
        turn = turning_point(len(pool), partial(_with_first, asked, found, pool))
        block = pool[turn.passes : turn.fails]
        if len(block) > 1:
            block = _ddmin(asked, block, found | frozenset(pool[: turn.passes]))
        found |= frozenset(block)
        pool = pool[: turn.passes]
    return found


def _ddmin(asked: _Asked, block: list[int], context: Items) -> list[int]:
    """Return a 1-minimal part of a block that fails beside `context`: chunks, then their complements, then finer."""
    parts = 2
    while len(block) > 1:
        chunks = [block[at * len(block) // parts : (at + 1) * len(block) // parts] for at in range(parts)]
        rests = [[item for item in block if item not in chunk] for chunk in chunks]
        fails = next((one for one in [*chunks, *rests] if asked(context | frozenset(one)) is Outcome.FAIL), None)
        if fails is not None:
            parts = 2 if any(fails is chunk for chunk in chunks) else max(2, parts - 1)
            block = fails
        elif parts >= len(block):
            break
        else:
            parts = min(len(block), 2 * parts)
    return block


def _one_minimal(asked: _Asked, found: Items) -> Items:
    """Return the items without those that it fails without."""
    while len(found) > 1:
        needless = next((item for item in sorted(found) if asked(found - {item}) is Outcome.FAIL), None)
        if needless is None:
            break
        found -= {needless}
    return found
