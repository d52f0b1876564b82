"""Two arms → the cases that broke for good, and whether they are what the drop is made of."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from llmops_cli.compare.figures import cases_text, points
from llmops_cli.compare.pairs import Pair, pair_up
from llmops_cli.compare.stats import mean
from llmops_cli.model.run import Arm

GAP = 0.15  # a graded case broke where its worst run before lies this far above its best run after: one field of six
SHARE = 0.5  # of what was lost, the cases that broke must make up this much
OFTEN = 3  # runs of both sides from which a case is surely broken where they all say so
MANY = 6  # runs of a case beyond which more make it no surer
SURE = 2  # so many surely broken cases can be explained, whatever else fell
PART = 0.25  # of a graded case's fall: what a culprit takes that is one of several, each of which breaks it further
CHANCE = 0.05  # so likely may it be that as many cases seem surely broken, though each only fails now and then
SLIPS = (5, 8)  # in so many runs before and after, one may slip, where the edit was run often


@dataclass(frozen=True, slots=True)
class Broke:
    """A case whose worst run before lies far above its best run after; `least` is the score that still passes.

    For passes that is half of one. For graded scores it lies a quarter of the fall below the mean before: two hunks
    that each take a part of the score each break it. Where there are fewer than three runs after, it lies just below
    the worst run before: one that was low by bad luck must not make the usual one pass. With three runs after, one slip
    is passed over in five before and in eight after. `drop`: of its mean. `whole`: it passed every
    run before and fails every run after. `sure`: often, and without a slip.
    """

    case: str
    least: float
    before_runs: int
    after_runs: int
    drop: float = 1.0
    whole: bool = True
    sure: bool = False

    @property
    def rank(self) -> tuple[bool, bool, int, float]:
        """What sorts the surest counter-example first: seen often without a slip, for good, most often, by most."""
        return (not self.sure, not self.whole, -min(self.before_runs, self.after_runs, MANY), -self.drop)


@dataclass(frozen=True, slots=True)
class Breaks:
    """The cases that broke, sorted by id. `state` says whether they explain the drop; `reason` why they do not.

    `graded`: a case's score moves by less than a whole, and with chance.
    """

    state: Literal["concentrated", "diffuse", "nothing"]
    cases: tuple[Broke, ...]
    reason: str = ""
    graded: bool = False


def breaks(before: Arm, after: Arm, scorer: str) -> Breaks:
    """Return the cases that broke on a scorer."""
    paired = pair_up(before, after, scorer, before.rows).comparable
    pairs = paired.pairs
    if not pairs:
        return Breaks("nothing", (), f"no case has a score of {scorer} on both sides")
    broke = tuple(one for pair in pairs if (one := _broke(pair, binary=paired.binary)) is not None)
    fallen = [pair for pair in pairs if pair.difference < 0]
    if not fallen:
        means = [f"{mean([mean(values) for values in side]) * 100:.1f} %" for side in _sides(pairs)]
        what = f"no case of {len(pairs)} scores lower on {scorer}: {means[0]} before, {means[1]} after"
        return Breaks("nothing", (), what)
    change = mean([pair.difference for pair in pairs])
    lost = -change * len(pairs) if change < 0 else -sum(pair.difference for pair in fallen)
    if sum(one.drop for one in broke) >= SHARE * lost or _are_sure(broke, pairs):
        return Breaks("concentrated", broke, graded=not paired.binary)
    partly = f"{cases_text(len(fallen) - len(broke))} fail now and then, {len(broke)} in every run"
    if change >= 0:
        said = f"{scorer} did not fall ({points(change, 1)} over all runs)"
        return Breaks("diffuse", broke, f"{said}, and what fell is diffuse: {partly}")
    what = f"the drop of {scorer} ({points(change, 1)} over all runs, those asked again too)"
    return Breaks("diffuse", broke, f"{what} is diffuse: {partly}")


def _are_sure(broke: Sequence[Broke], pairs: Sequence[Pair]) -> bool:
    """Return whether cases are surely broken, and more of them than would be among cases that fail now and then.

    Of 60 cases that fail two runs in five, four fail all of three.
    """
    sure = {one.case for one in broke if one.sure}
    if len(sure) < SURE:
        return False
    alike: dict[float, list[Pair]] = {}  # a case that slipped before must fall further to seem broken
    for pair in pairs:
        if min(len(pair.base), len(pair.head)) >= OFTEN:
            alike.setdefault(round(min(pair.base), 1), []).append(pair)
    expected = math.fsum(_seem_broken(often, sure) for often in alike.values())
    fewer = math.fsum(expected**count / math.factorial(count) for count in range(len(sure)))
    return 1.0 - math.exp(-expected) * fewer <= CHANCE


def _seem_broken(often: Sequence[Pair], sure: Collection[str]) -> float:
    """Return how many of these cases are expected to fail every run, at the rate at which those that waver fail."""
    low = [float(value <= min(pair.base) - GAP) for pair in often if pair.case not in sure for value in pair.head]
    rate = mean(low) if low else 0.0
    return math.fsum(rate ** len(pair.head) for pair in often)


def _sides(pairs: Sequence[Pair]) -> tuple[list[Sequence[float]], list[Sequence[float]]]:
    return [pair.base for pair in pairs], [pair.head for pair in pairs]


def _broke(pair: Pair, *, binary: bool) -> Broke | None:
    """Return a case that broke; None for one that did not."""
    before, after = sorted(pair.base), sorted(pair.head)
    is_often = len(after) >= OFTEN
    worst = before[len(before) // SLIPS[0] if is_often else 0]
    best = after[-1 - (len(after) // SLIPS[1] if is_often else 0)]
    if worst - best < GAP:
        return None
    gap, high = before[0] - after[-1], mean(pair.base) + PART * pair.difference
    return Broke(
        pair.case,
        (worst + best) / 2.0 if binary else high if is_often else worst - GAP / 2.0,
        len(before),
        len(after),
        drop=-pair.difference,
        whole=gap >= 1.0,
        sure=gap >= GAP and min(len(before), len(after)) >= OFTEN,
    )
