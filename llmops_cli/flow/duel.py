"""One changed prompt against its old self: both arms on every eval set that judges it, and what they say together."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from llmops_cli.compare.arms import extend
from llmops_cli.compare.gate import judge, judge_new
from llmops_cli.flow.arms import Bout, Side, missing, run_arm, stored_arm
from llmops_cli.flow.bouts import Bouts
from llmops_cli.flow.changes import Pair
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.examples import with_examples
from llmops_cli.flow.flags import flags_of
from llmops_cli.flow.scene import Scene
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.load.settings import gate_policy
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Acceptance, Arm, Result
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import (
    CaseFlags,
    Cost,
    Family,
    Hard,
    Judged,
    Pairing,
    PromptVerdict,
    Verdict,
    worst,
)

Tell = Callable[[str, Result], None]
FRESH = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one prompt adds to the report; `saved` counts answers that the stored baseline stood in for."""

    prompt: PromptVerdict
    families: tuple[Family, ...] = ()
    hard: tuple[Hard, ...] = ()
    saved: int = 0


@dataclass(frozen=True, slots=True)
class Ring:
    """One eval set of one prompt, with all that a bout needs."""

    before: Prompt | None
    after: Prompt
    bout: Bout
    scene: Scene
    bouts: Bouts
    desk: Desk
    tell: Tell

    @property
    def policy(self) -> GatePolicy:
        """The base's thresholds, with the eval set's own over them."""
        return gate_policy(self.scene.policy.gate, self.bout.evalset.gate)

    @property
    def flags(self) -> dict[str, CaseFlags]:
        """Tags and hard rules of the cases."""
        return flags_of(self.bout.cases, self.policy)

    def head(self) -> tuple[Arm, tuple[Result, ...]]:
        """Run the head's arm."""
        side = Side(self.scene.head.tree, self.scene.head_settings, self.desk.environment, self.scene.trusted)
        own = self.bouts.own_cases(self.bout.evalset.id)
        name = self.bout.evalset.id
        return run_arm(
            side, self.bout, self.after, self.desk, own_cases=own, on_result=lambda row: self.tell(name, row)
        )


@dataclass(frozen=True, slots=True)
class Part:
    """The verdict on one eval set."""

    judged: Judged
    saved: int = 0


def duel(pair: Pair, scene: Scene, bouts: Bouts, desk: Desk, tell: Tell) -> Outcome:
    """Return the verdict on one changed, new, renamed or removed prompt."""
    if pair.after is None:
        return Outcome(PromptVerdict(pair.id, "removed", Verdict.PASS, ("the prompt is removed; no label serves it",)))
    status = "new" if pair.before is None else "renamed" if pair.renamed else "changed"
    if pair.same:
        reason = f"renamed from {pair.before.id if pair.before else ''}; the content is the same"
        return Outcome(PromptVerdict(pair.id, status, Verdict.PASS, (reason,)))
    names = bouts.names(pair)
    if not names:
        return _uncovered(pair, status, bouts)
    parts = [_fight(Ring(pair.before, pair.after, bouts.bout(pair, name), scene, bouts, desk, tell)) for name in names]
    judged = [part.judged for part in parts]
    return Outcome(
        PromptVerdict(
            pair.id,
            status,
            worst(*(one.verdict for one in judged)),
            tuple(dict.fromkeys(reason for one in judged for reason in one.reasons)),
            next((one.cost for one in judged if one.cost.head_usd is not None), Cost()),
        ),
        tuple(family for one in judged for family in one.families),
        tuple(rule for one in judged for rule in one.hard),
        sum(part.saved for part in parts),
    )


def _uncovered(pair: Pair, status: str, bouts: Bouts) -> Outcome:
    if pair.before is None:
        reason = "no eval set judges it yet: name one with evals: [ID]"
        return Outcome(PromptVerdict(pair.id, status, Verdict.NEW, (reason,)))
    rubric_of = bouts.rubric_of(pair.before.id)
    if rubric_of:
        reason = f"a judge's rubric: the base's version judged {', '.join(rubric_of)}; this one counts once merged"
        return Outcome(PromptVerdict(pair.id, status, Verdict.PASS, (reason,)))
    reason = "changed, but no eval set judges it: name one with evals: [ID]; `llmops evalset new ID` writes one"
    return Outcome(PromptVerdict(pair.id, status, Verdict.UNCOVERED, (reason,)))


