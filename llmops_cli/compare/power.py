"""What a set of cases can see: the smallest drop it would find, the cases or runs it lacks, the margin it can hold."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from llmops_cli.compare.pairs import scored
from llmops_cli.compare.stats import mean, pseudo_runs, z
from llmops_cli.model.look import ONLY, Look
from llmops_cli.model.run import Arm
from llmops_cli.model.settings import GatePolicy

UNKNOWN_VARIANCE = 0.045  # of one run within a case, where nothing is known: typical of the sets behind GATE.md
SMALLEST_MARGIN = 0.05
MARGIN_STEP = 0.01
UNCHANGED_PASSES = 1.282  # z of 0.90: an unchanged prompt shall PASS in at least that share of runs
MOST_RUNS = 100
MOST_CASES = 10_000_000


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much there is to judge by: the within-case variance of one run, and the mean of 1/k over cases a side."""

    variance: float
    base_inverse_runs: float
    head_inverse_runs: float = 1.0

    def error(self, cases: int) -> float:
        """Return the standard error of Δ over so many cases, pseudo-cases included."""
        runs = self.variance * (self.base_inverse_runs + self.head_inverse_runs)
        return math.sqrt((runs + 2.0 * self.head_inverse_runs / cases) / cases)

    def cases(self, error: float) -> int:
        """Return the fewest cases with at most this standard error: the root of error²n² − vn − 2/k_C."""
        runs = self.variance * (self.base_inverse_runs + self.head_inverse_runs)
        root = (runs + math.sqrt(runs**2 + 8.0 * error**2 * self.head_inverse_runs)) / (2.0 * error**2)
        return min(MOST_CASES, max(1, math.ceil(root - 1e-9)))


def within_case_variance(repeats: Iterable[Sequence[float]]) -> float | None:
    """Return the mean variance of one run over the cases that ran at least twice; None where none did."""
    spreads = []
    for values in repeats:
        if len(values) > 1:
            centre = mean(values)
            spreads.append(math.fsum((value - centre) ** 2 for value in values) / (len(values) - 1))
    return mean(spreads) if spreads else None


def variance_of(base: Sequence[Sequence[float]], head: Sequence[Sequence[float]]) -> float:
    """Return the within-case variance of one run: from the baseline's repeats, else the head's, else the pairs.

    With one run each it is Σd²/(2n), for a binary score (broke + fixed)/(2n); with no case at all, 0.045.
    """
    known = within_case_variance(base)
    if known is None:
        known = within_case_variance(head)
    if known is not None:
        return known
    pairs = [(before[0], after[0]) for before, after in zip(base, head, strict=True) if before and after]
    return mean([(after - before) ** 2 for before, after in pairs]) / 2.0 if pairs else UNKNOWN_VARIANCE


def detectable_drop(evidence: Evidence, cases: int, *, alpha: float = 0.05, power: float = 0.80) -> float:
    """Return the MDE: the smallest drop that this many cases find with this power."""
    return (z(1.0 - alpha) + z(power)) * evidence.error(cases)


def cases_needed(evidence: Evidence, drop: float, *, alpha: float = 0.05, power: float = 0.80) -> int:
    """Return how many cases in all would find a drop of this size."""
    return evidence.cases(drop / (z(1.0 - alpha) + z(power)))


def runs_needed(evidence: Evidence, cases: int, drop: float, *, alpha: float = 0.05, power: float = 0.80) -> int | None:
    """Return how many head runs a case would find a drop of this size; None where only cases or baseline runs help."""
    for runs in range(1, MOST_RUNS + 1):
        planned = Evidence(evidence.variance, evidence.base_inverse_runs, 1.0 / runs)
        if detectable_drop(planned, cases, alpha=alpha, power=power) <= drop:
            return runs
    return None


def margin_held(evidence: Evidence, cases: int, *, beta: float = 0.05) -> float:
    """Return the smallest margin, from 0.05 in steps of 0.01, that an unchanged prompt holds in 90 % of runs.

    1.0 at most, and for no cases: a set that can hold nothing.
    """
    if not cases:
        return 1.0
    needed = (z(1.0 - beta) + UNCHANGED_PASSES) * evidence.error(cases)
    steps = max(round(SMALLEST_MARGIN / MARGIN_STEP), math.ceil(needed / MARGIN_STEP - 1e-9))
    return min(1.0, steps / round(1.0 / MARGIN_STEP))


