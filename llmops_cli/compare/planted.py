"""Two arms drawn from what a baseline's repeats say of each case, and the head's made worse by a drop that is known.

Half of all drops are *concentrated*: cases in random order fall to a twentieth, the last in part. Half are *diffuse*:
one shift for all, of the logit for passes (as a factor of the odds, so that no logarithm is needed), of the score for
graded scorers, never below 0.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from llmops_cli.compare.chances import GRID, expected, pick, shrunk
from llmops_cli.compare.stats import mean
from llmops_cli.model.power import Draw, Sample

FALLEN = 0.95  # of its chance, which a broken case loses
HALVINGS = 200
Runs = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """One draw: each case's mean chance or score, its base runs, and the noise from which its head runs are made."""

    levels: Sequence[float]
    base: Sequence[Runs]
    noise: Sequence[Runs]
    order: Sequence[int]


class Field(Protocol):
    """Cases of one kind of score, from which trials are drawn."""

    def trial(self, plan: tuple[int, int], draw: Draw) -> Trial:
        """Return a draw of both arms with (base, head) runs a case."""

    def diffuse(self, drop: float) -> Callable[[Trial], list[Runs]] | None:
        """Return what makes a trial's head runs after a diffuse drop; None where the mean cannot fall that far."""

    def concentrated(self, drop: float) -> Callable[[Trial], list[Runs]] | None:
        """Return the same for a concentrated drop."""


def field_of(sample: Sample) -> Field:
    """Return the field of a sample: of passes, or of graded scores."""
    rows = [sample.repeats[case] for case in sorted(sample.repeats)]
    return Passes.of(rows) if sample.binary else Grades.of(rows)


@dataclass(frozen=True, slots=True)
class Passes:
    """Binary scores: what is known of each case's chance, as running sums over the grid of chances.

    `seen`: the mean of the runs as they are, which bounds the drops that can be planted.
    """

    sums: Sequence[Sequence[float]]
    seen: float

    @classmethod
    def of(cls, rows: Sequence[Runs]) -> "Passes":
        """Return the field of these runs."""
        counts = [(round(sum(row)), len(row)) for row in rows]
        posteriors = shrunk(counts)
        return cls([posteriors[count] for count in counts], mean([mean(row) for row in rows]))

    def trial(self, plan: tuple[int, int], draw: Draw) -> Trial:
        """Return chances drawn from what is known of them, base runs by those, and uniform noise."""
        levels = [pick(sums, draw()) for sums in self.sums]
        base = [tuple([1.0 if draw() < level else 0.0 for _ in range(plan[0])]) for level in levels]
        noise = [tuple([draw() for _ in range(plan[1])]) for _ in levels]
        return Trial(levels, base, noise, shuffled(len(levels), draw))

    def diffuse(self, drop: float) -> Callable[[Trial], list[Runs]] | None:
        """Return runs by chances whose odds all fall by one factor."""
        if drop > FALLEN * self.seen:
            return None
        weights = [math.fsum(column) for column in zip(*map(expected, self.sums), strict=True)]

        def mean_at(factor: float) -> float:
            parts = (weight * _odds(level, factor) for weight, level in zip(weights, GRID, strict=True))
            return math.fsum(parts) / len(self.sums)

        factor = _halve(mean_at, mean_at(1.0) - drop, 1.0)
        return (
            None if factor is None else lambda trial: _passes(trial, [_odds(level, factor) for level in trial.levels])
        )

    def concentrated(self, drop: float) -> Callable[[Trial], list[Runs]] | None:
        """Return runs by chances of which a random share fell."""
        if drop > FALLEN * self.seen:
            return None
        levels = [math.fsum(weight * level for weight, level in zip(expected(sums), GRID, strict=True))
                  for sums in self.sums]  # fmt: skip
        return _fallen(_passes, levels, drop)


