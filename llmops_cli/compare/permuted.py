"""Whether scores moved from base to head: runs are permuted within their case (T2 of the gate).

If the change has no effect, each choice of k_C among a case's k_B + k_C scores is as likely the head's as any other,
however skewed the scores are and however unequal the repeats. So p = P(Σ d_i ≤ what was seen) over all choices, where
d_i is a case's head mean − base mean. At one run each it is the sign-flip test. By enumeration up to 16 cases that can
differ, else by the Lugannani–Rice saddlepoint formula (1980, Adv. Appl. Prob. 12: 475), or by inversion where sums that
come in lumps leave a tail in doubt: no seed. A tail below 0.15 is within 0.003 of the exact mid-p from 30 cases up.
"""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence

from llmops_cli.compare.draws import DIGITS, Draw, cumulant, distribution, draw_of, log_ways
from llmops_cli.compare.inversion import Inversion, is_lumpy
from llmops_cli.compare.saddlepoint import Saddlepoint
from llmops_cli.compare.stats import PValues

MOST_ENUMERATED = 16
MOST_SUMS = 4096  # of each half of the cases
SLACK = 1e-9  # scores, and sums relative to the largest, that differ by less are equal: 0.6 − 0.4 is not 0.2 in binary
MOST_SPREAD = 0.2  # of the variance that a case may have and still be left to the saddlepoint
MOST_CHOICES = 64  # of the cases that have more
RARE, LIKELY = 0.001, 0.3  # the tails that a verdict may hang on; others are the saddlepoint's, lumpy or not

Runs = tuple[Sequence[float], Sequence[float]]
Sums = dict[float, float]


def permuted_p(cases: Iterable[Runs]) -> PValues:
    """Return the one-sided p-values, what was seen included, from each case's scores in base and head.

    (1, 1) where no case can differ. Each case has at least one score on each side.
    """
    telling = [(base, head) for base, head in cases if _range(base, head) > SLACK]
    if not telling:
        return PValues(1.0, 1.0)
    unit = max(_range(base, head) for base, head in telling)  # p does not depend on it
    draws = sorted(Counter(draw_of(base, head, unit) for base, head in telling).items())
    observed = math.fsum(math.fsum(head) / len(head) - math.fsum(base) / len(base) for base, head in telling) / unit
    return _enumerated(draws, observed) or _approximated(draws, observed)


def _range(base: Sequence[float], head: Sequence[float]) -> float:
    return max(*base, *head) - min(*base, *head)


def _enumerated(draws: list[tuple[Draw, int]], observed: float) -> PValues | None:
    """Return the p-values over all choices: half the cases meet the sorted other half. None where they are too many."""
    cases = [draw for draw, count in draws for _ in range(count)]
    if len(cases) > MOST_ENUMERATED:
        return None
    left, right = _sums(cases[::2]), _sums(cases[1::2])
    if left is None or right is None:
        return None
    slack = SLACK * math.fsum(max(map(abs, draw.steps)) for draw in cases)
    values, running = [], [0.0]
    for value, chance in sorted(right.items()):
        values.append(value)
        running.append(running[-1] + chance)
    below = math.fsum(chance * running[bisect_right(values, observed + slack - part)] for part, chance in left.items())
    under = math.fsum(chance * running[bisect_left(values, observed - slack - part)] for part, chance in left.items())
    return PValues(min(1.0, below), min(1.0, 1.0 - under))


def _sums(cases: list[Draw]) -> Sums | None:
    """Return the chance of each sum of the cases' differences; None where there are too many sums."""
    total: Sums | None = {0.0: 1.0}
    for draw in cases:
        total = _joined(total, draw, MOST_SUMS) if total else None
    return total


def _joined(sums: Sums, draw: Draw, most: int) -> Sums | None:
    """Return the chance of each sum with one more case; None where there are more than `most` of them."""
    one = distribution(draw, most)
    if one is None or len(one) * len(sums) > most * MOST_ENUMERATED:
        return None
    joined: Sums = {}
    for part, chance in sums.items():
        for difference, other in one.items():
            value = round(part + difference, DIGITS)
            joined[value] = joined.get(value, 0.0) + chance * other
    return joined if len(joined) <= most else None


def _approximated(draws: list[tuple[Draw, int]], observed: float) -> PValues:
    """Return the p-values by saddlepoint, once for each choice of the cases that outweigh the others.

    The formula is for sums of which no part decides alone: one case of 0.9 among many of 0.001 has two humps.
    """
    heavy, rest = _parted(draws)
    better = _above(Saddlepoint(rest), heavy, observed)
    if RARE < min(better, 1.0 - better) < LIKELY and is_lumpy(rest):
        better = _above(Inversion(rest), heavy, observed)
    least = math.exp(-math.fsum(count * log_ways(draw) for draw, count in draws))  # what was seen is one of the choices
    return PValues(min(1.0, max(least, 1.0 - better)), min(1.0, max(least, better)))


def _above(tails: Saddlepoint | Inversion, heavy: Sums, observed: float) -> float:
    return math.fsum(chance * tails.above(observed - part) for part, chance in sorted(heavy.items()))


def _parted(draws: list[tuple[Draw, int]]) -> tuple[Sums, list[tuple[Draw, int]]]:
    """Return the chance of each sum of the cases that have more than their share of the spread, and the other cases."""
    left = Counter(dict(draws))
    spreads = sorted(((cumulant(draw, 0.0).curvature, draw) for draw in left), reverse=True)
    total = math.fsum(spread * left[draw] for spread, draw in spreads)
    heavy: Sums = {0.0: 1.0}
    for spread, draw in spreads:
        while left[draw] and spread > MOST_SPREAD * total:
            joined = _joined(heavy, draw, MOST_CHOICES)
            if joined is None:
                return heavy, sorted((+left).items())
            heavy, total = joined, total - spread
            left[draw] -= 1
    return heavy, sorted((+left).items())
