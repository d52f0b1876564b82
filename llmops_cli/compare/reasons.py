"""Why a family has its verdict, in the words that the report shows."""

from llmops_cli.compare.figures import about, cases_text, listed, margin_points, p_text, points
from llmops_cli.compare.pairs import Paired
from llmops_cli.compare.power import Evidence, cases_needed, detectable_drop, hold, more_cases, more_cases_for, planned
from llmops_cli.compare.repeated import units
from llmops_cli.compare.verdicts import Terms, Weighed, broken
from llmops_cli.model.look import Look
from llmops_cli.model.run import Arm
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Verdict

MARGINS = (0.15, 0.10, 0.05)
"""The margins that a small set is told the way to."""
FLIPPING = "this may be chance, for other cases of the set flip too: re-run live to tell"
UNCONFIRMED = "replayed answers: not confirmed by fresh runs; re-run live to confirm"


def reasons_of(verdict: Verdict, paired: Paired, weighed: Weighed, terms: Terms) -> tuple[str, ...]:
    """Return the sentences for a verdict that rests on the runs of the family."""
    if terms.rule == "cases":
        return _small_set(verdict, paired, weighed, terms)
    margin, p = f"{margin_points(terms.margin)}{_at_runs(terms)}", p_text(weighed.p.worse)
    match verdict:
        case Verdict.IMPROVED:
            return (f"better (p {p_text(weighed.p.better)})", _not_worse(terms))
        case Verdict.PASS if weighed.p.worse <= terms.alpha:
            return (_not_worse(terms), f"a small real drop (p {p})")
        case Verdict.PASS:
            return (_not_worse(terms),)
        case Verdict.FAIL:
            return (f"worse (p {p}), not shown within {margin}", *_unless_live(terms))
        case _:
            return (f"not shown worse (p {p}, its level is {p_text(terms.alpha)}), not shown within {margin}",)


def outlook(base: Arm, scorer: str, policy: GatePolicy, look: Look) -> str:
    """Return what a small set can hold, and how many more cases smaller margins would take; "" where it holds those."""
    now = hold(base, scorer, policy, look)
    needs = [(margin, more) for margin in MARGINS if (more := more_cases(base, scorer, margin, policy, look))]
    if not needs:
        return ""
    most = planned(policy, look)
    runs = "1 run" if most == 1 else f"{most} runs"
    wanted = " / ".join(margin_points(margin).removesuffix(" pp") for margin, _ in needs)
    counts = " / ".join(str(about(more)) for _, more in needs)
    held = f"a margin of {margin_points(now.margin)} is the least that it can hold at {runs} a case"
    return f"{held}: {wanted} pp would take about {counts} more cases like these"


def sight(evidence: Evidence, cases: int, terms: Terms) -> tuple[str, int | None]:
    """Return what an inconclusive set can see, as a sentence, and how many cases in all would see the margin."""
    if terms.rule == "cases":
        return _small_sight(evidence, cases, terms)
    policy = terms.policy
    seen = detectable_drop(evidence, cases, alpha=terms.alpha, power=policy.power)
    once = Evidence(evidence.variance, evidence.base_inverse_runs)
    needed = cases_needed(once, terms.margin, alpha=terms.alpha, power=policy.power)
    if seen <= terms.margin or needed <= cases:
        told = "this one is too close to call, and more runs of each case would tell"
        return f"{cases_text(cases)} can see a drop of {points(seen)}: {told}", None
    wanted = margin_points(terms.margin)
    would = f"about {about(needed)} would see {wanted} at one run a case"
    drop = points(seen) if points(seen) != wanted else points(seen, 1)
    return f"{cases_text(cases)} can only see a drop of {drop}; {would}", needed


def _small_sight(evidence: Evidence, cases: int, terms: Terms) -> tuple[str, int | None]:
    """Return how many more cases would let statistics judge a small set; "" where more runs would do."""
    limit = terms.policy.small_set_margin
    more = more_cases_for(evidence, cases, limit, beta=terms.beta)
    if not more:
        return "", None
    what = f"about {about(more)} more would let it hold a margin of {margin_points(limit)}, and statistics decide"
    return f"small set of {cases_text(cases)}: {what}", cases + more


def _not_worse(terms: Terms) -> str:
    return f"not worse than {points(-terms.margin, 1)}{_at_runs(terms)}"


def _at_runs(terms: Terms) -> str:
    """Return at how many runs a case an auto margin holds: of one run alone, as a baseline's header says it, more."""
    return f" (auto margin at {terms.runs} runs a case)" if terms.policy.margin == "auto" and terms.runs > 1 else ""


def _unless_live(terms: Terms) -> tuple[str, ...]:
    return () if terms.live else (UNCONFIRMED,)


def _blind(count: int, aside: int) -> str:
    """Return what a small set cannot see: a case that is set aside may break for good, and nothing fails."""
    if aside == count:
        return f"small set of {cases_text(count)}, all set aside (flaky or in quarantine): no broken case can be seen"
    less = f", {aside} set aside (flaky or in quarantine)" if aside else ""
    return f"small set of {cases_text(count)}{less}: drops below “1 of {count - aside} always” cannot be seen"


def _small_set(verdict: Verdict, paired: Paired, weighed: Weighed, terms: Terms) -> tuple[str, ...]:
    if verdict is Verdict.INCONCLUSIVE:
        cases = broken(paired, terms)
        return (f"broken in every run: {listed(cases)}", FLIPPING)
    if verdict is not Verdict.FAIL:
        names = [pair.case for pair in paired.pairs]
        blind = _blind(units(names, terms.twins), units(terms.aside.intersection(names), terms.twins))
        return (f"better (p {p_text(weighed.p.better)})", blind) if verdict is Verdict.IMPROVED else (blind,)
    cases = broken(paired, terms)
    why = f"broken in every run: {listed(cases)}" if cases else f"worse (p {p_text(weighed.p.worse)}) by more than the"
    if not cases:
        why += f" {margin_points(terms.margin)} that this small set can hold"
    return (why, *_unless_live(terms))