@dataclass(frozen=True, slots=True)
class Grades:
    """Graded scores: each case's own, spread so that a draw from them varies as much as a new run does."""

    values: Sequence[Runs]

    @classmethod
    def of(cls, rows: Sequence[Runs]) -> "Grades":
        """Return the field of these runs. A case with a single run takes its noise from all the others."""
        spread = [[(value - mean(row)) * math.sqrt(len(row) / (len(row) - 1)) for value in row]
                  for row in rows if len(row) > 1]  # fmt: skip
        pool = [residual for residuals in spread for residual in residuals] or [0.0]
        rest = iter(spread)
        noise = [next(rest) if len(row) > 1 else pool for row in rows]
        return cls(
            [
                tuple(min(1.0, max(0.0, mean(row) + residual)) for residual in residuals)
                for row, residuals in zip(rows, noise, strict=True)
            ]
        )

    def trial(self, plan: tuple[int, int], draw: Draw) -> Trial:
        """Return runs picked from each case's own scores."""
        levels = [mean(row) for row in self.values]
        base, noise = ([tuple([row[int(draw() * len(row))] for _ in range(runs)]) for row in self.values]
                       for runs in plan)  # fmt: skip
        return Trial(levels, base, noise, shuffled(len(levels), draw))

    def diffuse(self, drop: float) -> Callable[[Trial], list[Runs]] | None:
        """Return scores that all fell by one shift."""

        def mean_at(kept: float) -> float:
            return mean([mean([max(0.0, value - (1.0 - kept)) for value in row]) for row in self.values])

        kept = _halve(mean_at, mean_at(1.0) - drop, 1.0)
        if kept is None:
            return None
        shift = 1.0 - kept
        return lambda trial: [tuple([max(0.0, value - shift) for value in row]) for row in trial.noise]

    def concentrated(self, drop: float) -> Callable[[Trial], list[Runs]] | None:
        """Return scores of which a random share of cases fell."""
        return _fallen(_grades, [mean(row) for row in self.values], drop)


def shuffled(count: int, draw: Draw) -> list[int]:
    """Return the numbers below `count` in random order (Fisher and Yates)."""
    order = list(range(count))
    for place in range(count - 1, 0, -1):
        other = int(draw() * (place + 1))
        order[place], order[other] = order[other], order[place]
    return order


def _fallen(
    make: Callable[[Trial, list[float]], list[Runs]], expected_levels: Sequence[float], drop: float
) -> Callable[[Trial], list[Runs]] | None:
    if drop > FALLEN * mean(expected_levels):
        return None
    return lambda trial: make(trial, _broken(trial, drop))


def _broken(trial: Trial, drop: float) -> list[float]:
    """Return each case's level after cases in the trial's order fell, until the mean fell by the drop."""
    levels, left = list(trial.levels), drop * len(trial.levels)
    for case in trial.order:
        if left <= 0.0:
            break
        taken = min(left, FALLEN * levels[case])
        levels[case] -= taken
        left -= taken
    return levels


def _passes(trial: Trial, levels: list[float]) -> list[Runs]:
    return [tuple([1.0 if at < level else 0.0 for at in row]) for row, level in zip(trial.noise, levels, strict=True)]


def _grades(trial: Trial, levels: list[float]) -> list[Runs]:
    shares = (after / before if before else 1.0 for before, after in zip(trial.levels, levels, strict=True))
    return [tuple([value * share for value in row]) for row, share in zip(trial.noise, shares, strict=True)]


def _odds(level: float, factor: float) -> float:
    """Return the chance whose odds are `factor` times the level's."""
    return level * factor / (1.0 - level + level * factor)


def _halve(mean_at: Callable[[float], float], wanted: float, high: float) -> float | None:
    """Return where a rising function of 0 ≤ x ≤ high meets `wanted`; None where it never is that low."""
    low = 0.0
    if mean_at(low) > wanted:
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        low, high = (middle, high) if mean_at(middle) < wanted else (low, middle)
    return high
