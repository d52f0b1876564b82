"""What of two arms can be compared at all: the cases that stand, what is missing, what answered alike."""

from collections import Counter
from dataclasses import dataclass

from llmops_cli.compare.pairs import failed, planned_runs, runs_of
from llmops_cli.compare.runs import pair
from llmops_cli.model.run import Arm, Row
from llmops_cli.model.verdict import Hard, Pairing, Unpaired


@dataclass(frozen=True, slots=True)
class Findings:
    """What rules say besides the statistics: broken ones, what is not known, what was accepted, what to tell."""

    hard: tuple[Hard, ...] = ()
    incomplete: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def join(*findings: Findings) -> Findings:
    """Return all findings as one."""
    return Findings(
        hard=tuple(item for each in findings for item in each.hard),
        incomplete=tuple(item for each in findings for item in each.incomplete),
        accepted=tuple(item for each in findings for item in each.accepted),
        notes=tuple(item for each in findings for item in each.notes),
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """The base's cases that stand unchanged in the head (answered or not), sorted, and those that do not.

    `identical` are the cases whose every run on both sides gave the same bytes; `left_out` counts the base's cases that
    cannot be compared.
    """

    cases: tuple[str, ...]
    unpaired: Unpaired
    identical: frozenset[str]
    left_out: int = 0


def scope_of(pairing: Pairing) -> Scope:
    """Return what can be compared.

    A case that the head's files dropped or changed still stands if the head answered the base's version of it. A base
    case without a row in the head is missing, unless it is named as removed or changed.
    """
    found, named = pair(pairing.base, pairing.head), pairing.unpaired
    without = set(pairing.base.rows) - set(pairing.head.rows)
    left_out = set(found.changed) | (without & {*named.removed, *named.changed})
    cases = tuple(sorted(set(pairing.base.rows) - left_out))
    unpaired = Unpaired(
        added=tuple(sorted({*found.added, *named.added})),
        removed=tuple(sorted(named.removed)),
        changed=tuple(sorted({*found.changed, *named.changed} - set(named.removed))),
    )
    return Scope(cases, unpaired, frozenset(case for case in cases if _same_answers(pairing, case)), len(left_out))


def missing_runs(arm: Arm, cases: tuple[str, ...]) -> tuple[Counter[str], int]:
    """Return how many runs of these cases gave no answer, by cause, and how many runs there should have been."""
    causes: Counter[str] = Counter()
    total, planned = 0, planned_runs(arm)
    for case in cases:
        row = arm.rows.get(case)
        if row is None or not runs_of(row):
            causes["missing"] += planned
            total += planned
        else:
            causes.update(row.failures)
            total += runs_of(row)
    return causes, total


def _same_answers(pairing: Pairing, case: str) -> bool:
    base, head = pairing.base.rows[case], pairing.head.rows.get(case)
    if head is None or not _all_answered(base) or not _all_answered(head):
        return False
    return base.answers == head.answers or len({*base.answers, *head.answers}) == 1


def _all_answered(row: Row) -> bool:
    return bool(row.answers) and not failed(row)
