"""What a stored baseline says of its set: its noise, what it finds, what would sharpen it, which cases tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from llmops_cli.compare.flaky import is_flaky
from llmops_cli.compare.pairs import scored
from llmops_cli.compare.power import (
    UNKNOWN_VARIANCE,
    Evidence,
    cases_needed,
    detectable_drop,
    margin_held,
    margin_of,
    rule_of,
    runs_needed,
    within_case_variance,
)
from llmops_cli.compare.repeated import Twins, distinct
from llmops_cli.compare.selftest import gate_rule, refusal, self_test
from llmops_cli.compare.slices import Aim, slices
from llmops_cli.compare.stats import mean, pseudo_runs
from llmops_cli.compare.verdicts import Terms
from llmops_cli.model.power import Needs, Power, Sample, SelfTest, Sight
from llmops_cli.model.run import Arm
from llmops_cli.model.settings import GatePolicy

PLANS = (1, 3, 5)  # head runs a case
LEAST_RUNS = 2
MOST_BASE_RUNS = 5  # what a baseline is recorded up to
UNCONFIRMED = (
    "the small-set rule is measured as replay has it: in live mode fresh runs confirm a broken case before FAIL"
)
SAME_CASES = "inference is population, but the cases are these: how much other cases would differ is not in the power"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for: a drop, under a policy, with how many head runs a case; `tags` maps a case to its slice.

    `twins`: cases that share answers count once.
    """

    mde: float
    policy: GatePolicy
    tags: Mapping[str, str]
    clusters: Mapping[str, str]
    head_runs: int = 1
    twins: Twins = field(default_factory=dict)


def sample_of(arm: Arm, scorer: str) -> Sample:
    """Return a baseline's scores for one scorer; what is no finite number is counted and left out."""
    stored = {case: row.values.get(scorer, ()) for case, row in sorted(arm.rows.items())}
    rows = {case: values for case, given in stored.items() if (values := scored(given))}
    every = [value for given in stored.values() for value in given]
    return Sample(
        repeats=rows,
        binary=all(isinstance(value, bool) for value in every if value is not None),
        seed=f"{arm.digest}/{arm.evalset}/{scorer}",
        left_out=len(every) - sum(map(len, rows.values())),
    )


def power(arm: Arm, scorer: str, wanted: Wanted) -> Power:
    """Return what one scorer of a baseline can see. A set that no self-test can be made of says why."""
    cases = sum(bool(scored(row.values.get(scorer, ()))) for row in arm.rows.values())
    arm = distinct(arm, wanted.twins)
    sample = sample_of(arm, scorer)
    margin = margin_of(arm, scorer, wanted.policy)
    rule = rule_of(margin, wanted.policy)
    why, hint = refusal(sample, arm.prompt)
    known = within_case_variance(sample.repeats.values())
    found = Power(
        prompt=arm.prompt,
        digest=arm.digest,
        evalset=arm.evalset,
        scorer=scorer,
        cases=len(sample.repeats),
        copies=cases - len(sample.repeats),
        runs=sample.runs,
        binary=sample.binary,
        mean=mean([mean(values) for values in sample.repeats.values()]) if sample.repeats else None,
        variance=known,
        rule=rule,
        margin=margin,
        refused=why,
        hint=hint,
    )
    return _with_figures(found, sample, wanted) if sample.repeats else found


def _with_figures(found: Power, sample: Sample, wanted: Wanted) -> Power:
    variance = UNKNOWN_VARIANCE if found.variance is None else found.variance
    base = pseudo_runs(len(values) for values in sample.repeats.values())
    aim = Aim(wanted.mde, wanted.policy.alpha, wanted.policy.power, (base, 1.0 / wanted.head_runs))
    terms = Terms(found.margin, found.rule, wanted.policy.alpha, wanted.policy, wanted.clusters)
    return replace(
        found,
        sights=tuple(_sight(variance, base, found.cases, runs, wanted) for runs in PLANS),
        needs=_needs(variance, base, found.cases, wanted),
        slices=slices(sample, wanted.tags, aim),
        silent=tuple(
            case for case, values in sample.repeats.items() if len(values) >= LEAST_RUNS and len({*values}) == 1
        ),
        flaky=tuple(case for case, values in sample.repeats.items() if sample.binary and _flaky(values)),
        self_test=None if found.refused else _tested(sample, terms, (found.runs[1], wanted.head_runs)),
    )


def _tested(sample: Sample, terms: Terms, plan: tuple[int, int]) -> SelfTest:
    """Return the self-test by the gate's rule on all runs at once."""
    test = self_test(sample, gate_rule(terms), plan=plan, whole=terms.rule == "cases")
    said = [UNCONFIRMED] * (terms.rule == "cases") + [SAME_CASES] * (terms.policy.inference == "population")
    return replace(test, notes=(*test.notes, *said))


def _flaky(values: tuple[float, ...]) -> bool:
    return is_flaky(round(sum(values)), len(values))


def _sight(variance: float, base: float, cases: int, head_runs: int, wanted: Wanted) -> Sight:
    evidence = Evidence(variance, base, 1.0 / head_runs)
    drop = detectable_drop(evidence, cases, alpha=wanted.policy.alpha, power=wanted.policy.power)
    return Sight(head_runs, drop, margin_held(evidence, cases, beta=wanted.policy.beta))


def _needs(variance: float, base: float, cases: int, wanted: Wanted) -> Needs:
    """Return what finds the drop by itself: more cases, more head runs, or more baseline repeats."""
    terms = {"alpha": wanted.policy.alpha, "power": wanted.policy.power}
    now = Evidence(variance, base, 1.0 / wanted.head_runs)
    return Needs(
        mde=wanted.mde,
        cases=cases_needed(now, wanted.mde, **terms),
        head_runs=runs_needed(Evidence(variance, base), cases, wanted.mde, **terms),
        base_runs=next(
            (
                runs
                for runs in range(1, MOST_BASE_RUNS + 1)
                if detectable_drop(Evidence(variance, 1.0 / runs, 1.0 / wanted.head_runs), cases, **terms) <= wanted.mde
            ),
            None,
        ),
    )
