"""The rows of a run for other programs and for people who label answers: JSON, a line each, or a table."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from llmops_cli.model.completion import Completion, Failure
from llmops_cli.model.evalset import Case
from llmops_cli.model.run import Result, Run, Score
from llmops_cli.report import sanitize

Json = Any
EMPTY = ("label", "by", "note")
"""What a person fills in, by the names that `review import` reads."""


def documents(run: Run) -> list[dict[str, Json]]:
    """Return a document for each row, as `llmops/runs@1` has them."""
    return [_row(row) for row in run.results]


def lines(run: Run, cases: Mapping[str, Case]) -> str:
    """Return a JSON object a line, in ASCII, with the case's inputs and empty places for a label.

    Labels are of answers: the same answer to a case, given in several repeats, stands once.
    """
    rows = ({**_told(row, cases), **dict.fromkeys(EMPTY, ""), **_row(row)} for row in _answers(run))
    return "".join(f"{json.dumps(row, allow_nan=False)}\n" for row in rows).replace("##[", "\\u0023#[")


def table(run: Run, cases: Mapping[str, Case], *, scores: bool) -> str:
    """Return the same as CSV: no cell is a formula. With `scores` they have a column each, named `score NAME`.

    Without, the sheet is blind: who sees what a judge said tends to agree with it.
    """
    named = [*run.plan.scorers, *(score.scorer for row in run.results for score in row.scores)]
    scorers = list(dict.fromkeys(named)) if scores else []
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [sanitize.csv(f"score {name}") for name in scorers]
    writer.writerow(["case", "repeat", "inputs", "expected", "answer", *EMPTY, "answer_sha256", "failure", *names])
    for row in _answers(run):
        writer.writerow([sanitize.csv(cell) for cell in _cells(row, cases, scorers)])
    return out.getvalue()


def _answers(run: Run) -> list[Result]:
    """Return one row for each different answer of a case, and each failure."""
    rows: dict[tuple[str, str], Result] = {}
    for row in run.results:
        named = row.answer.sha256 if isinstance(row.answer, Completion) else f"#{row.repeat}"
        rows.setdefault((row.case, named), row)
    return list(rows.values())


def _cells(row: Result, cases: Mapping[str, Case], scorers: list[str]) -> Iterator[str]:
    told, said = _told(row, cases), _row(row)
    yield from (row.case, str(row.repeat), _text(told["inputs"]), _text(told["expected"]), said["answer"] or "")
    yield from ("" for _ in EMPTY)
    yield from (said["answer_sha256"] or "", said["failure"]["code"] if said["failure"] else "")
    values = {score.scorer: score.stored for score in row.scores}
    for name in scorers:
        value = values.get(name)
        yield "" if value is None else str(value).lower()


def _told(row: Result, cases: Mapping[str, Case]) -> dict[str, Json]:
    case = cases.get(row.case)
    return {"inputs": dict(case.inputs) if case else None, "expected": case.expected if case else None}


def _row(row: Result) -> dict[str, Json]:
    said: dict[str, Json] = {"case": row.case, "repeat": row.repeat}
    match row.answer:
        case Completion() as answer:
            said |= {"answer": answer.text, "answer_sha256": answer.sha256, "failure": None}
            said |= {"refusal": answer.refusal} if answer.refusal else {}
            said |= {"tool_calls": [dict(call) for call in answer.tool_calls]} if answer.tool_calls else {}
            said |= {"model": answer.model, "layer": answer.layer, "finish_reason": answer.finish_reason}
            said |= {"cost_usd": answer.cost_usd, "latency_s": answer.latency_s}
        case Failure() as failure:
            about = {"code": failure.code, "message": failure.message, "hint": failure.hint}
            said |= {"answer": None, "answer_sha256": None, "failure": about}
    return said | {"scores": {score.scorer: _score(score) for score in row.scores}}


def _score(score: Score) -> dict[str, Json]:
    parts = dict(sorted(score.parts.items()))
    return {"value": score.value, "passed": score.passed, "detail": score.detail, "parts": parts}


def _text(value: Json) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
