"""Recordings that a change brings, held against the model: a random sample of them is asked again."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from llmops_cli.compare.exact import Table, permutation_p
from llmops_cli.compare.figures import p_text
from llmops_cli.compare.gate import rejudged
from llmops_cli.compare.signflip import sign_flip_p
from llmops_cli.compare.stats import mean
from llmops_cli.flow.fight import Fight
from llmops_cli.model.completion import Failure
from llmops_cli.model.run import Result
from llmops_cli.model.verdict import Hard, Judged

RULE = "recordings"
SERIES = "verify"


def audit(fights: Sequence[Fight], wanted: int) -> None:
    """Ask again up to `wanted` unverified recordings of each head, and fail one whose recordings score better.

    Which ones is chosen anew each time: an author who forges some of them cannot know which are asked. Where no call
    can be made, the report says that nothing was verified.
    """
    for fight in fights:
        if wanted and fight.judged is not None and fight.leader is None and not fight.against:
            _audit(fight, fight.judged, wanted)


def _audit(fight: Fight, judged: Judged, wanted: int) -> None:
    prints = fight.ring.desk.unverified_prints
    rows = sorted(fight.head.results, key=lambda row: (row.case, row.repeat), reverse=True)
    once = {row.fingerprint: row for row in rows if row.fingerprint in prints}  # cases that ask the same share it
    brought = list(reversed(once.values()))
    if not brought:
        return
    sample = {(row.case, row.repeat): row for row in secrets.SystemRandom().sample(brought, min(wanted, len(brought)))}
    cases = frozenset(case for case, _ in sample)
    repeats = sorted({repeat for _, repeat in sample})
    tasks = [
        task
        for task in fight.head.tasks(repeats, cases, f"{SERIES} {secrets.token_hex(8)}")
        if (task.case.id, task.request.repeat) in sample
    ]
    fresh = fight.head.ask(tasks) if fight.ring.desk.mode != "replay" else ()
    answered = [row for row in fresh if not isinstance(row.answer, Failure)]
    if answered:
        fight.judged = _compared(fight, judged, sample, answered, len(brought))
        return
    lost = next((row.answer.message for row in fresh if isinstance(row.answer, Failure)), "replay makes no call")
    note = f"none of the {len(brought)} recordings that this change brings could be verified: {lost}"
    fight.judged = replace(judged, reasons=(*judged.reasons, note))


def _compared(
    fight: Fight, judged: Judged, sample: dict[tuple[str, int], Result], fresh: Sequence[Result], brought: int
) -> Judged:
    spec = fight.ring.bout.evalset.primary
    scorer = spec.name if spec else ""
    pairs = [(_value(sample[row.case, row.repeat], scorer), _value(row, scorer)) for row in fresh]
    known = [(old, new) for old, new in pairs if old is not None and new is not None]
    if not known:
        note = f"no recording of this change could be verified: {scorer or 'nothing'} scores none of them"
        return replace(judged, reasons=(*judged.reasons, note))
    if all(value in (0.0, 1.0) for pair in known for value in pair):
        p = permutation_p(Table(round(old), 1, round(new), 1) for old, new in known).worse
    else:
        p = sign_flip_p([new - old for old, new in known]).worse
    recorded, asked = (mean([pair[side] for pair in known]) for side in (0, 1))
    said = f"{len(known)} of {brought} recordings of this change asked again: {scorer} {recorded:.1%} recorded"
    said += f", {asked:.1%} asked (p {p_text(p)})"
    if p > fight.ring.policy.alpha:
        return replace(judged, reasons=(*judged.reasons, said))
    detail = f"{said}: the model does not answer as recorded"
    prompt, evalset = fight.head.prompt.id, fight.ring.bout.evalset.id
    return rejudged(judged, hard=(*judged.hard, Hard(RULE, prompt, evalset, "", detail, scorer)))


def _value(row: Result, scorer: str) -> float | None:
    for score in row.scores:
        if score.scorer == scorer and score.stored is not None:
            return float(score.stored)
    return None
