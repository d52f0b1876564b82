"""Cases that get one answer between them: what counts as independent is a question, not a case.

Answers are stored by request, so cases that ask the same share them: 120 cases with 12 inputs are 12 draws, each copied
ten times. Such cases are one unit, whose run is the mean of its cases' scores in that run: two checks of an answer both
count, and a copy under another id adds nothing. All runs of a unit are then permuted between the sides as a case's are,
which is exact. Where only the head asks cases the same, the base's answers are so many draws of the unit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from llmops_cli.compare.pairs import Pair, Paired
from llmops_cli.compare.stats import mean
from llmops_cli.model.case_flags import CaseFlags
from llmops_cli.model.run import Arm, Row, Value

Twins = Mapping[str, tuple[str, str]]
"""Each case that shares answers → the first that the base asks the same, and the first of its unit."""


def twins_of(flags: Mapping[str, CaseFlags]) -> Twins:
    """Return the cases that share answers with another."""
    return {case: (flag.asked or case, flag.unit) for case, flag in flags.items() if flag.unit}


def unit_of(case: str, twins: Twins) -> tuple[str, str]:
    """Return the name of a case's unit, which no other case's unit has."""
    return ("unit", twins[case][1]) if case in twins else ("", case)


def units(cases: Iterable[str], twins: Twins) -> int:
    """Return how many of the cases count as independent."""
    return len({unit_of(case, twins) for case in cases})


def firsts(cases: Iterable[str], twins: Twins) -> tuple[str, ...]:
    """Return one case of each unit, the first by its id."""
    found: dict[tuple[str, str], str] = {}
    for case in sorted(cases):
        found.setdefault(unit_of(case, twins), case)
    return tuple(found.values())


def united(paired: Paired, twins: Twins) -> Paired:
    """Return one pair a unit, under the id of its first case. All pairs have a scored run on both sides."""
    if not twins:
        return paired
    groups: dict[tuple[str, str], list[Pair]] = {}
    for pair in paired.pairs:
        groups.setdefault(unit_of(pair.case, twins), []).append(pair)
    pairs = tuple(group[0] if len(group) == 1 else _joined(group, twins) for group in groups.values())
    values = (value for pair in pairs for value in (*pair.base, *pair.head))
    return Paired(pairs, paired.binary and all(value in (0.0, 1.0) for value in values))


def distinct(arm: Arm, twins: Twins) -> Arm:
    """Return an arm with one row for each question that its own prompt asks; its margin has to be worked out anew.

    What the head asks the same does not enter: it must not widen the margin that it is held to.
    """
    groups: dict[str, list[Row]] = {}
    for case, row in sorted(arm.rows.items()):
        groups.setdefault(twins[case][0] if case in twins else case, []).append(row)
    if len(groups) == len(arm.rows):
        return arm
    return replace(arm, rows={rows[0].case: _one(rows) for rows in groups.values()}, margin=None)


def said(cases: Sequence[str], twins: Twins) -> tuple[str, ...]:
    """Return in words how many of the cases repeat others, and where the head alone takes them for the same."""
    count, merged = len(cases) - units(cases, twins), len({*cases})
    notes = []
    if count:
        one = "case asks what another asks" if count == 1 else "cases ask what others ask"
        notes.append(f"{count} {one}, and share their answers: {merged} cases count as {merged - count}")
    apart = units(cases, {case: (asked, asked) for case, (asked, _) in twins.items()}) - (merged - count)
    if apart:
        what = f"{apart} of them the base asks otherwise, but the head's requests are the same"
        notes.append(f"{what}: does the prompt still read what tells them apart?")
    return ("; ".join(notes),) if notes else ()


def _joined(group: list[Pair], twins: Twins) -> Pair:
    apart: dict[str, list[tuple[float, ...]]] = {}
    for pair in group:
        apart.setdefault(twins[pair.case][0], []).append(pair.base)
    base = [value for series in apart.values() for value in _floats(series)]
    return Pair(group[0].case, tuple(base), _floats([pair.head for pair in group]))


def _floats(series: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(
        mean([value for value in values if value is not None]) for values in zip_longest(*series, fillvalue=None)
    )


def _one(rows: list[Row]) -> Row:
    names = dict.fromkeys(name for row in rows for name in row.values)
    values = {name: _values([row.values[name] for row in rows if name in row.values]) for name in names}
    return replace(rows[0], values=values)


def _values(series: list[tuple[Value, ...]]) -> tuple[Value, ...]:
    return tuple(map(_value, zip_longest(*series, fillvalue=None)))


def _value(values: Iterable[Value]) -> Value:
    """Return the mean of what is a score; a pass or a fail that all agree on stays one."""
    known = [value for value in values if value is not None]
    if not known or all(value is known[0] for value in known):
        return known[0] if known else None
    return mean([float(value) for value in known])
