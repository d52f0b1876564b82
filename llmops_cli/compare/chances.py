"""How likely each case passes a run, after its few repeats: shrunk towards what the whole set looks like.

A share of 5 of 5 is no chance of 1. The set's distribution of chances is fitted to the counts of all cases (Kiefer and
Wolfowitz 1956, on a grid, by expectation and maximisation); a case's chance is then one of the grid's, each as likely
as its runs and the set make it. Plain additions and products in a fixed order: the same bits on every machine.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import comb, fsum

Counts = tuple[int, int]

GRID = (0.0005, 0.002, 0.01, 0.03, *(step / 20 for step in range(1, 20)), 0.97, 0.99, 0.998, 0.9995)
PSEUDO_CASES = 1.0  # what the flat start weighs beside the cases, so that no chance is ruled out
STEPS = 200


def shrunk(counts: Iterable[Counts]) -> dict[Counts, list[float]]:
    """Return, for each (passes, runs) that occurs, the running sums of its posterior over `GRID`."""
    seen = Counter(counts)
    kinds = sorted(seen)
    likely = {kind: _likelihood(*kind) for kind in kinds}
    weights = [1.0 / len(GRID)] * len(GRID)
    cases = sum(seen.values())
    for _ in range(STEPS):
        total = [PSEUDO_CASES / len(GRID)] * len(GRID)
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
