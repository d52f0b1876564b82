"""Two arms side by side for one scorer: which cases can be compared, and what is not there to compare."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from llmops_cli.compare.stats import mean
from llmops_cli.model.run import Arm, Row, Value


@dataclass(frozen=True, slots=True)
class Pair:
    """One case on both sides: the value of each scored run (a pass is 1.0), and how many runs gave no answer."""

    case: str
    base: tuple[float, ...]
    head: tuple[float, ...]
    base_missing: int = 0
    head_missing: int = 0
    base_unscored: int = 0
    head_unscored: int = 0

    @property
    def difference(self) -> float:
        """Head mean − base mean; lower is worse."""
        return mean(self.head) - mean(self.base)

    @property
    def comparable(self) -> bool:
        """Whether both sides have a scored run."""
        return bool(self.base and self.head)


@dataclass(frozen=True, slots=True)
class Paired:
    """All cases of one scorer, sorted by id. `binary` says that every score is a pass or a fail."""

    pairs: tuple[Pair, ...]
    binary: bool

    @property
    def comparable(self) -> "Paired":
        """Only the cases with a scored run on both sides."""
        return replace(self, pairs=tuple(pair for pair in self.pairs if pair.comparable))

    @property
    def missing(self) -> int:
        """How many runs gave no answer, on either side."""
        return sum(pair.base_missing + pair.head_missing for pair in self.pairs)

    @property
    def unscored(self) -> int:
        """How many answers could not be scored, on either side."""
        return sum(pair.base_unscored + pair.head_unscored for pair in self.pairs)

    def only(self, wanted: Callable[[str], bool]) -> "Paired":
        """Return the pairs whose case id is wanted."""
        return replace(self, pairs=tuple(pair for pair in self.pairs if wanted(pair.case)))

    def imputed(self, *, best: bool) -> "Paired":
        """Return the pairs as if every missing run had spoken for the head (best), or against it (worst)."""
        head, base = (1.0, 0.0) if best else (0.0, 1.0)
        filled = (
            replace(
                pair,
                base=pair.base + (base,) * pair.base_missing,
                head=pair.head + (head,) * pair.head_missing,
                base_missing=0,
                head_missing=0,
            )
            for pair in self.pairs
        )
        return replace(self, pairs=tuple(filled))


def planned_runs(arm: Arm) -> int:
    """Return the most runs that any case of the arm had: what a case without a row lacks."""
    return max((runs_of(row) for row in arm.rows.values()), default=1) or 1


def runs_of(row: Row) -> int:
    """Return how many runs of a case there were, answered or not."""
    answered = max([len(row.answers), *(len(values) for values in row.values.values())])
    return answered + failed(row)


def failed(row: Row) -> int:
    """Return how many runs of a case gave no answer."""
    return sum(row.failures.values())


def pair_up(base: Arm, head: Arm, scorer: str, cases: Iterable[str]) -> Paired:
    """Return the pairs of those of `cases` (all in the base) that the scorer judges on either side, sorted by id.

    A case that the head has no row for lacks as many runs as the head's fullest case has.
    """
    absent = Row("", "", {}, failures={"missing": planned_runs(head)})
    rows = [(case, base.rows[case], head.rows.get(case, absent)) for case in sorted(cases)]
    rows = [row for row in rows if _judges(scorer, row[1], row[2])]
    values = (value for _, before, after in rows for row in (before, after) for value in row.values.get(scorer, ()))
    binary = all(isinstance(value, bool) for value in values if value is not None)
    return Paired(tuple(_pair(case, before, after, scorer) for case, before, after in rows), binary)


def scored(values: Sequence[Value]) -> tuple[float, ...]:
    """Return the values that are scores, as numbers. A score that is not finite is no score."""
    return tuple(float(value) for value in values if value is not None and math.isfinite(value))


def _judges(scorer: str, base: Row, head: Row) -> bool:
    """Return whether the scorer has a say: a check of another case has none, a case without any answer may have."""
    return scorer in base.values or scorer in head.values or not (base.values or head.values)


def _pair(case: str, base: Row, head: Row, scorer: str) -> Pair:
    (before, base_unscored), (after, head_unscored) = _values(base, scorer), _values(head, scorer)
    return Pair(case, before, after, failed(base), failed(head), base_unscored, head_unscored)


def _values(row: Row, scorer: str) -> tuple[tuple[float, ...], int]:
    """Return the scores of a row, and how many of its answers have none."""
    values = scored(row.values.get(scorer, ()))
    return values, runs_of(row) - failed(row) - len(values)


def by_unit(paired: Paired, clusters: Mapping[str, str], measure: Callable[[Pair], float]) -> list[float]:
    """Return what counts as independent: a figure a case, or a cluster's mean over its cases."""
    if not clusters:  # pairs stand sorted by case; a set that weighs itself asks this a thousand times
        return [measure(pair) for pair in paired.pairs]
    groups: dict[tuple[str, str], list[float]] = {}
    for pair in paired.pairs:
        name = clusters.get(pair.case, "")
        groups.setdefault((name, "" if name else pair.case), []).append(measure(pair))
    return [mean(groups[key]) for key in sorted(groups)]
