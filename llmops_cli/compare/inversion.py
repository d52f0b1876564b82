"""The tail of a sum of draws by its characteristic function: for sums that come in lumps.

A saddlepoint sees one smooth hill. Twenty cases that flip between 0 and 1 beside forty that move by 0.05 make a row of
humps, a flip apart, and the hill is off by up to half a hump. Gil-Pelaez's formula (1951, Biometrika 38: 481), on the
grid of Davies (1973, Biometrika 60: 415), holds for both. It is exact but for a blur that is small beside the sum.
"""

import cmath
import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from llmops_cli.compare.draws import Draw, distribution

BLUR = 1.0 / 150.0  # of the sum's standard deviation: what lies that near to the target counts half
ENDS = 5.0  # standard deviations of the blur after which nothing is left of a frequency
REACH = 16.0  # standard deviations after which the grid repeats itself; in the outer half there is nothing
NOTHING = 1e-6  # of a frequency's share, and less counts for nothing
LUMPY = 0.04  # how much of the frequency of its usual steps a sum may keep and still be smooth
USUAL = 4  # how many steps are looked at
MOST_VALUES = 64  # of one draw; those with more are smooth enough
NARROW = 0.5  # of a wave: of draws that are no wider, three moments say all

Values = Sequence[tuple[float, float]]
"""The differences that a draw can have, each with its chance."""


class Kind(NamedTuple):
    """Draws that are alike: how wide one is, its values, how many there are, and their cumulants, summed."""

    width: float
    values: Values
    many: int
    cumulants: tuple[float, float, float]


def is_lumpy(draws: Sequence[tuple[Draw, int]]) -> bool:
    """Return whether the steps that weigh most are in step with each other, and all others do not blur that."""
    weights: defaultdict[float, float] = defaultdict(float)
    for draw, count in draws:
        weights[round(_width(draw), 2)] += count * _width(draw) ** 2
    usual = sorted(weights, key=lambda width: (-weights[width], width))[:USUAL]
    return any(_keeps(draws, 2.0 * math.pi / width) for width in usual if width)


def _keeps(draws: Sequence[tuple[Draw, int]], point: float) -> bool:
    left = 1.0
    for draw, count in draws:
        values = distribution(draw, MOST_VALUES)
        left *= abs(_at(values.items(), point)) ** count if values else 0.0
        if left <= LUMPY:
            return False
    return True


def _width(draw: Draw) -> float:
    return draw.steps[-1] - draw.steps[0]


def _at(values: Iterable[tuple[float, float]], point: float) -> complex:
    """Return the characteristic function of a draw."""
    return sum((chance * cmath.exp(1j * point * value) for value, chance in values), 0j)


def _kind(draw: Draw, count: int) -> Kind:
    values = sorted((distribution(draw, MOST_VALUES) or {0.0: 1.0}).items())
    second, third, fourth = (math.fsum(chance * value**power for value, chance in values) for power in (2, 3, 4))
    return Kind(_width(draw), values, count, (count * second, count * third, count * (fourth - 3.0 * second**2)))


class Inversion:
    """The distribution of the sum of draws, each so many times; none of them may have too many values."""

    def __init__(self, draws: Iterable[tuple[Draw, int]]) -> None:
        """Sum up the characteristic function once, for every target."""
        self._kinds = sorted(_kind(draw, count) for draw, count in draws)
        self._widths = [kind.width for kind in self._kinds]
        none = (0.0, 0.0, 0.0)
        self._narrow = list(accumulate((kind.cumulants for kind in self._kinds), _sum, initial=none))
        self._spread = math.sqrt(self._narrow[-1][0])
        step = 2.0 * math.pi / (REACH * self._spread)
        self._terms: list[tuple[float, complex]] = []
        for number in range(math.ceil(ENDS / (BLUR * self._spread * step))):
            share, point = math.pi * (number + 0.5), step * (number + 0.5)
            if found := self._left(point, NOTHING * share):
                self._terms.append((point, found * math.exp(-((point * BLUR * self._spread) ** 2) / 2.0) / share))

    def above(self, target: float) -> float:
        """Return P(sum > target) with half of P(sum = target)."""
        if abs(target) > REACH / 4.0 * self._spread:
            return float(target < 0.0)
        return 0.5 + math.fsum((term * cmath.exp(-1j * point * target)).imag for point, term in self._terms)

    def _left(self, point: float, least: float) -> complex:
        """Return the characteristic function of the sum; 0 where less than `least` is left of it."""
        place = bisect_left(self._widths, NARROW / point)
        second, third, fourth = self._narrow[place]
        found = cmath.exp(complex(-(point**2) * second / 2.0 + point**4 * fourth / 24.0, -(point**3) * third / 6.0))
        for kind in reversed(self._kinds[place:]):
            found *= _at(kind.values, point) ** kind.many
            if abs(found) < least:
                return 0j
        return found


def _sum(one: tuple[float, float, float], other: tuple[float, float, float]) -> tuple[float, float, float]:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]
