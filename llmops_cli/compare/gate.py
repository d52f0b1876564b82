"""Two arms of a prompt, judged: the statistics, the hard rules, and what is missing, in one verdict."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from llmops_cli.compare.contests import Bench, Contest, contests_of
from llmops_cli.compare.cost import cost_of
from llmops_cli.compare.families import blocking, family_of
from llmops_cli.compare.figures import counted
from llmops_cli.compare.hard import Rules, critical, floor, never, rules_for_pairing, rules_of
from llmops_cli.compare.holm import levels
from llmops_cli.compare.pairs import pair_up
from llmops_cli.compare.scope import Findings, Scope, join, missing_runs, scope_of
from llmops_cli.compare.stats import mean
from llmops_cli.model.case_flags import CaseFlags
from llmops_cli.model.evalset import ScorerSpec
from llmops_cli.model.run import Arm
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Cost, Family, Hard, Judged, Pairing, Verdict, worst

UNASKED = {"missing": "not asked"}
"""What a case of the head without any answer or failure is called: something else ended the run before it."""
NO_SCORER = "no scorer of the eval set gates"


@dataclass(frozen=True, slots=True)
class _Draft:
    """A pairing before its families have verdicts."""

    contests: tuple[Contest, ...]
    found: Findings
    cost: Cost
    done: Judged | None = None


def judge(pairing: Pairing) -> Judged:
    """Return the verdict on a pairing: the worst of its families, its hard rules and what is not known.

    The primary scorer must show PASS; slices and other scorers can only fail. DRIFT is not said here: it takes fresh
    runs of both arms. Nothing to compare is NO-BASELINE, no gating scorer UNCOVERED, never PASS.
    """
    return judge_all((pairing,))[0]


def judge_all(pairings: Sequence[Pairing]) -> tuple[Judged, ...]:
    """Return the verdict on each pairing of one change, in their order: their tests share the promised error rate.

    What the change brings itself, new cases or eval sets, has an α of its own: nobody makes the base's tests blunt by
    adding others beside them.
    """
    drafts = [_draft(pairing) for pairing in pairings]
    found: dict[int, Judged] = {}
    for brought in (False, True):
        pool = [place for place, pairing in enumerate(pairings) if pairing.brought is brought]
        claims = [contest.claim for place in pool for contest in drafts[place].contests]
        shares = iter(levels([claim for claim in claims if claim is not None]))
        found |= {place: _finished(drafts[place], shares) for place in pool}
    return tuple(found[place] for place in range(len(pairings)))


def _draft(pairing: Pairing) -> _Draft:
    if not any(spec.gate for spec in pairing.scorers):
        return _Draft((), Findings(), Cost(), Judged(Verdict.UNCOVERED, (), (), (NO_SCORER,), Cost()))
    scope = scope_of(pairing)
    found = rules_for_pairing(pairing, scope)
    if not scope.cases:
        return _Draft((), found, Cost(), _nothing(pairing, found))
    lost = _lost(pairing, scope)
    cost, dear = cost_of(pairing, scope)
    contests, notes = contests_of(Bench(pairing, scope, complete=not lost.incomplete))
    return _Draft(contests, join(found, _floors(pairing, scope), lost, dear, Findings(notes=notes)), cost)


def _finished(draft: _Draft, shares: Iterator[float]) -> Judged:
    if draft.done is not None:
        return draft.done
    families = tuple(family_of(contest, 0.0 if contest.claim is None else next(shares)) for contest in draft.contests)
    return _judged(families, draft.found, draft.cost)


def judge_new(
    head: Arm,
    scorers: tuple[ScorerSpec, ...],
    flags: Mapping[str, CaseFlags],
    policy: GatePolicy,
    *,
    max_error_rate: float = 0.02,
) -> Judged:
    """Return NEW for a prompt that the base does not have, if floors and hard rules hold; FAIL if one does not."""
    if not any(spec.gate for spec in scorers):
        return Judged(Verdict.UNCOVERED, (), (), (NO_SCORER,), Cost())
    rules = rules_of(head, scorers, flags)
    if not head.rows:
        return Judged(Verdict.INCOMPLETE, (), (), ("no case was run",), Cost())
    pairing = Pairing(head, head, scorers, flags, policy, max_error_rate=max_error_rate)
    scope = Scope(tuple(sorted(head.rows)), pairing.unpaired, frozenset())
    lost = _lost(pairing, scope)
    families = tuple(_new_family(rules, spec, policy, complete=not lost.incomplete) for spec in rules.scorers)
    found = join(never(rules), critical(rules, None), _floors(pairing, scope), lost)
    prices = [row.cost_usd for row in head.rows.values() if row.cost_usd is not None]
    return _judged(families, found, Cost(None, mean(prices) if prices else None))


def _judged(families: tuple[Family, ...], found: Findings, cost: Cost) -> Judged:
    beside = worst(*[Verdict.INCOMPLETE] * bool(found.incomplete), *[Verdict.ACCEPTED] * bool(found.accepted))
    doubts = [reason for family in families if family.verdict is Verdict.INCOMPLETE for reason in family.reasons]
    reasons = dict.fromkeys([*found.incomplete, *doubts, *found.accepted, *found.notes])
    return Judged(_overall(families, found.hard, beside), families, found.hard, tuple(reasons), cost, beside)


def rejudged(judged: Judged, *, families: tuple[Family, ...] | None = None, hard: tuple[Hard, ...] | None = None,
             notes: tuple[str, ...] = ()) -> Judged:  # fmt: skip
    """Return the verdict with other families or hard rules: those that fresh answers left standing."""
    families = judged.families if families is None else families
    hard = judged.hard if hard is None else hard
    verdict = _overall(families, hard, judged.beside)
    return replace(judged, verdict=verdict, families=families, hard=hard, reasons=(*judged.reasons, *notes))


def _overall(families: tuple[Family, ...], hard: tuple[Hard, ...], beside: Verdict) -> Verdict:
    return worst(beside, *(blocking(family) for family in families), *([Verdict.FAIL] if hard else []))


def _nothing(pairing: Pairing, found: Findings) -> Judged:
    """Return the verdict where no case can be compared."""
    reason = (
        "no case of the base stands unchanged in the head" if pairing.base.rows else "nothing is stored for the base"
    )
    verdict = worst(Verdict.NO_BASELINE, *([Verdict.FAIL] if found.hard else []))
    return Judged(verdict, (), found.hard, (reason, *found.incomplete, *found.notes), Cost())


def _lost(pairing: Pairing, scope: Scope) -> Findings:
    """Return what is said of missing runs: a note, or INCOMPLETE where one side lacks more than the limit allows."""
    notes, incomplete = [], []
    for side, arm in (("head", pairing.head), ("base", pairing.base)):
        causes, total = missing_runs(arm, scope.cases)
        causes = Counter({UNASKED.get(code, code) if side == "head" else code: n for code, n in causes.items()})
        count = sum(causes.values())
        text = f"{count} of {total} runs of the {side} are missing ({counted(causes)})"
        if count > pairing.max_error_rate * total:
            incomplete.append(f"{text}, more than {pairing.max_error_rate * 100:g} %")
        elif count:
            notes.append(text)
    return Findings(incomplete=tuple(incomplete), notes=tuple(notes))


def _floors(pairing: Pairing, scope: Scope) -> Findings:
    """Return the floors that do not hold over the base's cases: cases that the head adds cannot lift a mean."""
    rules = rules_of(pairing.head, pairing.scorers, pairing.flags)
    pairs = ((spec, pair_up(pairing.base, pairing.head, spec.name, scope.cases)) for spec in rules.scorers)
    return join(*(floor(rules, spec, paired) for spec, paired in pairs))


