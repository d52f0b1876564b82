"""Broken cases grouped by how they fail, the largest group first, each with its surest example."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb

from llmops_cli.compare.refuted import Standing
from llmops_cli.model.group import Group

ALPHA = 0.05
LEAST_CASES = 3


@dataclass(frozen=True, slots=True)
class Failing:
    """A broken case: how it fails, how long its inputs are (characters), its tags, what fresh answers left of it.

    `drop`: by how much its mean fell over all runs of both sides.
    Several symptoms are several fields that are wrong: the case counts for each.
    """

    case: str
    symptoms: tuple[str, ...]
    size: int
    tags: tuple[str, ...] = ()
    standing: Standing = Standing.OPEN
    drop: float = 0.0

    @property
    def rank(self) -> tuple[Standing, float, int, str]:
        """What sorts the surest case first, of equally sure ones the shortest."""
        return (self.standing, -round(self.drop, 9), self.size, self.case)


def grouped(failing: Iterable[Failing], tags: Mapping[str, int], cases: int) -> tuple[Group, ...]:
    """Return a group a symptom, the largest first; a case of several symptoms stands in several groups.

    Refuted cases make no group large, and stand last in it. `tags`: how many of all `cases` have each tag.
    A tag that a group has more often than chance would give it is named: "9 of 9 have the tag x, 12 of 120 of all".
    """
    by_symptom: dict[str, list[Failing]] = {}
    for one in failing:
        for symptom in one.symptoms:
            by_symptom.setdefault(symptom, []).append(one)
    ranked = sorted(by_symptom.items(), key=lambda item: (-_left(item[1]), -len(item[1]), item[0]))
    return tuple(_group(symptom, found, tags, cases) for symptom, found in ranked)


def _left(found: Sequence[Failing]) -> int:
    return sum(one.standing is not Standing.REFUTED for one in found)


def _group(symptom: str, found: Sequence[Failing], tags: Mapping[str, int], cases: int) -> Group:
    ordered = sorted(found, key=lambda one: one.rank)
    return Group(symptom, tuple(one.case for one in ordered), mark([one.tags for one in found], tags, cases))


def mark(found: Sequence[Sequence[str]], tags: Mapping[str, int], cases: int) -> str:
    """Return the tag that marks these cases, of which `found` are the tags, with its counts; "" where none does.

    A tag marks them if so many would have it by chance, drawn from the whole set, with p ≤ α over all tags.
    """
    counts = Counter(tag for own in found for tag in own)
    chances = {
        tag: _chance(count, len(found), max(count, tags.get(tag, 0)), max(cases, len(found)))
        for tag, count in counts.items()
        if count >= LEAST_CASES
    }
    best = min(sorted(chances), key=lambda tag: (chances[tag], -counts[tag]), default="")
    if not best or chances[best] * max(len(tags), len(counts)) > ALPHA:
        return ""
    return f"{counts[best]} of {len(found)} have the tag {best}, {tags.get(best, 0)} of {cases} of all"


def _chance(count: int, drawn: int, marked: int, cases: int) -> float:
    """Return the chance that `count` or more of `drawn` cases are `marked` ones (Fisher, one-sided)."""
    most = min(drawn, marked)
    ways = sum(comb(marked, hit) * comb(cases - marked, drawn - hit) for hit in range(count, most + 1))
    return ways / comb(cases, drawn)
