"""How far an answer speaks for the edit and how far for the base, where no single case does: a drop by means.

Where an edit makes every case fail now and then, no case says which part did it, but many answers do. The two versions'
own answers tell how often a case falls by how much with each; every answer of a hybrid is weighed by how much likelier
it is with the edit than with the base, and answers are added until one side is clearly ahead: Wald's sequential test,
which takes about half the answers of one whose size is fixed beforehand.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from llmops_cli.compare.ddmin import Outcome
from llmops_cli.compare.pairs import Pair
from llmops_cli.compare.stats import mean

STEPS = 5  # falls are told apart by fifths: one field of six is one
HEAVIEST = 3.0  # no answer weighs more: one alone never decides
AHEAD = 4.6  # by so much must one side lead: e^4.6 = 100, so a probe misleads in one of 100
LEAN = 1.0  # where the answers end, so much says which side is nearer
PSEUDO = 0.5
AT_ONCE = 4
LONG, AMID = 2.0, 0.25  # so many times the expected answers, and so far from both ends, make neither of them
NEARER = 0.35  # of the edit's fall, which further answers must show: half of it, and room for chance
LONGEST = 3  # so many times the expected answers are asked for one probe

Draw = Callable[[int], Sequence[float | None]]
"""How many of the next answers are wanted → how far each lies from its case's mean with the base; None: no answer."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What an answer weighs by its fall: above 0 for the edit. `fails` and `passes`: the answers that a probe takes.

    `change` is the edit's mean fall on these cases, over `answers` of its own.
    """

    weights: Mapping[int, float]
    fails: float
    passes: float
    change: float
    answers: int

    @property
    def longest(self) -> int:
        """How many answers are asked for one probe at most."""
        return math.ceil(LONGEST * max(self.fails, self.passes)) + AT_ONCE

    @property
    def enough(self) -> int:
        """How many further answers say that hunks fall for good, and not by a lucky few."""
        return math.ceil(2.0 * max(self.fails, self.passes))

    def weigh(self, fall: float) -> float:
        """Return what an answer weighs; one like none that was seen weighs as the nearest does."""
        step = round(fall * STEPS)
        return self.weights[min(self.weights, key=lambda known: (abs(known - step), known))]


def scale(pairs: Iterable[Pair], usual: Mapping[str, float]) -> Scale | None:
    """Return what answers weigh; None where the two versions' own do not differ. `usual`: cases' means with the base.

    `pairs` must not have been chosen by these very answers: cases that were low by chance would weigh too much.
    """
    sides: tuple[list[float], list[float]] = ([], [])
    for pair in pairs:
        for falls, values in zip(sides, (pair.base, pair.head), strict=True):
            falls += [value - usual[pair.case] for value in values]
    if not all(sides) or mean(sides[1]) >= mean(sides[0]):
        return None
    steps = sorted({round(fall * STEPS) for falls in sides for fall in falls})
    base, head = (_shares(falls, steps) for falls in sides)
    weights = {step: max(-HEAVIEST, min(HEAVIEST, math.log(head[step] / base[step]))) for step in steps}
    for_head = math.fsum(head[step] * weights[step] for step in steps)
    for_base = -math.fsum(base[step] * weights[step] for step in steps)
    if min(for_head, for_base) <= 0:
        return None
    return Scale(weights, AHEAD / for_head, AHEAD / for_base, mean(sides[1]) - mean(sides[0]), len(sides[1]))


def _shares(falls: Sequence[float], steps: Sequence[int]) -> dict[int, float]:
    counts = Counter(round(fall * STEPS) for fall in falls)
    return {step: (counts[step] + PSEUDO) / (len(falls) + PSEUDO * len(steps)) for step in steps}


def weigh(known: Scale, draw: Draw) -> Outcome:
    """Return which end answers are like: FAIL like the edit's, PASS like the base's, `UNRESOLVED` like neither."""
    weight, asked = 0.0, 0
    while abs(weight) < AHEAD and asked < known.longest:
        answers = draw(AT_ONCE)
        if all(fall is None for fall in answers):
            break  # what cannot be asked says nothing, and would be as dear
        asked += len(answers)
        weight += math.fsum(known.weigh(fall) for fall in answers if fall is not None)
    if abs(weight) < LEAN:
        return Outcome.UNRESOLVED
    return Outcome.FAIL if weight > 0 else Outcome.PASS


def is_amid(known: Scale, falls: Sequence[float]) -> bool:
    """Return whether answers lie amid both ends, and more of them were needed than either end takes."""
    many = len(falls) >= LONG * max(known.fails, known.passes)
    return many and AMID <= mean(falls) / known.change <= 1.0 - AMID


def still_falls(known: Scale, falls: Sequence[float]) -> bool:
    """Return whether further answers lie nearer to the edit's mean: those that decided a probe may be a lucky few."""
    return bool(falls) and mean(falls) / known.change >= NEARER


def calls_needed(known: Scale, hunks: int) -> int:
    """Return about how many answers a search takes: halves down to one hunk, that again, and the edit without it."""
    probes = math.ceil(math.log2(hunks)) + 2
    return math.ceil(probes * (known.fails + known.passes) / 2.0) + known.enough
