"""The words for a family's broken cases that every form of the gate's answer shares: how they fail, how often."""

from collections.abc import Callable, Collection

from llmops_cli.model.broken import Broken
from llmops_cli.model.group import Group
from llmops_cli.model.verdict import Family
from llmops_cli.report.figures import count
from llmops_cli.report.gate_words import names

SHOWN_GROUPS = 6
PLAIN = frozenset({"another answer", "judged worse"})
"""Symptoms that say no more than that an answer is wrong."""
NOT_SO = "not so when asked again"
BASE_TOO = "too when asked again"

Name = Callable[[str], str]


def ordered(family: Family) -> tuple[str, ...]:
    """Return the broken cases: those spelled out first, in their order, those that fresh answers refute last."""
    found = dict.fromkeys([*(example.case for example in family.examples), *family.broke])
    return tuple(sorted(found, key=lambda case: case in family.refuted))


def tally(family: Family) -> str:
    """Return how many cases broke, were fixed and are the same, and how many did not break when asked again.

    What fell or rose without that is counted where there is any: the same are only those that did not move.
    """
    worse, better = (
        [f"{count(len(cases))} {word}"] if cases else []
        for cases, word in ((family.worse, "worse"), (family.better, "better"))
    )
    broke = f"{count(len(family.broke))} broke{_refuted(family, family.refuted)}"
    fixed = f"{count(len(family.fixed))} fixed"
    parts = [broke, *worse, fixed, *better, f"{count(family.same)} same", aside(family)]
    return ", ".join(part for part in parts if part)


def pair_tally(family: Family) -> str:
    """Return how many cases fell and rose, for a cell of a table: `3 + 2 worse / 0`."""
    if family.rule == "identical":
        return "identical"
    worse = f" + {count(len(family.worse))} worse" if family.worse else ""
    better = f" + {count(len(family.better))} better" if family.better else ""
    return f"{count(len(family.broke))}{worse} / {count(len(family.fixed))}{better}"


def passed(family: Family, example: Broken) -> str:
    """Return how often a broken case passed on both sides, in the runs that raised the suspicion and in fresh ones."""
    found = [f"passed {example.base_passes} → {example.head_passes}"] if example.base_passes else []
    if example.fresh_base or example.fresh_head:
        found.append(f"fresh: base {example.fresh_base or 'none'}, head {example.fresh_head or 'none'}")
    return "; ".join([*found, *doubt(family, example.case)])


def doubt(family: Family, case: str) -> list[str]:
    """Return the words for a broken case that fresh answers refute; none for another."""
    if case not in family.refuted:
        return []
    return [f"the base fails it {BASE_TOO}" if case in family.base_fails else NOT_SO]


def aside(family: Family) -> str:
    """Return how many cases moved and are not listed, for they are flaky or in quarantine; "" for none."""
    return f"{count(len(family.aside))} moved but set aside (flaky or in quarantine)" if family.aside else ""


def alike(family: Family, name: Name) -> list[str]:
    """Return how the broken cases fail, a line a group, the largest first, and the tag that marks all that fell.

    A case may stand in several. There is no line where nothing is known beyond wrong.
    """
    marked = [name(family.mark)] if family.mark else []
    if all(group.symptom in PLAIN and not group.tag for group in family.groups):
        return marked
    lines = [
        f"{count(len(group.cases))} × {name(group.symptom)}{unlike(family, group)}: {names(group.cases, name)}"
        + (f"; {name(group.tag)}" if group.tag else "")
        for group in family.groups[:SHOWN_GROUPS]
    ]
    more = len(family.groups) - len(lines)
    return [*lines, *([f"+{count(more, 'more way')} to fail"] if more > 0 else []), *marked]


def unlike(family: Family, group: Group) -> str:
    """Return how many cases of a group fresh answers refute: a group of many of these stands behind smaller ones."""
    return _refuted(family, group.cases)


def _refuted(family: Family, cases: Collection[str]) -> str:
    """Return how many of some cases fresh answers refute: the head passes them, or the base fails them too."""
    found = set(cases).intersection(family.refuted)
    too = found.intersection(family.base_fails)
    said = [f"{count(len(found - too))} of them {NOT_SO}"] if found - too else []
    said += [f"the base fails {count(len(too))} of them {BASE_TOO}"] if too else []
    return f" ({', '.join(said)})" if said else ""
