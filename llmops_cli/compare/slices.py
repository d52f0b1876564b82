"""Which slice of an eval set to grow, and by how many cases, to find a wanted drop (Neyman 1934, JRSS 97: 558).

The slices keep the shares that they have today, as if every slice were weighed by its share: then the error is least
where a slice has cases in proportion to its share times the square root of its variance.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llmops_cli.compare.power import UNKNOWN_VARIANCE, Evidence, within_case_variance
from llmops_cli.compare.stats import z
from llmops_cli.model.power import Sample, SliceNeed

UNTAGGED = ""
PRIOR_RUNS = 4.0  # how many runs' worth the whole set's variance weighs in a slice's, beside its own
MOST_ADDED = 1_000_000


@dataclass(frozen=True, slots=True)
class Aim:
    """The drop that shall be found, with which error rates, at how many runs a case (as 1/k of base and of head)."""

    drop: float
    alpha: float
    power: float
    inverse_runs: tuple[float, float]

    @property
    def reach(self) -> float:
        """By how many standard errors the drop must stand out."""
        return z(1.0 - self.alpha) + z(self.power)


@dataclass(frozen=True, slots=True)
class Stratum:
    """A slice as the arithmetic sees it: its share of the cases, its variance, how many cases it has."""

    tag: str
    share: float
    variance: float
    cases: int


def tag_of(tags: Sequence[str], preferred: Sequence[str]) -> str:
    """Return the slice that a case counts to: the first preferred tag that it has, else its own first, else ""."""
    return next((tag for tag in preferred if tag in tags), tags[0] if tags else UNTAGGED)


def slices(sample: Sample, tags: Mapping[str, str], aim: Aim) -> tuple[SliceNeed, ...]:
    """Return every slice, the one to grow most first; of a set that finds the drop already, the one that gains most.

    `tags` maps a case to its one slice. Nothing of a set whose cases all lie in one slice.
    """
    strata = _strata(sample, tags)
    if len(strata) <= 1:
        return ()
    added = _added(strata, aim)
    found = [
        SliceNeed(
            tag=each.tag,
            cases=each.cases,
            variance=each.variance,
            mde=aim.reach * Evidence(each.variance, *aim.inverse_runs).error(each.cases),
            add=more,
            gain=_mde(strata, [0] * len(strata), aim) - _mde(strata, [other is each for other in strata], aim),
        )
        for each, more in zip(strata, added, strict=True)
    ]
    return tuple(sorted(found, key=lambda need: (-need.add, -need.gain, need.tag)))


def _strata(sample: Sample, tags: Mapping[str, str]) -> list[Stratum]:
    groups: dict[str, list[tuple[float, ...]]] = {}
    for case, values in sorted(sample.repeats.items()):
        groups.setdefault(tags.get(case, UNTAGGED), []).append(values)
    whole = within_case_variance(sample.repeats.values())
    centre = UNKNOWN_VARIANCE if whole is None else whole
    return [
        Stratum(tag, len(rows) / len(sample.repeats), _variance(rows, centre), len(rows))
        for tag, rows in sorted(groups.items())
    ]


def _variance(rows: Sequence[tuple[float, ...]], centre: float) -> float:
    """Return a slice's variance, drawn towards the set's while its own runs are few: three cases prove no calm."""
    own = within_case_variance(rows)
    freedom = float(sum(len(row) - 1 for row in rows))
    return centre if own is None else (own * freedom + centre * PRIOR_RUNS) / (freedom + PRIOR_RUNS)


def _mde(strata: Sequence[Stratum], added: Sequence[int], aim: Aim) -> float:
    """Return the drop of the weighed mean that is found, with the pseudo-cases of the gate's bound."""
    runs = sum(aim.inverse_runs)
    parts = (each.share**2 * each.variance / (each.cases + more) for each, more in zip(strata, added, strict=True))
    cases = sum(each.cases for each in strata) + sum(added)
    return aim.reach * math.sqrt(runs * math.fsum(parts) + 2.0 * aim.inverse_runs[1] / cases**2)


def _added(strata: Sequence[Stratum], aim: Aim) -> list[int]:
    """Return the fewest cases to add to each slice so that the drop is found."""
    low, high = 0, 1
    if _mde(strata, [0] * len(strata), aim) <= aim.drop:
        return [0] * len(strata)
    while high < MOST_ADDED and _mde(strata, _spread(strata, high), aim) > aim.drop:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _mde(strata, _spread(strata, middle), aim) <= aim.drop else (middle, high)
    return _spread(strata, high)


def _spread(strata: Sequence[Stratum], more: int) -> list[int]:
    """Return how `more` cases go to the slices: to those furthest below Neyman's numbers, which then all stand level.

    A slice has share·√variance·level cases, or what it has where that is more; the level is found by halving.
    """
    weights = [each.share * math.sqrt(each.variance) for each in strata]
    if not any(weights):
        weights = [each.share for each in strata]

    def lacking(level: float) -> list[float]:
        return [max(0.0, weight * level - each.cases) for each, weight in zip(strata, weights, strict=True)]

    low, high = 0.0, 1.0
    while math.fsum(lacking(high)) < more:
        high *= 2.0
    for _ in range(200):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        low, high = (middle, high) if math.fsum(lacking(middle)) < more else (low, middle)
    return _whole(lacking(high), more)


def _whole(parts: Sequence[float], total: int) -> list[int]:
    """Return whole numbers near the parts that sum to `total`: the largest remainders are rounded up."""
    counts = [math.floor(part) for part in parts]
    order = sorted(range(len(parts)), key=lambda place: (counts[place] - parts[place], place))
    for place in order[: max(0, total - sum(counts))]:
        counts[place] += 1
    return counts
