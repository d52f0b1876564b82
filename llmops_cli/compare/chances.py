"""How likely each case passes a run, after its few repeats: shrunk towards what the whole set looks like.

A share of 5 of 5 is no chance of 1. The set's distribution of chances is fitted to the counts of all cases (Kiefer and
Wolfowitz 1956, on a grid, by expectation and maximisation); a case's chance is then one of the grid's, each as likely
as its runs and the set make it. Fifty cases alone follow their own luck too closely, so ten cases of an ordinary eval
set stand beside them; among hundreds those count for little. Plain additions and products in a fixed order: the same
bits on every machine.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import comb, fsum

Counts = tuple[int, int]

GRID = (0.0005, 0.002, 0.01, 0.03, *(step / 20 for step in range(1, 20)), 0.97, 0.99, 0.998, 0.9995)
ORDINARY = (
    *(0.0096, 0.0181, 0.0304, 0.0245, 0.0225, 0.0158, 0.0108, 0.0105, 0.0115, 0.0127, 0.0137, 0.0144, 0.0148, 0.0150),
    *(0.0148, 0.0144, 0.0136, 0.0126, 0.0112, 0.0096, 0.0080, 0.0118, 0.0456, 0.1124, 0.2344, 0.1822, 0.1051),
)
"""How often each chance of the grid occurs in an ordinary set: .683 Beta(50, .7) + .117 Beta(.7, 20) + .2 Beta(2, 2).

That is the mean of the mixes typical, steady and flaky that the gate's promises are measured on; each chance has all
that lies nearer to it than to another.
"""
PSEUDO_CASES = 10.0  # what the ordinary set weighs beside the cases
STEPS = 200


def shrunk(counts: Iterable[Counts]) -> dict[Counts, list[float]]:
    """Return, for each (passes, runs) that occurs, the running sums of its posterior over `GRID`."""
    seen = Counter(counts)
    kinds = sorted(seen)
    likely = {kind: _likelihood(*kind) for kind in kinds}
    weights = [*ORDINARY]
    cases = sum(seen.values())
    for _ in range(STEPS):
        total = [PSEUDO_CASES * share for share in ORDINARY]
        for kind in kinds:
            share = _posterior(likely[kind], weights)
            total = [old + seen[kind] * part for old, part in zip(total, share, strict=True)]
        weights = [part / (cases + PSEUDO_CASES) for part in total]
    return {kind: list(accumulate(_posterior(likely[kind], weights))) for kind in kinds}


def pick(sums: Sequence[float], at: float) -> float:
    """Return the chance at a place (0 ≤ `at` < 1) of the running sums."""
    return GRID[min(bisect_left(sums, at * sums[-1]), len(GRID) - 1)]


def expected(sums: Sequence[float]) -> list[float]:
    """Return the weight of each chance of the grid."""
    return [after - before for before, after in zip([0.0, *sums], sums, strict=False)]


def _likelihood(passes: int, runs: int) -> list[float]:
    ways = comb(runs, passes)
    return [ways * _power(chance, passes) * _power(1.0 - chance, runs - passes) for chance in GRID]


def _power(value: float, times: int) -> float:
    """Return a power by multiplication: the library's may differ in the last bit from machine to machine."""
    product = 1.0
    for _ in range(times):
        product *= value
    return product


def _posterior(likely: Sequence[float], weights: Sequence[float]) -> list[float]:
    joint = [chance * weight for chance, weight in zip(likely, weights, strict=True)]
    total = fsum(joint)  # sum() rounds unlike from Python 3.12 on
    return [part / total for part in joint]
