"""What several cases say together of one version: a case that slips now and then must not decide alone.

Cases are asked two at a time until one side leads by two. A broken case that passes in 5 % of its runs and a sound one
that fails in 2 % then mislead one vote in 350 and one in 2,400, for 2.2 calls a vote.
"""

from collections.abc import Callable, Sequence

from llmops_cli.compare.ddmin import Outcome

Seat = tuple[int, int]
"""A case, and which of its runs: from 0."""
Ask = Callable[[tuple[Seat, ...]], tuple[bool | None, ...]]
"""Seats → whether each passes; None where there is no answer."""

LEAD = 2
LEAST = 5


def seats(cases: Sequence[int], *, first: int = 0) -> tuple[Seat, ...]:
    """Return who may be asked: every case once, then again with other runs until there are five. `first` run of all."""
    rounds = -(-LEAST // len(cases))
    every = [(case, first + run) for run in range(rounds) for case in cases]
    return tuple(every[: max(LEAST, len(cases))])


def vote(row: Sequence[Seat], ask: Ask) -> Outcome:
    """Return what the seats say, asked in order and only as far as it is open; `UNRESOLVED` where they cannot say."""
    passed = failed = at = 0
    while at < len(row) and abs(passed - failed) < LEAD:
        said = ask(tuple(row[at : at + LEAD]))
        passed += said.count(True)
        failed += said.count(False)
        at += LEAD
    if passed == failed:
        return Outcome.UNRESOLVED
    return Outcome.PASS if passed > failed else Outcome.FAIL