def _new_family(rules: Rules, spec: ScorerSpec, policy: GatePolicy, *, complete: bool) -> Family:
    """Return a scorer's figures without a base; INCOMPLETE where too much is missing or unscored."""
    paired = pair_up(rules.head, rules.head, spec.name, rules.head.rows)
    scored = [pair for pair in paired.pairs if pair.head]
    unscored, count = sum(pair.head_unscored for pair in paired.pairs), sum(len(pair.head) for pair in scored)
    fine = complete and scored and unscored <= policy.max_unscored * (unscored + count)
    why = f"scorer {spec.name} could not score {unscored} of {unscored + count} answers of the head"
    return Family(
        prompt=rules.head.prompt,
        evalset=rules.head.evalset,
        scorer=spec.name,
        slice=None,
        verdict=Verdict.NEW if fine else Verdict.INCOMPLETE,
        rule="statistics",
        cases=len(scored),
        base_runs=0.0,
        head_runs=mean([len(pair.head) for pair in scored]) if scored else 0.0,
        head_mean=mean([mean(pair.head) for pair in scored]) if scored else None,
        primary=spec is rules.scorers[0],
        unscored=unscored,
        missing=sum(pair.head_missing for pair in paired.pairs),
        reasons=() if fine else (why if complete else "too many runs are missing",),
    )
