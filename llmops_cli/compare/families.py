"""A family (prompt × eval set × scorer × slice), judged: its figures, its verdict and why."""

from dataclasses import dataclass, replace

from llmops_cli.compare.figures import cases_text, points
from llmops_cli.compare.holm import Claim
from llmops_cli.compare.pairs import Paired, pair_up
from llmops_cli.compare.power import Evidence, detectable_drop, margin_of, rule_of, variance_of
from llmops_cli.compare.reasons import reasons_of, sight
from llmops_cli.compare.scope import Scope
from llmops_cli.compare.stats import mean, pseudo_runs
from llmops_cli.compare.verdicts import Terms, Weighed, broke, fixed, settle, weigh
from llmops_cli.model.evalset import ScorerSpec
from llmops_cli.model.run import Acceptance
from llmops_cli.model.verdict import Family, Pairing, Verdict

LEAST_DIFFERENCE = 1e-9
RUNS_ARE_MISSING = "verdict withheld: too many runs are missing"


@dataclass(frozen=True, slots=True)
class Bench:
    """What all families of a pairing share. `complete` is false where more runs are missing than the limit allows."""

    pairing: Pairing
    scope: Scope
    complete: bool


def primaries(scorers: tuple[ScorerSpec, ...]) -> frozenset[str]:
    """Return the names of the gating scorers that must show PASS: those marked primary, else the first."""
    gating = [spec for spec in scorers if spec.gate]
    return frozenset(spec.name for spec in gating if spec.primary) or frozenset(spec.name for spec in gating[:1])


@dataclass(frozen=True, slots=True)
class Contest:
    """A family whose runs are weighed, but which has no verdict yet: its level depends on all others of the change.

    `family` has no figures yet; `doubt` is why the scores must not be compared, "" if they may be.
    """

    bench: Bench
    family: Family
    paired: Paired
    doubt: str
    terms: Terms | None = None
    weighed: Weighed | None = None

    @property
    def claim(self) -> Claim | None:
        """The test that could fail the change; None where there is none to make."""
        if self.terms is None or self.weighed is None or self.doubt:
            return None
        p = self.weighed.p
        informed = p.worse < 1.0 or p.better < 1.0
        return Claim(p.worse, self.terms.alpha, self.family.primary, informed)


def contests_of(bench: Bench) -> tuple[tuple[Contest, ...], tuple[str, ...]]:
    """Return every family of a pairing, whole sets before their slices, and notes on slices too small to judge."""
    pairing = bench.pairing
    gating = sorted((spec for spec in pairing.scorers if spec.gate), key=lambda spec: not spec.primary)
    contests: list[Contest] = []
    notes: dict[str, None] = {}
    for spec in gating:
        whole = pair_up(pairing.base, pairing.head, spec.name, bench.scope.cases)
        contests.append(_contest(bench, spec, None, whole))
        for tag in pairing.policy.slices:
            part = whole.only(lambda case, tag=tag: _has_tag(pairing, case, tag))  # type: ignore[misc]
            if len(part.pairs) >= pairing.policy.min_slice:
                contests.append(_contest(bench, spec, tag, part))
            else:
                notes[f"slice {tag}: {cases_text(len(part.pairs))}, too few to judge ({pairing.policy.min_slice})"] = (
                    None
                )
    return tuple(contests), tuple(notes)


def blocking(family: Family) -> Verdict:
    """Return what a family says about its prompt: only the primary must show PASS, the others can only fail."""
    if family.primary or family.verdict in (Verdict.FAIL, Verdict.INCOMPLETE, Verdict.ACCEPTED):
        return family.verdict
    return Verdict.PASS


def drop_key(scorer: str, slice_: str | None) -> str:
    """Return the name of a drop in an acceptance: the scorer's, or `scorer/slice`."""
    return scorer if slice_ is None else f"{scorer}/{slice_}"


def _has_tag(pairing: Pairing, case: str, tag: str) -> bool:
    flags = pairing.flags.get(case)
    return flags is not None and tag in flags.tags


def _contest(bench: Bench, spec: ScorerSpec, tag: str | None, paired: Paired) -> Contest:
    pairing, comparable = bench.pairing, paired.comparable
    primary = not pairing.against and tag is None and spec.name in primaries(pairing.scorers)
    empty = _empty(bench, spec, tag, paired, primary=primary)
    doubt = _doubt(bench, spec, paired)
    if not comparable.pairs:
        return Contest(bench, empty, paired, doubt or f"no case has scores of {spec.name} on both sides")
    policy, look = pairing.policy, pairing.look
    margin = margin_of(pairing.base, spec.name, policy, look)
    clusters = {case: flags.cluster for case, flags in pairing.flags.items() if flags.cluster}
    terms = Terms(
        margin,
        rule_of(margin, policy),
        policy.alpha * look.alpha,
        policy,
        clusters,
        blocking=primary,
        live=pairing.live,
        beta=policy.beta * look.beta,
    )
    return Contest(bench, empty, paired, doubt, terms, weigh(comparable, terms))


def family_of(contest: Contest, level: float) -> Family:
    """Return the family with its figures and its verdict, its test held at `level`."""
    family, paired, pairing = contest.family, contest.paired, contest.bench.pairing
    terms, weighed = contest.terms, contest.weighed
    if terms is None or weighed is None:
        return replace(family, reasons=(contest.doubt,))
    comparable = paired.comparable
    if not contest.doubt and all(pair.case in contest.bench.scope.identical for pair in paired.pairs):
        return _identical(family, comparable, terms.margin)
    terms = replace(terms, alpha=level)
    evidence = _evidence(comparable, weighed, pairing)
    family = _measured(family, comparable, weighed, terms)
    mde = detectable_drop(evidence, len(comparable.pairs), alpha=level, power=terms.policy.power)
    family = replace(family, mde=mde)
    if contest.doubt:
        return replace(family, reasons=(contest.doubt,))
    return _accept(_settled(family, paired, weighed, terms, evidence), pairing.accepted)


