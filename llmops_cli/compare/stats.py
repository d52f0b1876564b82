"""Bounds and intervals of a mean: how far it could be from what was measured. Closed forms, no seed, no table."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

TWO_SIDED = 0.95
STEPS = 100
PRECISE = 1e-14
ENDS = 0.5  # two pseudo-cases, one half a point above the mean and one below: 2 × ½²


class PValues(NamedTuple):
    """One-sided p-values: how likely the head looks this bad, or this good, if nothing changed."""

    worse: float
    better: float


class Drop(NamedTuple):
    """The mean difference head − base, its lower bound at 1−β, and the two-sided 95 % interval."""

    delta: float
    lower_bound: float
    interval: tuple[float, float]


def mean(values: Sequence[float]) -> float:
    """Return the mean, rounded once (fsum), so that the order of values never shows."""
    return math.fsum(values) / len(values)


def z(level: float) -> float:
    """Return the standard normal quantile: 1.645 for 0.95. By Newton's method from 0, which nears it from one side."""
    value = 0.0  # the module `statistics` has it too, and takes 9 ms to import
    for _ in range(STEPS):
        step = (math.erfc(-value / math.sqrt(2.0)) / 2.0 - level) * math.sqrt(2.0 * math.pi) * math.exp(value**2 / 2.0)
        value -= step
        if abs(step) < PRECISE:
            break
    return value


def middle(values: Sequence[float]) -> float:
    """Return the median."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2.0


def pseudo_runs(runs: Iterable[int]) -> float:
    """Return the mean of 1/k over the cases (1 over the harmonic mean): what 1/k_C is where repeats are unequal.

    A case's mean has a variance of v/k, so the mean over the cases has v times the mean of 1/k.
    """
    return mean([1.0 / count for count in runs])


def drop(differences: Sequence[float], *, inverse_runs: float, beta: float = 0.05) -> Drop:
    """Return Δ, L and the interval of at least one difference per case, each head mean − base mean.

    L = Δ − z₁₋β·√(Σ(d_i−Δ)² + 2/k_C)/n (GATE.md). 2/k_C is one pseudo-case each way, at ±1/√k_C (after Bonett and
    Price), so that five identical cases prove nothing. `inverse_runs` is 1/k_C. The interval ends at ±1.
    """
    delta = mean(differences)
    spread = math.fsum((difference - delta) ** 2 for difference in differences)
    error = math.sqrt(spread + 2.0 * inverse_runs) / len(differences)
    reach = z((1.0 + TWO_SIDED) / 2.0) * error
    return Drop(delta, delta - z(1.0 - beta) * error, (max(-1.0, delta - reach), min(1.0, delta + reach)))


def wilson(share: float, cases: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share of `cases` cases (E. B. Wilson 1927, JASA 22: 209).

    Where cases ran more than once, `share` is the mean of their shares: repeats of one case are not new cases.
    """
    score = z((1.0 + TWO_SIDED) / 2.0)
    scale = 1.0 + score**2 / cases
    centre = (share + score**2 / (2.0 * cases)) / scale
    reach = score * math.sqrt(share * (1.0 - share) / cases + score**2 / (4.0 * cases**2)) / scale
    return (max(0.0, centre - reach), min(1.0, centre + reach))


def graded_interval(means: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of the mean of graded case means in 0..1, with one pseudo-case half a point each way."""
    centre = mean(means)
    spread = math.fsum((value - centre) ** 2 for value in means)
    reach = z((1.0 + TWO_SIDED) / 2.0) * math.sqrt(spread + ENDS) / len(means)
    return (max(0.0, centre - reach), min(1.0, centre + reach))


def zero_of(cases: int, *, alpha: float = 0.05) -> float:
    """Return the highest rate that 0 violations in `cases` cases leave possible at 1−α: 4.9 % for 0 of 60."""
    return 1.0 - math.pow(alpha, 1.0 / cases)
