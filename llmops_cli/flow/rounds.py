"""Fights, look by look: each asks what its next look needs, then all are judged together, until none is open."""

from collections.abc import Sequence
from itertools import groupby

from llmops_cli.compare.gate import judge_all
from llmops_cli.compare.looks import closing
from llmops_cli.flow.arms import missing
from llmops_cli.flow.collect import Task
from llmops_cli.flow.contestant import Contestant, OnResult
from llmops_cli.flow.fight import Fight
from llmops_cli.model.completion import Failure
from llmops_cli.model.look import Look
from llmops_cli.model.run import Result
from llmops_cli.model.verdict import Cost, Judged, Verdict

REFUSED = frozenset({"budget"})
"""Codes of failures that say that no further call may be made, whatever the case."""


def decide(fights: Sequence[Fight]) -> None:
    """Take looks until every fight has a verdict. Looks stand at the ends of rounds, so no order of answers shows.

    A round that cannot be had (no key, no budget) is left out as a whole, and the look before it is the last one.
    """
    waiting = [fight for fight in fights if fight.is_open]
    while waiting:
        for fight in waiting:
            _next_round(fight)
        standing = [fight for fight in fights if fight.judged is None or fight.judged.families]
        verdicts = judge_all([fight.pairing(fight.look) for fight in standing])
        for fight, judged in zip(standing, verdicts, strict=True):
            if fight.is_open:
                fight.judged = judged
                fight.is_open = _is_open(judged) and not fight.look.is_last
        for fight in standing:
            if fight.leader is not None:
                fight.is_open = fight.leader.is_open
        waiting = [fight for fight in fights if fight.is_open]


def reopened(fights: Sequence[Fight]) -> bool:
    """Open every fight that looked like a FAIL and was not confirmed, where its plan has further looks; whether any is.

    Fresh answers took the drop back; whether the change is good enough is for the rounds that are left to say.
    """
    found = [fight for fight in fights if fight.leader is None and _may_go_on(fight)]
    for fight in fights:
        if fight in found or fight.leader in found:
            fight.is_open, fight.is_asked_again = True, False
    return bool(found)


def _may_go_on(fight: Fight) -> bool:
    is_undecided = fight.judged is not None and fight.judged.verdict is Verdict.INCONCLUSIVE
    return is_undecided and fight.is_asked_again and not fight.look.is_last and not fight.cut_short


def _is_open(judged: Judged) -> bool:
    """Return whether more runs may tell: also where the few that are missing decide, as long as not too many are."""
    if judged.verdict is Verdict.INCOMPLETE and judged.beside is not Verdict.INCOMPLETE:
        unsure = [one for one in judged.families if one.verdict is Verdict.INCOMPLETE]
        return all(one.missing for one in unsure)
    return judged.verdict is Verdict.INCONCLUSIVE


def _next_round(fight: Fight) -> None:
    if fight.leader is not None:
        fight.look = fight.leader.look
        return
    look = fight.looks[0] if fight.judged is None else _following(fight)
    for side in fight.sides:
        told = fight.ring.told() if side is fight.head else None
        results = _round_by_round(side, fight.tasks(side, look), told)
        why = _refusal(results)
        if why and fight.judged is not None:
            _cut(fight, why)
            return
        whole = _whole(side, results) if why and side is fight.head and not fight.by_batches else 0
        if whole:
            side.keep(row for row in results if row.repeat < whole)
            fight.look, fight.cut_short = closing(fight.looks[:0], whole), why
            return
        side.keep(results)
        if side is fight.rival and fight.judged is None and _is_none(fight, results):
            fight.judged, fight.is_open = _no_baseline(fight, sum(missing(results).values())), False
            return
    fight.look = look


def _is_none(fight: Fight, results: Sequence[Result]) -> bool:
    """Return whether the base's answers are none to compare with: not all are stored, or too many calls failed.

    Where calls are made a few may fail, as those of the head may: the verdict weighs them.
    """
    lost = sum(missing(results).values())
    if fight.ring.desk.mode == "replay" or _refusal(results):
        return lost > 0
    return lost > fight.ring.scene.policy.budget.max_error_rate * len(results)


def _round_by_round(side: Contestant, todo: Sequence[Task], told: OnResult | None) -> tuple[Result, ...]:
    """Return the answers. No round begins before the one before it is whole: what is left of a budget ends a round."""
    results: list[Result] = []
    for _, of_round in groupby(todo, key=lambda task: task.request.repeat):
        results += side.ask(of_round, told)
        if _refusal(results):
            break
    return tuple(results)


def _whole(side: Contestant, results: Sequence[Result]) -> int:
    """Return how many rounds from the first on were asked of every case before the refusal: they are whole."""
    asked = {(row.case, row.repeat) for row in results if not _refusal([row])}
    count = 0
    while side.rendered and all((case.id, count) in asked for case, _ in side.rendered):
        count += 1
    return count


def _following(fight: Fight) -> Look:
    return next(look for look in fight.looks if look.number > fight.look.number)


def _refusal(results: Sequence[Result]) -> str:
    """Return why a round could not be had; "" where single cases failed at most, which the verdict weighs."""
    for row in results:
        if isinstance(row.answer, Failure) and (row.answer.kind == "run" or row.answer.code in REFUSED):
            return row.answer.message
    return ""


def _cut(fight: Fight, why: str) -> None:
    """End the fight with the rounds that it has: the last look gets what no other has spent."""
    if fight.rival is not None and not fight.by_batches:
        runs = fight.look.number
        for side in fight.sides:
            side.results = tuple(row for row in side.results if row.repeat < runs)
    fight.look = closing(fight.looks, fight.look.number)
    fight.cut_short = why


def _no_baseline(fight: Fight, lost: int) -> Judged:
    name, evalset = fight.before.id, fight.ring.bout.evalset.id
    name = f"{name}@{fight.before.version}" if fight.ring.by_label else name
    what = f"{name} sha256:{fight.before.digest[:12]} on {evalset}"
    if fight.ring.bouts.lies_in_head(fight.before, evalset):
        reason = f"the baseline of {what} is not in the base commit yet: commit it"
    else:
        reason = (
            f"no baseline for {what}, and {lost} answers are not stored. On the base: `llmops eval run {name}`, then "
            f"`llmops baseline accept {name} --reason …`, and commit it"
        )
    return Judged(Verdict.NO_BASELINE, (), (), (reason,), Cost())