def _doubt(bench: Bench, spec: ScorerSpec, paired: Paired) -> str:
    """Return why the scores must not be compared, or nothing."""
    base, head = bench.pairing.base, bench.pairing.head
    if base.scorers.get(spec.name) != head.scorers.get(spec.name):
        return f"scorer changed: {spec.name} is not the same on both sides; score the stored answers anew"
    if not bench.complete:
        return RUNS_ARE_MISSING
    sides = (
        ("base", sum(pair.base_unscored for pair in paired.pairs), sum(len(pair.base) for pair in paired.pairs)),
        ("head", sum(pair.head_unscored for pair in paired.pairs), sum(len(pair.head) for pair in paired.pairs)),
    )
    for side, unscored, scored in sides:
        if unscored > bench.pairing.policy.max_unscored * (unscored + scored):
            return f"scorer {spec.name} could not score {unscored} of {unscored + scored} answers of the {side}"
    return ""


def _empty(bench: Bench, spec: ScorerSpec, tag: str | None, paired: Paired, *, primary: bool) -> Family:
    """Return the family without figures, INCOMPLETE until something better is known."""
    comparable = paired.comparable.pairs
    return Family(
        prompt=bench.pairing.head.prompt or bench.pairing.base.prompt,
        evalset=bench.pairing.base.evalset,
        scorer=spec.name,
        slice=tag,
        verdict=Verdict.INCOMPLETE,
        rule="statistics",
        cases=len(comparable),
        base_runs=mean([len(pair.base) for pair in comparable]) if comparable else 0.0,
        head_runs=mean([len(pair.head) for pair in comparable]) if comparable else 0.0,
        primary=primary,
        unscored=paired.unscored,
        missing=paired.missing,
        unpaired=bench.scope.unpaired,
        against=bench.pairing.against,
        look=bench.pairing.look,
    )


def _identical(family: Family, paired: Paired, margin: float) -> Family:
    """Return PASS: the same bytes need no estimate."""
    return replace(
        family,
        verdict=Verdict.PASS,
        rule="identical",
        base_mean=mean([mean(pair.base) for pair in paired.pairs]),
        head_mean=mean([mean(pair.head) for pair in paired.pairs]),
        delta=mean([pair.difference for pair in paired.pairs]),
        margin=margin,
        same=len(paired.pairs),
        reasons=("identical answers",),
    )


def _measured(family: Family, paired: Paired, weighed: Weighed, terms: Terms) -> Family:
    worse = tuple(pair.case for pair in paired.pairs if broke(pair, binary=paired.binary))
    better = tuple(pair.case for pair in paired.pairs if fixed(pair, binary=paired.binary))
    return replace(
        family,
        rule=terms.rule,
        base_mean=weighed.base_mean,
        head_mean=weighed.head_mean,
        delta=weighed.drop.delta,
        interval=weighed.drop.interval,
        p_worse=weighed.p.worse,
        p_better=weighed.p.better,
        lower_bound=weighed.drop.lower_bound,
        margin=terms.margin,
        broke=worse,
        fixed=better,
        same=len(paired.pairs) - len(worse) - len(better),
    )


def _evidence(paired: Paired, weighed: Weighed, pairing: Pairing) -> Evidence:
    """Return the noise of one run; where cases stand for a population, the spread of their differences counts."""
    base, head = [pair.base for pair in paired.pairs], [pair.head for pair in paired.pairs]
    runs = pseudo_runs(map(len, base)), pseudo_runs(map(len, head))
    if pairing.policy.inference == "evalset":
        return Evidence(variance_of(base, head), *runs)
    spread = mean([(pair.difference - weighed.drop.delta) ** 2 for pair in paired.pairs])
    return Evidence(spread / sum(runs), *runs)


def _settled(family: Family, paired: Paired, weighed: Weighed, terms: Terms, evidence: Evidence) -> Family:
    verdict = settle(paired, weighed, terms)
    if verdict is Verdict.INCOMPLETE:
        why = f"{paired.missing} missing runs decide: the verdict differs between all of them passing and all failing"
        return replace(family, reasons=(why,))
    reasons = reasons_of(verdict, paired.comparable, weighed, terms)
    if verdict is not Verdict.INCONCLUSIVE:
        return replace(family, verdict=verdict, reasons=reasons)
    sentence, needed = sight(evidence, family.cases, terms)
    return replace(family, verdict=verdict, more_cases=needed, reasons=(*reasons, sentence))


def _accept(family: Family, accepted: Acceptance | None) -> Family:
    """Return ACCEPTED where a committed acceptance covers the drop that would stop the change."""
    stops = family.verdict is Verdict.FAIL or (family.verdict is Verdict.INCONCLUSIVE and family.primary)
    if accepted is None or family.delta is None or not stops:
        return family
    covered = accepted.drops.get(drop_key(family.scorer, family.slice))
    if covered is None or family.delta < -(max(0.0, covered) + LEAST_DIFFERENCE):
        return family
    why = f"a drop of up to {points(max(0.0, covered), 1)} is accepted by {accepted.by}: {accepted.reason}"
    return replace(family, verdict=Verdict.ACCEPTED, reasons=(why, *family.reasons))
