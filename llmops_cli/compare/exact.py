"""Whether passes moved from base to head: the stratified exact permutation test (T1 of the gate).

If the change of the prompt has no effect, each assignment of a case's m passes to its k_B + k_C runs is as likely as
any other: the head's passes are Hypergeometric(k_B + k_C, m, k_C). Their sum over the cases is exact by convolution.
It is McNemar's exact test at one run each, and Fisher's for a single case; repeats may differ from case to case.
"""

import math
from collections import Counter
from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from llmops_cli.compare.stats import PValues

Pmf = list[float]


class Table(NamedTuple):
    """One case: how many of its runs passed, and how many there were, on each side."""

    base_passes: int
    base_runs: int
    head_passes: int
    head_runs: int


def permutation_p(tables: Iterable[Table], *, strict: bool = False) -> PValues:
    """Return the one-sided mid-p values; `strict` counts the observed sum in full, as the exact test does.

    A case that passes in all its runs, or in none, carries no information and changes nothing.
    """
    strata: Counter[tuple[int, int, int]] = Counter()
    observed = 0
    for base_passes, base_runs, head_passes, head_runs in tables:
        passes = base_passes + head_passes
        if 0 < passes < base_runs + head_runs:
            strata[base_runs, head_runs, passes] += 1
            observed += head_passes - max(0, passes - base_runs)  # a stratum's least is its zero
    below, at, above = _tails(_factors(strata), observed)
    share = at if strict else at / 2.0
    return PValues(min(1.0, below + share), min(1.0, above + share))


def _hypergeometric(base_runs: int, head_runs: int, passes: int) -> Pmf:
    ways = math.comb(base_runs + head_runs, passes)
    least, most = max(0, passes - base_runs), min(head_runs, passes)
    return [math.comb(head_runs, k) * math.comb(base_runs, passes - k) / ways for k in range(least, most + 1)]


def _factors(strata: Counter[tuple[int, int, int]]) -> list[Pmf]:
    """Return distributions whose sum is the head's: two halves a stratum, which spares the largest product."""
    factors = []
    for stratum, count in sorted(strata.items()):
        one = _hypergeometric(*stratum)
        factors += [_power(one, half) for half in (count // 2, count - count // 2) if half]
    return factors


def _power(pmf: Pmf, times: int) -> Pmf:
    """Return the distribution of the sum of `times` independent copies, by repeated squaring."""
    total = [1.0]
    while True:
        if times % 2:
            total = _convolve(total, pmf)
        times //= 2
        if not times:
            return total
        pmf = _convolve(pmf, pmf)


def _convolve(first: Pmf, second: Pmf) -> Pmf:
    """Return the distribution of a sum. Plain additions in a fixed order: the same bits on every Python."""
    long, short = (first, second) if len(first) >= len(second) else (second, first)
    width = len(long)
    total = [0.0] * (width + len(short) - 1)
    for shift, weight in enumerate(short):
        total[shift : shift + width] = [
            old + weight * new for old, new in zip(total[shift : shift + width], long, strict=True)
        ]
    return total


def _tails(factors: list[Pmf], observed: int) -> tuple[float, float, float]:
    """Return P(sum < observed), P(=) and P(>). The last two factors meet in tails only, not in a full product."""
    heap = [(len(pmf), place, pmf) for place, pmf in enumerate([*factors, [1.0], [1.0]])]
    heapify(heap)
    for place in range(len(heap), 2 * len(heap) - 2):
        first, second = heappop(heap)[2], heappop(heap)[2]
        merged = _convolve(first, second)
        heappush(heap, (len(merged), place, merged))
    left, right = heap[0][2], heap[1][2]
    up, down = _cumulated(right), _cumulated(right[::-1])
    pairs = [(weight, observed - place) for place, weight in enumerate(left)]
    last = len(right) - 1
    below = math.fsum(weight * up[min(rest - 1, last)] for weight, rest in pairs if rest >= 1)
    at = math.fsum(weight * right[rest] for weight, rest in pairs if 0 <= rest <= last)
    above = math.fsum(weight * down[min(last - rest - 1, last)] for weight, rest in pairs if rest < last)
    return below, at, above


def _cumulated(pmf: Pmf) -> Pmf:
    """Return the running sums."""
    total, sums = 0.0, []
    for weight in pmf:
        total += weight
        sums.append(total)
    return sums
