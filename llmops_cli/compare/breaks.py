"""Two arms → the cases that broke for good, and whether they are what the drop is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from llmops_cli.compare.figures import cases_text, points
from llmops_cli.compare.pairs import Pair, pair_up
from llmops_cli.compare.stats import mean
from llmops_cli.model.run import Arm

GAP = 0.15  # a graded case broke where its worst run before lies this far above its best run after: one field of six
SHARE = 0.5  # of all that fell, the cases that broke must make up this much


@dataclass(frozen=True, slots=True)
class Broke:
    """A case whose worst run before lies far above its best run after; `least` is the score that still passes.

    `drop`: of its mean. `whole`: it passed every run before and fails every run after.
    """

    case: str
    least: float
    before_runs: int
    after_runs: int
    drop: float = 1.0
    whole: bool = True

    @property
    def rank(self) -> tuple[bool, float, int]:
        """What sorts the surest counter-example first: broken in every run, by most, seen most often."""
        return (not self.whole, -self.drop, -min(self.before_runs, self.after_runs))


@dataclass(frozen=True, slots=True)
class Breaks:
    """The cases that broke, sorted by id. `state` says whether they explain the drop; `reason` why they do not."""

    state: Literal["concentrated", "diffuse", "nothing"]
    cases: tuple[Broke, ...]
    reason: str = ""


def breaks(before: Arm, after: Arm, scorer: str) -> Breaks:
    """Return the cases that broke on a scorer."""
    pairs = pair_up(before, after, scorer, before.rows).comparable.pairs
    if not pairs:
        return Breaks("nothing", (), f"no case has a score of {scorer} on both sides")
    broke = tuple(_broke(pair) for pair in pairs if min(pair.base) - max(pair.head) >= GAP)
    fallen = [pair for pair in pairs if pair.difference < 0]
    if not fallen:
        means = [f"{mean([mean(values) for values in side]) * 100:.1f} %" for side in _sides(pairs)]
        what = f"no case of {len(pairs)} scores lower on {scorer}: {means[0]} before, {means[1]} after"
        return Breaks("nothing", (), what)
    names = {one.case for one in broke}
    whole = -sum(pair.difference for pair in fallen)
    share = -sum(pair.difference for pair in fallen if pair.case in names) / whole
    if share >= SHARE:
        return Breaks("concentrated", broke)
    change = mean([pair.difference for pair in pairs])
    partly = f"{cases_text(len(fallen) - len(broke))} fail now and then, {len(broke)} in every run"
    if change >= 0:
        said = f"{scorer} did not fall ({points(change, 1)})"
        return Breaks("diffuse", broke, f"{said}, and what fell is diffuse: {partly}")
    return Breaks("diffuse", broke, f"the drop of {scorer} ({points(change, 1)}) is diffuse: {partly}")


def _sides(pairs: Sequence[Pair]) -> tuple[list[Sequence[float]], list[Sequence[float]]]:
    return [pair.base for pair in pairs], [pair.head for pair in pairs]


def _broke(pair: Pair) -> Broke:
    worst, best = min(pair.base), max(pair.head)
    runs = (len(pair.base), len(pair.head))
    return Broke(pair.case, (worst + best) / 2.0, *runs, drop=-pair.difference, whole=worst >= 1.0 and best <= 0.0)
