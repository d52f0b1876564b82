"""One case of a permutation test: what its difference can be when k of its runs are drawn as the head's.

A draw is a choice of k of the steps; its difference is their sum. Their mean is 0, so the mean difference is too.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

DIGITS = 12


class Draw(NamedTuple):
    """The steps, sorted, of which `k` are drawn."""

    k: int
    steps: tuple[float, ...]


class Cumulant(NamedTuple):
    """K(t) = log E exp(t·difference), K′(t) and K″(t)."""

    value: float
    slope: float
    curvature: float


def draw_of(base: Sequence[float], head: Sequence[float], unit: float) -> Draw:
    """Return the draw of a case with scores on both sides, in steps of this unit.

    The head's difference is (1/k_B + 1/k_C)·(sum of the drawn − k_C·mean); of the two sides the smaller is drawn.
    """
    values = [*base, *head]
    centre = math.fsum(values) / len(values)
    scale = (1.0 / len(base) + 1.0 / len(head)) / unit
    fewer, sign = (len(head), scale) if len(head) <= len(base) else (len(base), -scale)
    return Draw(fewer, tuple(sorted(round(sign * (value - centre), DIGITS) for value in values)))


def end(draw: Draw, *, lowest: bool) -> tuple[float, float]:
    """Return the lowest, or the highest, difference there is, and the logarithm of its chance."""
    steps = draw.steps if lowest else draw.steps[::-1]
    last = steps[draw.k - 1]
    needed, tied = steps[: draw.k].count(last), steps.count(last)
    return math.fsum(steps[: draw.k]), math.log(math.comb(tied, needed)) - log_ways(draw)


def log_ways(draw: Draw) -> float:
    """Return the logarithm of the number of choices."""
    return math.log(math.comb(len(draw.steps), draw.k))


def distribution(draw: Draw, most: int) -> dict[float, float] | None:
    """Return the chance of each difference; None where there are more than `most` of them."""
    ways: list[dict[float, int]] = [{0.0: 1}, *({} for _ in range(draw.k))]
    for step in draw.steps:
        for drawn in range(draw.k, 0, -1):
            into = ways[drawn]
            for total, count in ways[drawn - 1].items():
                value = round(total + step, DIGITS)
                into[value] = into.get(value, 0) + count
        if max(map(len, ways)) > most:
            return None
    every = math.comb(len(draw.steps), draw.k)
    return {value: count / every for value, count in ways[draw.k].items()}


def cumulant(draw: Draw, point: float) -> Cumulant:
    """Return the cumulant generating function at a point, by the conditional Bernoulli distribution.

    To draw k of the steps with weights exp(t·step) is to toss a coin for each and see k heads. Coins that favour the k
    largest make that likely at every t, so nothing overflows, and each of the sums has terms of one sign.
    """
    steps, k = draw.steps, draw.k
    place = -k if point > 0.0 else k
    cut = (steps[place - 1] + steps[place]) / 2.0
    heads, first, second = [1.0] + [0.0] * k, [0.0] * (k + 1), [0.0] * (k + 1)
    log = 0.0
    for step in steps:
        odds = point * (step - cut)
        small = math.exp(-abs(odds))
        log += math.log1p(small) + max(0.0, odds)
        yes = (1.0 if odds >= 0.0 else small) / (1.0 + small)
        no = (small if odds >= 0.0 else 1.0) / (1.0 + small)
        for drawn in range(k, 0, -1):
            before, one, two = heads[drawn - 1], first[drawn - 1], second[drawn - 1]
            second[drawn] = no * second[drawn] + yes * (two + step * (2.0 * one + step * before))
            first[drawn] = no * first[drawn] + yes * (one + step * before)
            heads[drawn] = no * heads[drawn] + yes * before
        heads[0] *= no
    chance = heads[k]
    slope = first[k] / chance
    value = math.log(chance) + log + point * k * cut - log_ways(draw)
    return Cumulant(value, slope, max(0.0, second[k] / chance - slope * slope))
