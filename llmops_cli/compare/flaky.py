"""Whether a case is flaky: how likely its chance to pass lies away from both ends, after what its runs said.

Jeffreys' prior: after x passes in k runs the chance is Beta(x + ½, k − x + ½).
"""

import math

LEAST_RUNS = 5
LOW, HIGH = 0.1, 0.9
SURE = 0.8
MOST_STEPS = 10_000
PRECISE = 1e-15
TINY = 1e-300


def is_flaky(passes: int, runs: int) -> bool:
    """Return whether P(0.1 < p < 0.9) > 0.8 after at least five runs. Raises `ValueError` for counts that cannot be."""
    return runs >= LEAST_RUNS and flaky_chance(passes, runs) > SURE


def flaky_chance(passes: int, runs: int) -> float:
    """Return P(0.1 < p < 0.9) under Jeffreys' posterior."""
    if not 0 <= passes <= runs:
        raise ValueError(f"{passes} passes of {runs} runs")
    first, second = passes + 0.5, runs - passes + 0.5
    return beta_below(HIGH, first, second) - beta_below(LOW, first, second)


def beta_below(x: float, first: float, second: float) -> float:
    """Return P(X ≤ x) for X ~ Beta(first, second): the regularised incomplete beta function.

    By its continued fraction (Abramowitz and Stegun 26.5.8), read from the end at which it converges fast.
    """
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (first + 1.0) / (first + second + 2.0):
        return 1.0 - beta_below(1.0 - x, second, first)
    scale = math.lgamma(first + second) - math.lgamma(first) - math.lgamma(second)
    front = math.exp(scale + first * math.log(x) + second * math.log1p(-x)) / first
    return front * _fraction(x, first, second)


def _fraction(x: float, first: float, second: float) -> float:
    """Return the continued fraction by Lentz's method."""
    above, below, value = math.inf, 1.0, 1.0
    for step in range(1, MOST_STEPS):
        term = _term(step, x, first, second)
        below = 1.0 / _away_from_zero(1.0 + term * below)
        above = _away_from_zero(1.0 + term / above)
        change = above * below
        value *= change
        if abs(change - 1.0) < PRECISE:
            break
    return value


def _term(step: int, x: float, first: float, second: float) -> float:
    half = step // 2
    if step % 2:
        return -(first + half) * (first + second + half) * x / ((first + 2 * half) * (first + 2 * half + 1.0))
    return half * (second - half) * x / ((first + 2 * half - 1.0) * (first + 2 * half))


def _away_from_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY
