"""The words for a family's broken cases that every form of the gate's answer shares: how they fail, how often."""

from collections.abc import Callable

from llmops_cli.model.broken import Broken
from llmops_cli.model.group import Group
from llmops_cli.model.verdict import Family
from llmops_cli.report.figures import count
from llmops_cli.report.gate_words import names

SHOWN_GROUPS = 6
PLAIN = "another answer"
NOT_SO = "not so when asked again"

Name = Callable[[str], str]


def ordered(family: Family) -> tuple[str, ...]:
    """Return the broken cases: those spelled out first, in their order, those that fresh answers refute last."""
    found = dict.fromkeys([*(example.case for example in family.examples), *family.broke])
    return tuple(sorted(found, key=lambda case: case in family.refuted))


def tally(family: Family) -> str:
    """Return how many cases broke, were fixed and are the same, and how many did not break when asked again."""
    not_so = f" ({count(len(family.refuted))} of them {NOT_SO})" if family.refuted else ""
    said = f"{count(len(family.broke))} broke{not_so}, {count(len(family.fixed))} fixed, {count(family.same)} same"
    return ", ".join(part for part in (said, aside(family)) if part)


def passed(family: Family, example: Broken) -> str:
    """Return how often a broken case passed on both sides, in the runs that raised the suspicion and in fresh ones."""
    found = [f"passed {example.base_passes} → {example.head_passes}"] if example.base_passes else []
    if example.fresh_base or example.fresh_head:
        found.append(f"fresh: base {example.fresh_base or 'none'}, head {example.fresh_head or 'none'}")
    return "; ".join([*found, *doubt(family, example.case)])


def doubt(family: Family, case: str) -> list[str]:
    """Return the words for a broken case that fresh answers refute; none for another."""
    return [NOT_SO] if case in family.refuted else []


def aside(family: Family) -> str:
    """Return how many cases moved and are not listed, for they are flaky or in quarantine; "" for none."""
    return f"{count(len(family.aside))} moved but set aside (flaky or in quarantine)" if family.aside else ""


def alike(family: Family, name: Name) -> list[str]:
    """Return how the broken cases fail, a line a group, the largest first.

    A case may stand in several. There is no line where nothing is known beyond wrong.
    """
    if all(group.symptom == PLAIN and not group.tag for group in family.groups):
        return []
    lines = [
        f"{count(len(group.cases))} × {name(group.symptom)}{unlike(family, group)}: {names(group.cases, name)}"
        + (f"; {name(group.tag)}" if group.tag else "")
        for group in family.groups[:SHOWN_GROUPS]
    ]
    more = len(family.groups) - len(lines)
    return [*lines, f"+{count(more, 'more way')} to fail"] if more > 0 else lines


def unlike(family: Family, group: Group) -> str:
    """Return how many cases of a group fresh answers refute: a group of many of these stands behind smaller ones."""
    refuted = len(set(group.cases).intersection(family.refuted))
    return f" ({count(refuted)} of them {NOT_SO})" if refuted else ""