def _fight(ring: Ring) -> Part:
    if not any(spec.gate for spec in ring.bout.bench.specs):
        reason = f"eval set {ring.bout.evalset.id} has no gating scorer"
        return Part(Judged(Verdict.UNCOVERED, (), (), (reason,), Cost()))
    if ring.before is None:
        return _first(ring)
    side = Side(ring.scene.base.tree, ring.scene.policy, ring.desk.environment, ring.scene.trusted)
    base = stored_arm(side, ring.bout, ring.before)
    saved = sum(len(row.answers) for row in base.rows.values()) if base else 0
    if base is None:
        base, rows = run_arm(side, ring.bout, ring.before, ring.desk)
        lost = sum(missing(rows).values())
        if lost:
            return Part(Judged(Verdict.NO_BASELINE, (), (), (_no_baseline(ring, ring.before, lost),), Cost()))
    head, rows = ring.head()
    pairing = Pairing(
        base=base,
        head=head,
        scorers=ring.bout.bench.specs,
        flags=ring.flags,
        policy=ring.policy,
        accepted=_accepted(ring),
        unpaired=ring.bouts.unpaired(ring.bout),
        live=ring.desk.calls.live > 0,
        max_error_rate=ring.scene.policy.budget.max_error_rate,
    )
    judged, pairing, fresh = confirmed(ring, pairing, judge(pairing), side)
    rows = (*(row for row in rows if row.case not in {one.case for one in fresh}), *fresh)
    judged = _with_losses(judged, rows)
    families = tuple(with_examples(family, ring.bout, rows, base) for family in judged.families)
    return Part(replace(judged, families=families), saved)


def confirmed(ring: Ring, pairing: Pairing, judged: Judged, side: Side) -> tuple[Judged, Pairing, tuple[Result, ...]]:
    """Return the verdict after three fresh runs of both sides for each case that the rule of small sets calls broken.

    One run of the head is no "always": a slip would fail the gate. In replay nothing is asked, and the report says so.
    """
    small = [one for one in judged.families if one.rule == "cases" and one.verdict is Verdict.FAIL]
    broken = {case for one in small for case in one.broke}
    if not broken or ring.before is None or ring.desk.mode == "replay":
        return judged, pairing, ()
    cases = tuple(case for case in ring.bout.cases if case.id in broken)
    head_runs = max(len(pairing.head.rows[name].answers) for name in broken) + FRESH
    again = replace(ring, bout=replace(ring.bout, cases=cases, evalset=replace(ring.bout.evalset, repeats=head_runs)))
    head, rows = again.head()
    few = replace(again.bout, evalset=replace(again.bout.evalset, repeats=FRESH))
    base, _ = run_arm(side, few, ring.before, ring.desk)
    known = replace(pairing.base, rows={name: row for name, row in pairing.base.rows.items() if name in broken})
    grown = extend(known, base)
    wider = replace(
        pairing,
        base=replace(pairing.base, rows={**pairing.base.rows, **grown.rows}),
        head=replace(pairing.head, rows={**pairing.head.rows, **head.rows}),
        live=True,
    )
    return judge(wider), wider, rows


def _first(ring: Ring) -> Part:
    """Return the verdict on a prompt the base does not have: floors and hard rules alone can fail it."""
    name = ring.after.id
    reason = f"first version of {name}: `llmops baseline accept {name} --reason …` stores its baseline"
    floors = any(spec.minimum is not None for spec in ring.bout.bench.specs)
    if not floors and not any(flag.never for flag in ring.flags.values()):
        return Part(Judged(Verdict.NEW, (), (), (reason,), Cost()))
    rate = ring.scene.policy.budget.max_error_rate
    head, rows = ring.head()
    judged = judge_new(head, ring.bout.bench.specs, ring.flags, ring.policy, max_error_rate=rate)
    lost = missing(rows)
    if lost and judged.verdict is not Verdict.FAIL:
        judged = replace(judged, verdict=Verdict.INCOMPLETE)
        reason = "floors and hard rules cannot be checked without answers"
    return Part(_with_losses(replace(judged, reasons=(*judged.reasons, reason)), rows))


def _with_losses(judged: Judged, rows: tuple[Result, ...]) -> Judged:
    lost = missing(rows)
    if not lost:
        return judged
    reason = "no answer: " + ", ".join(f"{code} × {count}" for code, count in lost.items())
    return replace(judged, reasons=(*judged.reasons, reason))


def _no_baseline(ring: Ring, before: Prompt, lost: int) -> str:
    name, evalset = before.id, ring.bout.evalset.id
    what = f"{name} sha256:{before.digest[:12]} on {evalset}"
    if ring.bouts.lies_in_head(before, evalset):
        return f"the baseline of {what} is not in the base commit yet: commit it"
    return (
        f"no baseline for {what}, and {lost} answers are not stored. On the base: `llmops eval run {name}`, then "
        f"`llmops baseline accept {name} --reason …`, and commit it"
    )


def _accepted(ring: Ring) -> Acceptance | None:
    """Return the acceptance of the head's digest, from where the policy lets it count: forks' never do."""
    scene, prompt = ring.scene, ring.after
    from_head = scene.policy.accepts == "head" and not scene.where.fork
    tree = scene.head.tree if from_head else scene.base.tree
    found = read_baseline(tree, scene.policy.baselines, prompt.id, ring.bout.evalset.id, prompt.digest)
    return found.accepted if found else None
