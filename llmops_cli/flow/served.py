"""What a reader must know of a release that a label moves to: what is stored of it, and how it is taken anyway."""

from dataclasses import replace

from llmops_cli.compare.acceptance import counting
from llmops_cli.compare.gate import judge_new
from llmops_cli.flow.changes import Pair
from llmops_cli.flow.fight import Fight
from llmops_cli.flow.ring import Ring
from llmops_cli.model.run import Acceptance, Arm
from llmops_cli.model.verdict import Judged, PromptVerdict, Verdict
from llmops_cli.report.gate_next import STORED

CHANGED = ("changed", "renamed")


def told_by_label(fight: Fight, judged: Judged) -> Judged:
    """Return the verdict with what it is held against, and with the way out of a FAIL."""
    if not fight.ring.moves:
        return judged
    alone = fight.head.known if judged.verdict is Verdict.NO_BASELINE and not fight.against else None
    if alone is not None and counting(alone.accepted, fight.ring.desk.environment.today) is not None:
        return _by_itself(fight.ring, alone, judged)
    way_out = (_way_out(fight),) if judged.verdict is Verdict.FAIL and not fight.against else ()
    return against_label(fight.ring, replace(judged, reasons=(*judged.reasons, *way_out)))


def against_label(ring: Ring, judged: Judged) -> Judged:
    """Return the verdict whose families name what they are held against, where that is not the prompt's file."""
    if not ring.moves:
        return judged
    against = ring.moves[0].against
    return replace(judged, families=tuple(replace(one, against=one.against or against) for one in judged.families))


def _by_itself(ring: Ring, known: Arm, judged: Judged) -> Judged:
    """Return the verdict on a release that nothing is stored to compare with, but that somebody accepted: as `promote`.

    Nothing is asked of a model: its baseline must hold the floors and hard rules.
    """
    rate = ring.scene.policy.budget.max_error_rate
    new = judge_new(known, ring.bout.bench.specs, ring.flags, ring.policy, max_error_rate=rate)
    by = known.accepted
    said = f"{_who(by)} accepted {ring.after.id}@{ring.after.version}: {by.reason}" if by else ""
    return against_label(ring, replace(new, reasons=tuple(dict.fromkeys([said, *new.reasons, *judged.reasons]))))


def _way_out(fight: Fight) -> str:
    """Return what is stored of the release, and the commands that accept it: a rollback may be worse and wanted.

    What it may drop is measured against a baseline of the release before: that one is stored first.
    """
    ring = fight.ring
    after, evalset = ring.after, ring.bout.evalset.id
    what = f"{after.id}@{after.version}"
    stored = ring.stored(after) is not None
    accepted = ring.accepted()
    if accepted is None:
        said = "and no acceptance of it counts"
    else:
        said = f"accepted by {_who(accepted)} ({accepted.reason}), but not for as large a drop"
    first = f"{'a' if stored else 'no'} baseline of {what} on {evalset} is stored"
    old = f"{fight.before.id}@{fight.before.version}"
    bar = f"llmops eval run {old}, then llmops baseline accept {old} --reason …, then " if fight.stored is None else ""
    return (
        f"{first}, {said}. Wanted all the same, as a rollback may be: {bar}llmops eval run {what}, then "
        f"llmops baseline accept {what} --allow-regress --reason …, and commit it with the label"
    )


def _who(accepted: Acceptance) -> str:
    return accepted.by.partition(" <")[0] or "somebody"


def status_of(pair: Pair) -> str:
    """Return the word for what happened to a prompt that is still there."""
    if pair.by_label:
        return "promoted"
    return "new" if pair.before is None else CHANGED[pair.renamed]


def alike(pair: Pair) -> str:
    """Return why a pair with one content needs no judgement."""
    if pair.by_label:
        return "the two releases have the same content"
    return f"renamed from {pair.before.id if pair.before else ''}; the content is the same"


def with_moves(prompt: PromptVerdict, pair: Pair) -> PromptVerdict:
    """Return a prompt's verdict with the labels that bring it, or that bring it to callers, said first."""
    if not pair.moves:
        return prompt
    reasons = dict.fromkeys([*(move.text for move in pair.moves), *prompt.reasons])
    return replace(prompt, reasons=tuple(reasons), labels=pair.moves)


def first_words(ring: Ring) -> str:
    """Return what is said of a version without an opponent, and how it gets a baseline."""
    after = ring.after
    if not ring.moves and ring.bouts.lies_in_head(after, ring.bout.evalset.id):
        return f"first version of {after.id}: {STORED}, and later versions are compared with it"
    if not ring.moves:
        return f"first version of {after.id}: `llmops baseline accept {after.id} --reason …` stores its baseline"
    name = f"{after.id}@{after.version}"
    said = f"nothing of {after.id} was served by {ring.moves[0].label} before: {name} is judged as a new prompt"
    return (
        said
        if ring.stored(after) is not None
        else f"{said}; `llmops baseline accept {name} --reason …` stores its baseline"
    )
