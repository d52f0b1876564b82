"""What a scorer lost on all cases: the figures that the gate shows, and whether they may be chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llmops_cli.compare.means import Scale, scale
from llmops_cli.compare.pairs import Pair, pair_up
from llmops_cli.compare.stats import mean
from llmops_cli.compare.verdicts import p_values
from llmops_cli.model.explained import Fall
from llmops_cli.model.run import Arm
from llmops_cli.model.settings import GatePolicy

Arms = tuple[Arm, Arm]
"""The base's, the head's."""
ENOUGH = 20
"""Fresh answers of a side from which they alone are weighed: the others chose the cases that were asked again."""


def fall(before: Arm, after: Arm, scorer: str, policy: GatePolicy) -> Fall | None:
    """Return the means of both arms over the cases that both have; None where there is no such case."""
    paired = pair_up(before, after, scorer, before.rows).comparable
    if not paired.pairs:
        return None
    means = [mean([mean(side) for side in sides]) for sides in _sides(paired.pairs)]
    p = p_values(paired, [pair.difference for pair in paired.pairs], policy, {}).worse
    return Fall(means[0], means[1], len(paired.pairs), p)


def is_shown(found: Fall | None, policy: GatePolicy) -> bool:
    """Return whether a fall is more than chance."""
    return found is not None and found.change < 0 and found.p <= policy.alpha


@dataclass(frozen=True, slots=True)
class Weighed:
    """What an answer weighs, and the mean with the base of each case that can be asked.

    `is_fresh`: by answers that were asked for to confirm the fall.
    """

    scale: Scale | None
    usual: Mapping[str, float]
    is_fresh: bool = False


def weighed(arms: Arms, fresh: Arms | None, scorer: str) -> Weighed:
    """Return what an answer weighs.

    Where the gate asked again, these are the cases that it asked, weighed by these answers alone; else all cases.
    """
    known = _pairs(arms, scorer)
    again = _pairs(fresh, scorer) if fresh else ()
    is_fresh = min(sum(map(len, side)) for side in _sides(again)) >= ENOUGH
    chosen = again if is_fresh else known
    usual = {pair.case: pair.base for pair in known}
    more = {pair.case: pair.base for pair in again}
    means = {pair.case: mean((*usual.get(pair.case, ()), *more.get(pair.case, ()))) for pair in chosen}
    return Weighed(scale(chosen, means), means, is_fresh)


def _pairs(arms: Arms, scorer: str) -> tuple[Pair, ...]:
    return pair_up(*arms, scorer, arms[0].rows).comparable.pairs


def _sides(pairs: Sequence[Pair]) -> tuple[list[Sequence[float]], list[Sequence[float]]]:
    return [pair.base for pair in pairs], [pair.head for pair in pairs]