def more_cases_for(evidence: Evidence, cases: int, margin: float, *, beta: float = 0.05) -> int:
    """Return how many more cases the set needs to hold this margin: "5 points would take 60 more cases"."""
    return max(0, evidence.cases(margin / (z(1.0 - beta) + UNCHANGED_PASSES)) - cases)


@dataclass(frozen=True, slots=True)
class Hold:
    """What margin a set can hold, and how many more cases the default of 5 points would take."""

    margin: float
    cases: int
    more_cases: int


def planned(policy: GatePolicy, look: Look) -> int:
    """Return how many runs a case the plan of a look takes at most: one a look, but batches take one of more cases."""
    return 1 if policy.plan == "batches" else look.of


def hold(base: Arm, scorer: str, policy: GatePolicy, look: Look = ONLY, total: int = 0) -> Hold:
    """Return what a baseline can hold for a scorer, from the baseline's own repeats alone.

    Nothing of the head enters: a head with fewer runs, or fewer cases, must not widen its own margin. `look` is the
    plan: the head has as many runs a case as it takes, and the last look has its share of β. Of a base that is asked
    by batches, more cases are to come: `total` in all.
    """
    found = _planned(base, scorer, policy, look, total)
    if found is None:
        return Hold(1.0, 0, 0)
    evidence, cases = found
    beta = policy.beta / look.of
    more = more_cases_for(evidence, cases, SMALLEST_MARGIN, beta=beta)
    return Hold(margin_held(evidence, cases, beta=beta), cases, more)


def more_cases(base: Arm, scorer: str, margin: float, policy: GatePolicy, look: Look = ONLY) -> int:
    """Return how many more cases like its own a baseline needs to hold this margin; 0 where it does, or has none."""
    found = _planned(base, scorer, policy, look, 0)
    return more_cases_for(*found, margin, beta=policy.beta / look.of) if found else 0


def _planned(base: Arm, scorer: str, policy: GatePolicy, look: Look, total: int) -> tuple[Evidence, int] | None:
    """Return the noise of a baseline's own repeats under a plan, and over how many cases; None without a score."""
    repeats = [values for row in base.rows.values() if (values := scored(row.values.get(scorer, ())))]
    if not repeats:
        return None
    known = within_case_variance(repeats)
    inverse_runs = pseudo_runs(len(values) for values in repeats)
    noise = Evidence(UNKNOWN_VARIANCE if known is None else known, inverse_runs, 1.0 / planned(policy, look))
    unseen = max(0, total - len(base.rows)) if policy.plan == "batches" else 0
    return noise, round(len(repeats) * (1.0 + unseen / len(base.rows)))


def auto_margin(base: Arm, scorer: str, policy: GatePolicy, look: Look = ONLY, total: int = 0) -> float:
    """Return the margin that goes into a baseline's header under `margin: auto`."""
    return hold(base, scorer, policy, look, total).margin


def margin_of(base: Arm, scorer: str, policy: GatePolicy, look: Look = ONLY, total: int = 0) -> float:
    """Return the margin that the policy names: its number, else the baseline's, else the auto margin of the arm.

    The header's margin is that of one run a case; where more rounds may follow, the set can hold a narrower one.
    """
    if policy.margin != "auto":
        return float(policy.margin)
    if planned(policy, look) > 1:
        return min(auto_margin(base, scorer, policy, look), base.margin if base.margin is not None else 1.0)
    return base.margin if base.margin is not None else auto_margin(base, scorer, policy, look, total)


def rule_of(margin: float, policy: GatePolicy) -> str:
    """Return `cases` for a small set (its auto margin is over the limit), else `statistics`, unless one is forced."""
    if policy.rule != "auto":
        return policy.rule
    return "cases" if policy.margin == "auto" and margin > policy.small_set_margin else "statistics"
