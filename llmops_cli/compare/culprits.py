"""Which hunks of an edit break the cases that it broke: searched, and held against the two facts that must follow.

The base with the culprits fails; the head without them passes. Cases that the head still fails without them are broken
by something else too, so the search goes on with those cases and the hunks that are left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from llmops_cli.compare.ddmin import Items, Outcome, StoppedError, minimise
from llmops_cli.compare.jury import LEAD, Seat, seats, vote

AskOf = Callable[[Items, tuple[Seat, ...]], tuple[bool | None, ...]]
"""Hunks put onto the base, seats → whether each passes. Raises `StoppedError` where no further call may be made."""


@dataclass(frozen=True, slots=True)
class Culprit:
    """Hunks that fail together, none of which can be left out. `breaks` of `asked` cases fail with them alone."""

    hunks: tuple[int, ...]
    breaks: tuple[int, ...] = ()
    asked: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """What the search found.

    | state | means |
    |---|---|
    | found | the head without the culprits passes: `healed` are its cases that were asked |
    | unsure | it still fails `still`, and no further hunk explains that |
    | unchecked | the head without the culprits is no whole prompt |
    | flaky | asked again, the head does not fail: nothing is broken for good |
    | stopped | the budget ended the search; one of `suspects` at least is a culprit |
    """

    state: Literal["found", "unsure", "unchecked", "flaky", "stopped"]
    culprits: tuple[Culprit, ...] = ()
    healed: tuple[int, ...] = ()
    still: tuple[int, ...] = ()
    suspects: tuple[int, ...] = ()
    probes: int = 0


def culprits(hunks: int, cases: int, ask: AskOf, *, fresh: int | None) -> Findings:
    """Return the culprits among `hunks` for `cases` that the base passes and the head fails.

    `fresh` is the first run of the head that nobody has seen: one slip is no break, so the head is asked again first.
    None where its cases failed more than once already.
    """
    every = frozenset(range(hunks))
    if fresh is not None:
        try:
            again = vote(seats(range(cases), first=fresh), lambda row: ask(every, row))
        except StoppedError:
            return Findings("stopped", suspects=tuple(every))
        if again is not Outcome.FAIL:
            return Findings("flaky")
    found = _searched(every, tuple(range(cases)), ask)
    counted = tuple(_counted(one, cases, ask) for one in found.culprits)
    return replace(found, culprits=counted)


def _voted(row: Sequence[Seat], ask: AskOf, subset: Items) -> Outcome:
    return vote(row, partial(ask, subset))


def _searched(every: Items, jury: Sequence[int], ask: AskOf) -> Findings:
    found: tuple[Culprit, ...] = ()
    healed: tuple[int, ...] = ()
    left, probes = every, 0
    while jury and left:
        row = seats(jury)
        minimal = minimise(sorted(left), partial(_voted, row, ask))
        probes += minimal.probes
        if not minimal.complete:
            return Findings("stopped", found, healed, tuple(jury), tuple(sorted(minimal.items)), probes)
        found = (*found, Culprit(tuple(sorted(minimal.items))))
        left -= minimal.items
        said = _as_far(left, jury, ask)
        if not left:
            said = dict.fromkeys(jury, True)  # nothing of the edit is left: that is the base
        healed = (*healed, *(case for case, passes in said.items() if passes))
        failing = [case for case, passes in said.items() if passes is False]
        if len(said) < len(jury) and (failing or len(said) < LEAD):
            return Findings("stopped", found, healed, probes=probes)
        if not healed and not failing:
            return Findings("unchecked", found, probes=probes)
        again = _as_far(left, failing, ask, run=1)
        jury = [case for case in failing if again.get(case) is not True]
    return Findings("unsure" if jury else "found", found, healed, tuple(jury), probes=probes)


def _as_far(hunks: Items, cases: Sequence[int], ask: AskOf, *, run: int = 0) -> dict[int, bool | None]:
    """Return what each case says with these hunks, as far as the budget goes."""
    if not cases or not hunks:
        return {}
    try:
        return dict(zip(cases, ask(hunks, tuple((case, run) for case in cases)), strict=True))
    except StoppedError:
        said: dict[int, bool | None] = {}
    for case in cases:  # those that were answered before the end are known
        try:
            said[case] = ask(hunks, ((case, run),))[0]
        except StoppedError:
            break
    return said


def _counted(one: Culprit, cases: int, ask: AskOf) -> Culprit:
    """Return the culprit with the cases that it breaks on its own, as far as the budget goes."""
    said = _as_far(frozenset(one.hunks), range(cases), ask)
    breaks = tuple(case for case, passes in said.items() if passes is False)
    return Culprit(one.hunks, breaks, tuple(case for case, passes in said.items() if passes is not None))
