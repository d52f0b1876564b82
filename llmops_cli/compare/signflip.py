"""Whether case means moved: the sign-flip test (T2 of the gate), for graded scores, clusters and costs.

If the change has no effect, each case's difference is as likely to have the other sign: P(Σ s_i·|d_i| ≤ Σ d_i), s_i
fair signs. By enumeration up to 16 non-zero differences, else by the Lugannani–Rice saddlepoint formula (1980, Adv.
Appl. Prob. 12: 475): no seed, and from 30 cases up within 0.003 of the exact mid-p where a verdict can turn (p ≤ .1),
of 0.005 elsewhere.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import reduce

from llmops_cli.compare.stats import PValues

MOST_ENUMERATED = 16
SLACK = 1e-9  # sums that differ by less, relative to Σ|d|, are equal: 0.6 − 0.4 is not 0.2 in binary
NEAR_CENTRE = 1e-4  # below this saddlepoint, w and u cancel; the tail is ½ there to seven digits
STEPS = 200


def sign_flip_p(differences: Sequence[float]) -> PValues:
    """Return the one-sided p-values, the observed sum included; (1, 1) where nothing differs."""
    sizes = sorted(abs(difference) for difference in differences if abs(difference) > SLACK)
    if not sizes:
        return PValues(1.0, 1.0)
    observed = math.fsum(difference for difference in differences if abs(difference) > SLACK)
    if len(sizes) <= MOST_ENUMERATED:
        return PValues(_enumerated(sizes, observed), _enumerated(sizes, -observed))
    worse = _saddlepoint(sizes, observed)
    least = math.ldexp(1.0, -len(sizes))  # what was seen is one of the sign patterns
    return PValues(min(1.0, max(least, worse)), min(1.0, max(least, 1.0 - worse)))


def _enumerated(sizes: list[float], observed: float) -> float:
    """Return P(Σ s·size ≤ observed) over all signs: half the signs meet the sorted other half."""
    middle = len(sizes) // 2
    left, right = _sums(sizes[:middle]), sorted(_sums(sizes[middle:]))
    limit = observed + SLACK * math.fsum(sizes)
    return math.ldexp(sum(bisect_right(right, limit - part) for part in left), -len(sizes))


def _sums(sizes: list[float]) -> list[float]:
    """Return the sum of every sign pattern."""
    start = [0.0]
    return reduce(lambda sums, size: [part + signed for signed in (size, -size) for part in sums], sizes, start)


def _saddlepoint(sizes: list[float], observed: float) -> float:
    """Return P(Σ s·size ≤ observed), by K(t) = Σ log cosh(size·t)."""
    largest = sizes[-1]
    scaled = [size / largest for size in sizes]  # the answer does not depend on the unit
    target = abs(observed) / largest
    total = math.fsum(scaled)
    tail = _upper_tail(scaled, target) if target < total * (1.0 - SLACK) else math.ldexp(1.0, -len(sizes))
    return tail if observed < 0 else 1.0 - tail


def _upper_tail(sizes: list[float], target: float) -> float:
    """Return P(Σ s·size ≥ target) for a target between 0 and the largest sum."""
    point = _solve(sizes, target)
    if point < NEAR_CENTRE:
        return 0.5 - target / math.sqrt(2.0 * math.pi * math.fsum(size * size for size in sizes))
    cumulant = math.fsum(_log_cosh(size * point) for size in sizes)
    curvature = math.fsum((size / math.cosh(min(size * point, 350.0))) ** 2 for size in sizes)
    root = math.sqrt(max(0.0, 2.0 * (point * target - cumulant)))
    scale = point * math.sqrt(curvature)
    density = math.exp(-root * root / 2.0) / math.sqrt(2.0 * math.pi)
    return math.erfc(root / math.sqrt(2.0)) / 2.0 + density * (1.0 / scale - 1.0 / root)


def _solve(sizes: list[float], target: float) -> float:
    """Return t where K'(t) = Σ size·tanh(size·t) meets the target: K' only rises, so halving finds it."""
    low, high = 0.0, 1.0
    while _slope(sizes, high) < target:
        low, high = high, 2.0 * high
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        low, high = (middle, high) if _slope(sizes, middle) < target else (low, middle)
    return (low + high) / 2.0


def _slope(sizes: list[float], point: float) -> float:
    return math.fsum(size * math.tanh(size * point) for size in sizes)


def _log_cosh(value: float) -> float:
    """Return log cosh without overflow."""
    return value + math.log1p(math.exp(-2.0 * value)) - math.log(2.0)
