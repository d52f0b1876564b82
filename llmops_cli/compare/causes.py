"""Broken cases grouped by how they fail, the largest group first, each with its shortest example."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from llmops_cli.model.group import Group

LEAST_SHARE = 0.8
LEAST_LIFT = 2.0
LEAST_CASES = 3


@dataclass(frozen=True, slots=True)
class Failing:
    """A broken case: how it fails, how long its inputs are (characters), its tags."""

    case: str
    symptom: str
    size: int
    tags: tuple[str, ...] = ()


def grouped(failing: Iterable[Failing], tags: Mapping[str, int], cases: int) -> tuple[Group, ...]:
    """Return a group a symptom, the largest first. `tags`: how many of all `cases` have each tag.

    A group that lies nearly all in one tag, where the set does not, says so: "9 of 9 have the tag x, 12 of 120 of all".
    """
    by_symptom: dict[str, list[Failing]] = {}
    for one in failing:
        by_symptom.setdefault(one.symptom, []).append(one)
    groups = [_group(symptom, found, tags, cases) for symptom, found in by_symptom.items()]
    return tuple(sorted(groups, key=lambda group: (-len(group.cases), group.symptom)))


def _group(symptom: str, found: Sequence[Failing], tags: Mapping[str, int], cases: int) -> Group:
    ordered = sorted(found, key=lambda one: (one.size, one.case))
    return Group(symptom, tuple(one.case for one in ordered), _tag(found, tags, cases))


def _tag(found: Sequence[Failing], tags: Mapping[str, int], cases: int) -> str:
    """Return the tag that marks the group, with its counts; "" where none does."""
    if len(found) < LEAST_CASES:
        return ""
    counts = {tag: sum(tag in one.tags for one in found) for one in found for tag in one.tags}
    best = max(sorted(counts), key=lambda tag: (counts[tag], -tags.get(tag, 0)), default="")
    if not best or counts[best] < LEAST_SHARE * len(found):
        return ""
    share, usual = counts[best] / len(found), tags.get(best, 0) / cases
    if share < LEAST_LIFT * usual:
        return ""
    return f"{counts[best]} of {len(found)} have the tag {best}, {tags.get(best, 0)} of {cases} of all"
