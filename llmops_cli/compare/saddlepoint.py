"""The tail of a sum of draws, by the Lugannani–Rice formula (1980, Adv. Appl. Prob. 12: 475)."""

import math
from collections.abc import Iterable

from llmops_cli.compare.draws import Cumulant, Draw, cumulant, end

SLACK = 1e-9
NEAR_CENTRE = 0.02  # in standard deviations: there two terms of the formula cancel, and the tail is a straight line
STEPS = 200
CLOSE = 1e-11


class Saddlepoint:
    """The distribution of the sum of at least one draw's difference, each so many times."""

    def __init__(self, draws: Iterable[tuple[Draw, int]]) -> None:
        """Keep the draws."""
        self._draws = tuple(draws)
        self._spread = math.sqrt(self._at(0.0).curvature)

    def above(self, target: float) -> float:
        """Return P(sum ≥ target), as the mid-p near it where sums are few."""
        reach = NEAR_CENTRE * self._spread
        if abs(target) >= reach:
            return self._above(target)
        low, high = self._above(-reach), self._above(reach)
        return low + (high - low) * (target + reach) / (2.0 * reach)

    def _at(self, point: float) -> Cumulant:
        found = [(count, cumulant(draw, point)) for draw, count in self._draws]
        return Cumulant(*(math.fsum(count * one[place] for count, one in found) for place in range(3)))

    def _above(self, target: float) -> float:
        """Return the tail for a target away from 0."""
        lowest = target < 0.0
        ends = [(count, *end(draw, lowest=lowest)) for draw, count in self._draws]
        furthest = abs(math.fsum(count * value for count, value, _ in ends))
        if abs(target) > furthest * (1.0 + SLACK):
            return float(lowest)
        if abs(target) >= furthest * (1.0 - SLACK):
            chance = math.exp(math.fsum(count * log for count, _, log in ends))
            return 1.0 - chance if lowest else chance
        point, found = self._solved(target)
        root = math.copysign(math.sqrt(max(0.0, 2.0 * (point * target - found.value))), point)
        scale = point * math.sqrt(found.curvature)
        density = math.exp(-root * root / 2.0) / math.sqrt(2.0 * math.pi)
        return min(1.0, max(0.0, math.erfc(root / math.sqrt(2.0)) / 2.0 + density * (1.0 / scale - 1.0 / root)))

    def _solved(self, target: float) -> tuple[float, Cumulant]:
        """Return t where K′(t) meets the target, and K there: Newton's steps inside a bracket, as K′ only rises."""
        low, high = (0.0, math.inf) if target > 0.0 else (-math.inf, 0.0)
        point = target / self._spread**2
        found = self._at(point)
        for _ in range(STEPS):
            off = found.slope - target
            low, high = (point, high) if off < 0.0 else (low, point)
            if abs(off) <= CLOSE * self._spread:
                break
            step = point - off / found.curvature if found.curvature > 0.0 else math.inf
            if not low < step < high:
                step = 2.0 * point if math.inf in (-low, high) else (low + high) / 2.0
            if step in (low, high, point):
                break
            point, found = step, self._at(step)
        return point, found
