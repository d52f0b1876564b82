"""The broken cases of a family: grouped by how they fail, the first ones spelled out."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from llmops_cli.compare.causes import Failing, grouped, mark
from llmops_cli.compare.refuted import Standing, standing
from llmops_cli.flow.contestant import Bout
from llmops_cli.flow.scoring import Bench
from llmops_cli.model.broken import Broken
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.group import Group
from llmops_cli.model.ports import Scorer
from llmops_cli.model.run import Arm, Result, Score, Value
from llmops_cli.model.verdict import Family
from llmops_cli.plugins import names
from llmops_cli.score._symptom import Failed, symptoms
from llmops_cli.score._wrong import wrong_fields, wrong_number

SHOWN = 10
JUDGE = "judge"
UNSAID = "the judge gives no reason"
Fresh = tuple[Sequence[Result], Sequence[Result]]


def with_examples(
    family: Family,
    bout: Bout,
    rows: tuple[Result, ...],
    base: Arm,
    fresh: Fresh = ((), ()),
) -> Family:
    """Return the family with its broken cases grouped, and the first of them spelled out: the surest of each group.

    `fresh`: what a confirmation asked of both sides, told beside the runs that raised the suspicion. What it confirms
    comes first, what it refutes last. A slice is held against its own cases: all of them have its tag.
    """
    wanted = set(family.broke)
    by_case: dict[str, list[Result]] = {}
    for row in rows:
        if row.case in wanted:
            by_case.setdefault(row.case, []).append(row)
    cases = {case.id: case for case in bout.cases}
    seen = {name: _Seen.of(name, family.scorer, base, by_case.get(name, []), fresh) for name in family.broke}
    pure, judged = _pure(bout.bench, family.scorer), _kind(bout.bench, family.scorer) == JUDGE
    failed = {
        name: _failed(cases[name], family.scorer, by_case[name], pure, judged=judged)
        for name in family.broke
        if name in cases and name in by_case
    }
    failing = {
        name: replace(_failing(cases[name], one, base), standing=seen[name].standing, drop=seen[name].drop)
        for name, one in failed.items()
    }
    pool = [case for case in bout.cases if family.slice is None or family.slice in case.tags]
    tags = Counter(tag for case in pool for tag in case.tags)
    groups = grouped(failing.values(), tags, len(pool))
    order = _order(family, groups, seen)
    numeric = _kind(bout.bench, family.scorer) == "numeric"
    wrong = {
        name: wrong_number(one) if numeric else wrong_fields(one, failing[name].symptoms)
        for name in order
        if (one := failed.get(name))
    }
    spelled = (_example(name, family.scorer, cases, by_case.get(name, []), base) for name in order)
    said = {name: one.score.detail or UNSAID for name in order if judged and (one := failed.get(name))}
    examples = (
        replace(_with_fresh(one, family.scorer, fresh), wrong=wrong.get(one.case, ()), reason=said.get(one.case, ""))
        for one in spelled
    )
    return replace(
        family,
        examples=tuple(examples),
        groups=groups,
        refuted=tuple(name for name in family.broke if seen[name].standing is Standing.REFUTED),
        base_fails=tuple(name for name in family.broke if seen[name].base_fails),
        mark="" if any(group.tag for group in groups) else _mark(family, pool, fresh),
    )


def _mark(family: Family, pool: Sequence[Case], fresh: Fresh) -> str:
    """Return the tag that marks what fell, broken or not; what fresh answers refute is left out. "" where none does."""
    fell = [case for case in pool if case.id in {*family.broke, *family.worse}]
    left = [case for case in fell if _standing(case.id, family.scorer, fresh) is not Standing.REFUTED]
    found = mark([case.tags for case in left], Counter(tag for case in pool for tag in case.tags), len(pool))
    return f"of what fell{' again when asked again' if len(left) < len(fell) else ''}, {found}" if found else ""


def _standing(name: str, scorer: str, fresh: Fresh) -> Standing:
    before, after = (_stored([row for row in side if row.case == name], scorer) for side in fresh)
    binary = all(isinstance(value, bool) for value in (*before, *after))
    return standing([*map(float, before)], [*map(float, after)], binary=binary)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What all runs say of a broken case; `base_fails`: fresh answers refute it, for the base fails it as well."""

    standing: Standing
    drop: float
    base_fails: bool

    @classmethod
    def of(cls, name: str, scorer: str, base: Arm, rows: Sequence[Result], fresh: Fresh) -> Self:
        before, after = (_stored([row for row in side if row.case == name], scorer) for side in fresh)
        left = _standing(name, scorer, fresh)
        stored = base.rows[name].values.get(scorer, ()) if name in base.rows else ()
        drop = _mean([*stored, *before]) - _mean([*_stored(rows, scorer), *after])
        again = (2 * sum(map(_is_full, side)) < len(side) for side in (before, after))
        return cls(left, drop, base_fails=left is Standing.REFUTED and all(again))


