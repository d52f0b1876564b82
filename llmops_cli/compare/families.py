"""A family (prompt × eval set × scorer × slice), judged: its figures, its verdict and why."""

from dataclasses import replace

from llmops_cli.compare.contests import Contest
from llmops_cli.compare.figures import points
from llmops_cli.compare.pairs import Paired
from llmops_cli.compare.power import Evidence, detectable_drop, variance_of
from llmops_cli.compare.reasons import outlook, reasons_of, sight
from llmops_cli.compare.repeated import distinct, twins_of, united, units
from llmops_cli.compare.shifts import shifts
from llmops_cli.compare.stats import mean, pseudo_runs
from llmops_cli.compare.verdicts import SHOWN_FINE, Terms, Weighed, settle
from llmops_cli.model.run import Acceptance
from llmops_cli.model.verdict import Family, Pairing, Verdict

LEAST_DIFFERENCE = 1e-9


def blocking(family: Family) -> Verdict:
    """Return what a family says about its prompt: only the primary must show PASS, the others can only fail."""
    if family.primary or family.verdict in (Verdict.FAIL, Verdict.INCOMPLETE, Verdict.ACCEPTED):
        return family.verdict
    return Verdict.PASS


def drop_key(scorer: str, slice_: str | None) -> str:
    """Return the name of a drop in an acceptance: the scorer's, or `scorer/slice`."""
    return scorer if slice_ is None else f"{scorer}/{slice_}"


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
    apart = united(comparable, terms.twins)
    evidence = _evidence(apart, weighed, pairing)
    family = _measured(family, comparable, weighed, terms)
    mde = detectable_drop(evidence, len(apart.pairs), alpha=level, power=terms.policy.power)
    family = replace(family, mde=mde)
    if contest.doubt:
        return replace(family, reasons=(contest.doubt,))
    settled = _settled(family, paired, weighed, terms, evidence)
    return _accept(_with_outlook(settled, comparable, pairing), pairing.accepted)


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
    went = shifts(paired, terms.aside)
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
        broke=went.broke,
        worse=went.worse,
        fixed=went.fixed,
        better=went.better,
        same=went.same,
        aside=went.aside,
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
        missing = "1 missing run" if paired.missing == 1 else f"{paired.missing} missing runs"
        why = f"{missing} decide: the verdict differs between all of them passing and all failing"
        return replace(family, reasons=(why,))
    reasons = reasons_of(verdict, paired.comparable, weighed, terms)
    if paired.unscored:
        lost = "1 answer" if paired.unscored == 1 else f"{paired.unscored} answers"
        reasons = (*reasons, f"{lost} could not be scored, and count on neither side")
    if verdict is not Verdict.INCONCLUSIVE:
        return replace(family, verdict=verdict, reasons=reasons)
    sentence, needed = sight(evidence, units((pair.case for pair in paired.comparable.pairs), terms.twins), terms)
    return replace(family, verdict=verdict, more_cases=needed, reasons=(*reasons, *filter(None, [sentence])))


def _with_outlook(family: Family, paired: Paired, pairing: Pairing) -> Family:
    """Return a family of a small set that passes with what would let the set see more."""
    if family.rule != "cases" or family.verdict not in SHOWN_FINE:
        return family
    base = pairing.measured or pairing.base
    own = replace(base, rows={pair.case: base.rows[pair.case] for pair in paired.pairs if pair.case in base.rows})
    more = outlook(distinct(own, twins_of(pairing.flags)), family.scorer, pairing.policy, pairing.look)
    return replace(family, reasons=(*family.reasons, more)) if more else family


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
