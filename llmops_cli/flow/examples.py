"""The first broken cases of a family, spelled out: what was expected and what came."""

import json
from dataclasses import replace

from llmops_cli.flow.contestant import Bout
from llmops_cli.model.completion import Completion
from llmops_cli.model.run import Arm, Result
from llmops_cli.model.verdict import Broken, Family

SHOWN = 10


def with_examples(family: Family, bout: Bout, rows: tuple[Result, ...], base: Arm) -> Family:
    """Return the family with its first broken cases spelled out: what was expected and what came."""
    shown = set(family.broke[:SHOWN])
    by_case: dict[str, list[Result]] = {}
    for row in rows:
        if row.case in shown:
            by_case.setdefault(row.case, []).append(row)
    expected = {case.id: case.expected for case in bout.cases if case.id in shown}
    examples = tuple(
        _example(name, family.scorer, expected.get(name), by_case.get(name, []), base) for name in family.broke[:SHOWN]
    )
    return replace(family, examples=examples)


def _example(name: str, scorer: str, expected: object, rows: list[Result], base: Arm) -> Broken:
    values = base.rows[name].values.get(scorer, ()) if name in base.rows else ()
    scored = [(row, score) for row in rows for score in row.scores if score.scorer == scorer]
    shown = next((row for row, score in scored if not score.passed), rows[0] if rows else None)
    return Broken(
        case=name,
        expected="" if expected is None else _flat(expected),
        got=shown.answer.text if shown and isinstance(shown.answer, Completion) else "",
        base_passes=f"{sum(map(bool, values))}/{len(values)}",
        head_passes=f"{sum(bool(score.passed) for _, score in scored)}/{len(scored)}",
    )


def _flat(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