def _mean(values: Sequence[Value]) -> float:
    known = [float(value) for value in values if value is not None]
    return sum(known) / len(known) if known else 0.0


def _order(family: Family, groups: Sequence[Group], seen: Mapping[str, _Seen]) -> list[str]:
    """Return the cases to spell out: the first of each group and the surest others, the surest first."""

    def rank(name: str) -> tuple[Standing, float]:
        return (seen[name].standing, -round(seen[name].drop, 9))

    leads = dict.fromkeys(group.cases[0] for group in groups)
    rest = sorted((name for name in family.broke if name not in leads), key=rank)
    return sorted([*leads, *rest][:SHOWN], key=rank)


def _stored(rows: Sequence[Result], scorer: str) -> list[bool | float]:
    values = (score.stored for row in rows for score in row.scores if score.scorer == scorer)
    return [value for value in values if value is not None]


def _with_fresh(example: Broken, scorer: str, fresh: Fresh) -> Broken:
    base, head = ([row for row in side if row.case == example.case] for side in fresh)
    return replace(example, fresh_base=_passes(base, scorer), fresh_head=_passes(head, scorer))


def _passes(rows: Sequence[Result], scorer: str) -> str:
    """Return how many of the scored runs pass, as `2/3`; nothing where none is scored."""
    scored = [score.stored for row in rows for score in row.scores if score.scorer == scorer]
    return f"{sum(map(_is_full, scored))}/{len(scored)}" if scored else ""


def _is_full(value: Value) -> bool:
    """Return whether a run passes; with a graded score, whether it has all of it."""
    return value is not None and float(value) >= 1.0


def _pure(bench: Bench, name: str) -> Scorer | None:
    """Return the scorer, if it may score an answer once more: one of the house that asks no model."""
    found = dict(zip((spec.name for spec in bench.specs), bench.scorers, strict=False))
    types = {spec.name: spec.type for spec in bench.specs}
    return found.get(name) if types.get(name) in {*names("score")} - {JUDGE} else None


def _kind(bench: Bench, name: str) -> str:
    return next((spec.type for spec in bench.specs if spec.name == name), "")


def _failed(case: Case, scorer: str, rows: Sequence[Result], pure: Scorer | None, *, judged: bool) -> Failed | None:
    shown, score = _shown(rows, scorer)
    if shown is None or score is None or not isinstance(shown.answer, Completion):
        return None
    return Failed(case, shown.answer, score, pure, judged)


def _failing(case: Case, failed: Failed | None, base: Arm) -> Failing:
    usual = base.rows[case.id].tokens if case.id in base.rows else None
    found = ("no answer",) if failed is None else symptoms(failed, usual_tokens=usual)
    return Failing(case.id, found, len(_flat(case.inputs)), case.tags)


def _shown(rows: Sequence[Result], scorer: str) -> tuple[Result | None, Score | None]:
    """Return the first run that does not pass, with its score; the first run where all do."""
    scored = [(row, score) for row in rows for score in row.scores if score.scorer == scorer]
    failing = [pair for pair in scored if not pair[1].passed and (pair[1].value or 0.0) < 1.0]
    if failing or scored:
        return (failing or scored)[0]
    return (rows[0] if rows else None), None


def _example(name: str, scorer: str, cases: Mapping[str, Case], rows: list[Result], base: Arm) -> Broken:
    values = base.rows[name].values.get(scorer, ()) if name in base.rows else ()
    shown, _ = _shown(rows, scorer)
    expected = cases[name].expected if name in cases else None
    return Broken(
        case=name,
        expected="" if expected is None else _flat(expected),
        got=shown.answer.text if shown and isinstance(shown.answer, Completion) else "",
        base_passes=f"{sum(map(_is_full, values))}/{len(values)}",
        head_passes=_passes(rows, scorer) or "0/0",
    )


def _flat(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
