"""Which hunks of an edit break the cases that it broke: searched, and held against the two facts that must follow.

The base with the culprits fails; the head without them passes. Cases that the head still fails without them are broken
by something else too, so the search goes on with those cases and the hunks that are left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from llmops_cli.compare.ddmin import Items, Outcome, StoppedError, minimise
from llmops_cli.compare.jury import LEAD, Ask, Seat, seats, vote

AskOf = Callable[[Items, tuple[Seat, ...]], tuple[bool | None, ...]]
"""Hunks put onto the base, seats → whether each passes. Raises `StoppedError` where no further call may be made."""


@dataclass(frozen=True, slots=True)
class Culprit:
    """Hunks that fail together, though none does on its own. `breaks` of `asked` cases fail with them alone."""

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

    `fresh` is the first run of the head that nobody has seen: one slip is no break, so the head is asked again first,
    and those cases alone are gone on with that fail again. None where its cases failed more than once already.
    """
    every = frozenset(range(hunks))
    jury = tuple(range(cases))
    if fresh is not None:
        try:
            jury = still_broken(jury, partial(ask, every), fresh)
        except StoppedError:
            return Findings("stopped", suspects=tuple(every))
        if not jury:
            return Findings("flaky")
    found = _searched(every, jury, ask)
    held = [(one, _counted(one, jury, ask)) for one in found.culprits]
    sure = [(one, counted) for one, counted in held if _is_held(one, counted, len(jury))]
    named = sure or held
    lone = {case for pair in held if pair not in named for case in pair[0].asked}
    healed = tuple(case for case in found.healed if case not in lone)
    still = (*found.still, *sorted(lone - {*found.still}))
    return replace(found, culprits=tuple(counted for _, counted in named), healed=healed, still=still)


def _is_held(one: Culprit, counted: Culprit, jury: int) -> bool:
    """Return whether hunks break on their own half of the cases that they were found by, as far as is known.

    One case alone of several accuses nobody: of noisy ones it is the unluckiest.
    """
    known = [case for case in one.asked if case in counted.asked]
    few = len(one.asked) < LEAD < jury
    return not few and 2 * sum(case in counted.breaks for case in known) >= len(known)


def still_broken(jury: tuple[int, ...], ask: Ask, fresh: int) -> tuple[int, ...]:
    """Return the cases to go on with, asked again from run `fresh` on. Raises `StoppedError`.

    All, if the first to be asked fail at once; else those that do. Where that is one, or less than half of them, they
    may be cases that fail now and then, and each must go on to fail.
    """
    few = len(jury) == 1
    if not few:
        if not any(ask(tuple((case, fresh) for case in jury[:LEAD]))):
            return jury
        said = ask(tuple((case, fresh) for case in jury))
        kept = tuple(case for case, passes in zip(jury, said, strict=True) if passes is False)
        few = len(kept) == 1 or 2 * len(kept) < len(jury)
        jury, fresh = kept, fresh + 1
    if not few:
        return jury
    return tuple(case for case in jury if vote(seats((case,), first=fresh), ask) is Outcome.FAIL)


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
        new = _apart(minimal.items, jury, ask)
        found = (*found, *new)
        left -= {hunk for one in new for hunk in one.hunks}
        said = _as_far(left, jury, ask)
        if not left:
            said = dict.fromkeys(jury, True)  # nothing of the edit is left: that is the base
        healed = (*healed, *(case for case, passes in said.items() if passes))
        failing = [case for case, passes in said.items() if passes is False]
        if len(said) < len(jury) and (failing or len(said) < LEAD):
            return Findings("stopped", found, healed, probes=probes)
        if not healed and not failing:
            return Findings("unchecked", found, probes=probes)
        jury = [case for case in failing if _still_fails(case, partial(ask, left))]
    return Findings("unsure" if jury else "found", found, healed, tuple(jury), probes=probes)


def _apart(items: Items, jury: Sequence[int], ask: AskOf) -> tuple[Culprit, ...]:
    """Return what breaks on its own among hunks that fail together; the hunks together, where nothing does.

    Cases that break of different hunks pass for a majority with either of them, and fail with both: each is tried
    alone, case by case.
    """
    together = (Culprit(tuple(sorted(items)), asked=tuple(jury)),)
    if len(items) == 1:
        return together
    alone = [(hunk, _broken_by(hunk, jury, ask)) for hunk in sorted(items)]
    return tuple(Culprit((hunk,), asked=cases) for hunk, cases in alone if cases) or together


def _broken_by(hunk: int, jury: Sequence[int], ask: AskOf) -> tuple[int, ...]:
    """Return the cases that go on to fail with this hunk alone; none where too few do to accuse it."""
    one = frozenset({hunk})
    failing = [case for case, passes in _as_far(one, jury, ask).items() if passes is False]
    least = min(LEAD, len(jury))
    if len(failing) < least:
        return ()
    broken = tuple(case for case in failing if _still_fails(case, partial(ask, one)))
    return broken if len(broken) >= least else ()


def _still_fails(case: int, ask: Ask) -> bool:
    """Return whether a case that failed once goes on to fail, so far as calls may be made: one slip is no break."""
    try:
        return vote(seats((case,), first=1), ask) is Outcome.FAIL
    except StoppedError:
        return True


def _as_far(hunks: Items, cases: Sequence[int], ask: AskOf) -> dict[int, bool | None]:
    """Return what each case says with these hunks, as far as the budget goes."""
    if not cases or not hunks:
        return {}
    try:
        return dict(zip(cases, ask(hunks, tuple((case, 0) for case in cases)), strict=True))
    except StoppedError:
        said: dict[int, bool | None] = {}
    for case in cases:  # those that were answered before the end are known
        try:
            said[case] = ask(hunks, ((case, 0),))[0]
        except StoppedError:
            break
    return said


def _counted(one: Culprit, jury: Sequence[int], ask: AskOf) -> Culprit:
    """Return the culprit with the cases that it breaks on its own, as far as the budget goes."""
    said = _as_far(frozenset(one.hunks), jury, ask)
    breaks = tuple(case for case, passes in said.items() if passes is False)
    return Culprit(one.hunks, breaks, tuple(case for case, passes in said.items() if passes is not None))
