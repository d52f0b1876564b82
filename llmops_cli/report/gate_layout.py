"""Which families of a gate's answer are told in full, which take a line, and which only stand beside another."""

from collections.abc import Sequence
from dataclasses import dataclass

from llmops_cli.model.verdict import Family, GateReport, Verdict
from llmops_cli.report.figures import points
from llmops_cli.report.gate_cases import ordered
from llmops_cli.report.gate_words import Name, families, quiet

WELL = (Verdict.PASS, Verdict.IMPROVED)
SHOWN_BESIDE = 12


@dataclass(frozen=True, slots=True)
class Place:
    """A family with a row of its own; `fresh` are its broken cases that no family of its eval set has told before it.

    `beside` are slices, scorers and opponents of which nothing is shown: none is worse, and none has to show more.
    `alike` have no verdict for the very reason that this one has none.
    """

    family: Family
    fresh: tuple[str, ...] = ()
    beside: tuple[Family, ...] = ()
    alike: tuple[Family, ...] = ()

    @property
    def is_full(self) -> bool:
        """Whether more than its row is worth reading: it decides, or it broke what no other family broke."""
        return self.family.primary or bool(self.fresh)


def places(report: GateReport, *, full: bool = False) -> tuple[Place, ...]:
    """Return every row, in order. With `full` each family has its own, and none stands beside another."""
    sets: dict[tuple[str, str], list[Family]] = {}
    for family in families(report):
        sets.setdefault((family.prompt, family.evalset), []).append(family)
    return tuple(place for found in sets.values() for place in _of_set(found, full=full))


def _of_set(found: Sequence[Family], *, full: bool) -> list[Place]:
    first, rest = found[0], found[1:]
    beside = () if full else tuple(one for one in rest if quiet(one))
    alike = () if full else tuple(one for one in rest if _is_withheld(one, first))
    rows = [Place(first, _fresh(first, ()), beside, alike)]
    for family in rest:
        if family not in beside and family not in alike:
            is_fail = family.verdict is Verdict.FAIL  # what a family that stops nothing told stands in a fail once more
            told = [row for row in rows if row.family.verdict is Verdict.FAIL or not is_fail]
            rows.append(Place(family, _fresh(family, [case for row in told for case in row.fresh])))
    return rows


def _fresh(family: Family, told: Sequence[str]) -> tuple[str, ...]:
    """Return the broken cases to tell. Single cases of a PASS fall within what chance does: they are not told."""
    before = frozenset(told)
    return () if family.verdict in WELL else tuple(case for case in ordered(family) if case not in before)


def _is_withheld(family: Family, first: Family) -> bool:
    same = family.reasons == first.reasons and bool(family.reasons)
    return same and family.verdict is first.verdict is Verdict.INCOMPLETE and not family.primary


def lines_beside(place: Place, name: Name) -> list[str]:
    """Return what stands beside a family, in a line a kind."""
    lines = []
    if place.beside:
        said = _listed(place.beside, [_moved(one) for one in place.beside], name)
        lines.append(f"beside it, none shown worse (-v: a row each): {said}")
    if place.alike:
        lines.append(f"the same: {_listed(place.alike, [''] * len(place.alike), name)}")
    return lines


def _moved(family: Family) -> str:
    return "identical" if family.rule == "identical" or family.delta is None else points(family.delta)


def _listed(found: Sequence[Family], figures: Sequence[str], name: Name) -> str:
    """Return the families with their figures: a scorer is named once, its slices after it."""
    parts: list[str] = []
    before = ""
    for family, figure in list(zip(found, figures, strict=True))[:SHOWN_BESIDE]:
        scorer = name(family.scorer) + (f" vs {name(family.against)}" if family.against else "")
        tag = f"[{name(family.slice)}]" if family.slice else ""
        label = " ".join(part for part in ("" if scorer == before and tag else scorer, tag, figure) if part)
        parts.append(("; " if before and scorer != before else ", " if before else "") + label)
        before = scorer
    more = len(found) - SHOWN_BESIDE
    return "".join(parts) + (f" (+{more})" if more > 0 else "")
