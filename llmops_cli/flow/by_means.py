"""Hunks put onto the base, weighed by many answers: what a search asks where no single case breaks for good."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from llmops_cli.compare.ddmin import Items, Outcome
from llmops_cli.compare.means import AT_ONCE, Scale, calls_needed, is_amid, still_falls, weigh
from llmops_cli.compare.stats import mean
from llmops_cli.flow.contestant import Side
from llmops_cli.flow.probing import Prober
from llmops_cli.model.explained import Moved
from llmops_cli.model.prompt import Prompt

Hybrid = Callable[[Items], tuple[Side, Prompt]]


@dataclass(slots=True)
class Weigher:
    """Says of hunks whether the base with them answers as the edit does. `usual`: each case's mean with the base."""

    prober: Prober
    scale: Scale
    usual: Sequence[float]
    hybrid: Hybrid
    said: dict[Items, Outcome] = field(default_factory=dict)
    seen: dict[Items, list[float]] = field(default_factory=dict)

    def like(self, hunks: Items) -> Outcome:
        """Return which end these hunks are like. Raises `StoppedError` at the budget's end."""
        if hunks not in self.said:
            self.seen[hunks] = []
            self.said[hunks] = weigh(self.scale, partial(self._draw, hunks))
        return self.said[hunks]

    def falls_again(self, hunks: int) -> bool:
        """Return whether the whole edit falls in further runs too: those that were seen may be a provider's bad hour.

        Raises `StoppedError`.
        """
        every = frozenset(range(hunks))
        self.seen[every], self._asked[every] = [], len(self.usual)
        return weigh(self.scale, partial(self._draw, every)) is Outcome.FAIL

    def is_between(self, hunks: Items) -> bool:
        """Return whether many answers leave these hunks amid both ends: they take a share of the drop, no more."""
        return is_amid(self.scale, self.seen.get(hunks, ()))

    def holds(self, hunks: Items) -> bool:
        """Return whether hunks go on to fall as the edit does. Raises `StoppedError` at the budget's end."""
        falls: list[float | None] = []
        while len(falls) < self.scale.enough:
            falls += self._draw(hunks, AT_ONCE)
        return still_falls(self.scale, [fall for fall in falls if fall is not None])

    def moved(self, hunks: Items) -> Moved | None:
        """Return how far these hunks move the mean, as far as they were asked."""
        falls = self.seen.get(hunks)
        return Moved(mean(falls), len(falls)) if falls else None

    def needed(self, hunks: int, calls_an_answer: int) -> int:
        """Return about how many calls the search takes; 0 where it was begun: what it asked is stored."""
        side, prompt = self.hybrid(frozenset(range(hunks // 2)))
        if self.prober.is_begun(side, prompt, ((0, 0),)):
            return 0
        return calls_needed(self.scale, hunks) * calls_an_answer

    def _draw(self, hunks: Items, wanted: int) -> list[float | None]:
        """Return the next answers: of every case once before any is asked twice."""
        known = self._asked.get(hunks, 0)
        cases = len(self.usual)
        row = tuple((at % cases, at // cases) for at in range(known, known + wanted))
        self._asked[hunks] = known + wanted
        values = self.prober.values(*self.hybrid(hunks), row)
        falls = [value[0] - self.usual[case] if value else None for (case, _), value in zip(row, values, strict=True)]
        self.seen[hunks] += [fall for fall in falls if fall is not None]
        return falls

    _asked: dict[Items, int] = field(default_factory=dict)
