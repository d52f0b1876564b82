"""The broken cases on the gate's page: in groups that fail alike, each with what was expected and what came."""

from collections.abc import Collection, Iterator, Sequence

from llmops_cli.model.broken import Broken
from llmops_cli.model.verdict import Family
from llmops_cli.report.figures import count
from llmops_cli.report.gate_cases import BASE_TOO, NOT_SO, aside, ordered, passed, tally, unlike
from llmops_cli.report.gate_cells import TEXT_LIMIT, Cell, names, said, table
from llmops_cli.report.gate_fields import rows
from llmops_cli.report.gate_layout import WELL, Place
from llmops_cli.report.sanitize import clip, html, workflow

SHOWN_IDS = 200
SHOWN_CASES = 50
_COLUMNS = ("Case", "Expected", "Got", "Passed")


def broken(found: Sequence[Place]) -> Iterator[str]:
    """Yield a section with each family's broken cases and what does not pair; none where all is well."""
    parts = [part for place in found for part in (_family(place),) if part]
    if parts:
        body = "\n".join(parts)
        yield f'<section aria-labelledby="broken">\n<h2 id="broken">Broken cases</h2>\n{body}\n</section>'


def _family(place: Place) -> str:
    """Return one family's cases. Single cases of a PASS are within what chance does: they are no broken cases.

    Where another family told each of them before, the way they fail stands there too.
    """
    family = place.family
    parts = [*_groups(family, place.fresh)] if place.fresh else []
    if family.broke and not place.fresh and family.verdict not in WELL:
        parts = ['<p class="ids">each of them stands above</p>', *_moved(family)]
    sides = (
        ("added", family.unpaired.added),
        ("removed", family.unpaired.removed),
        ("changed", family.unpaired.changed),
    )
    if family.primary and any(ids for _, ids in sides):
        each = [f"{count(len(ids))} {side} ({_ids(ids)})" for side, ids in sides if ids]
        parts.append(f'<p class="ids">cases that are not the same on both sides: {", ".join(each)}</p>')
    if not parts:
        return ""
    title = [family.prompt, family.evalset, family.scorer, *([family.slice] if family.slice else [])]
    versus = f" against {names([family.against])}" if family.against else ""
    heading = " · ".join(names([name]) for name in title if name)
    body = "\n".join(parts)
    return f"<h3>{heading}{versus}: {tally(family)}</h3>\n{body}"


def _groups(family: Family, fresh: Sequence[str]) -> Iterator[str]:
    """Yield each group's cases, those in no group last, and the cases that moved otherwise. A case is spelled out once.

    `fresh` are those that no other family told.
    """
    told = {*family.broke} - {*fresh}
    for group in family.groups:
        tag = f" · {said(group.tag, TEXT_LIMIT)}" if group.tag else ""
        head = f"{count(len(group.cases))} × {said(group.symptom, TEXT_LIMIT)}"
        yield f"<p><strong>{head}</strong>{unlike(family, group)}{tag}</p>"
        yield _cases(family, group.cases, told)
        told.update(group.cases)
    rest = [case for case in ordered(family) if case not in told]
    if rest:
        yield _cases(family, rest, told)
    if family.mark:
        yield f"<p>{said(family.mark, TEXT_LIMIT)}</p>"
    yield from _moved(family)


def _moved(family: Family) -> Iterator[str]:
    """Yield the cases that are not spelled out, by where they went."""
    lists = (
        (NOT_SO, [case for case in family.refuted if case not in family.base_fails]),
        (f"the base fails them {BASE_TOO}", family.base_fails),
        ("worse", family.worse),
        ("fixed", family.fixed),
        ("better", family.better),
        (aside(family), family.aside),
    )
    for what, cases in lists:
        if cases:
            yield f'<p class="ids">{what}: {_ids(cases)}</p>'


def _cases(family: Family, cases: Sequence[str], told: Collection[str]) -> str:
    known = {example.case: example for example in family.examples if example.case not in told}
    shown = [known[case] for case in cases if case in known][:SHOWN_CASES]
    bare = [case for case in cases if case not in {one.case for one in shown}]
    more = f'<p class="ids">{"also: " if shown else ""}{_ids(bare)}</p>' if bare else ""
    return table("Cases", _COLUMNS, [_row(family, example) for example in shown]) + more


def _row(family: Family, example: Broken) -> list[Cell]:
    found = rows(example, TEXT_LIMIT)
    expected = "\n".join(f"{field}: {wanted}" for field, wanted, _ in found) or example.expected
    if example.reason:
        expected = f"judge: {example.reason}"
    got = "\n".join(f"{field}: {came}" for field, _, came in found) or example.got
    texts = (_text(expected) if expected else "", _text(got))
    return [
        ("", names([example.case])),
        *(("said", text) for text in texts),
        ("figure", said(passed(family, example).removeprefix("passed "))),
    ]


def _text(foreign: str) -> str:
    """Return foreign text with its own lines; an empty answer is said to be one."""
    return html(workflow(clip(foreign, TEXT_LIMIT))) if foreign.strip() else "<em>(empty)</em>"


def _ids(ids: Sequence[str]) -> str:
    more = f" (+{count(len(ids) - SHOWN_IDS)})" if len(ids) > SHOWN_IDS else ""
    return names(ids[:SHOWN_IDS]) + more
