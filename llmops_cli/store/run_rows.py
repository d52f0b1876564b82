"""Rows and plans of a run as JSON, one line a row. Every free text is redacted on its way in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from llmops_cli.model.completion import Answer, Completion, Failure, Usage
from llmops_cli.model.judge_calls import NO_JUDGE_CALLS, JudgeCalls
from llmops_cli.model.run import Result, RunPlan, Score

Json = Any
Redact = Callable[[str], str]
PLAN_SCHEMA = "llmops/run@1"


def encode(result: Result, redact: Redact) -> bytes:
    """Return a row as one line with its newline, ASCII only: no character of an answer can split or break it."""
    row = {
        "case": result.case,
        "case_digest": result.case_digest,
        "repeat": result.repeat,
        "fingerprint": result.fingerprint,
        "answer": _answer(result.answer, redact),
        "scores": [_score(score, redact) for score in result.scores],
        **({"asked": asdict(result.asked)} if result.asked != NO_JUDGE_CALLS else {}),
    }
    return json.dumps(row, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Result:
    """Return the row of a line. Raises `ValueError` that says what is wrong."""
    try:
        row = json.loads(line)
        return Result(
            case=_text(row["case"]),
            case_digest=_text(row["case_digest"]),
            repeat=int(row["repeat"]),
            answer=_read_answer(row["answer"]),
            scores=tuple(Score(**score) for score in row["scores"]),
            fingerprint=_text(row["fingerprint"]),
            asked=JudgeCalls(**row["asked"]) if "asked" in row else NO_JUDGE_CALLS,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except KeyError as error:
        raise ValueError(f"lacks {error}") from None
    except (TypeError, AttributeError) as error:
        raise ValueError(f"is no row of a run ({error})") from None


def encode_plan(plan: RunPlan, redact: Redact) -> str:
    """Return the text of `run.json`."""
    plain = {field.name: getattr(plan, field.name) for field in fields(plan)}
    plain |= {"settings": _clean(plan.settings, redact), "scorers": dict(plan.scorers), "cases": list(plan.cases)}
    return json.dumps({"schema": PLAN_SCHEMA, **plain}, indent=1) + "\n"


def decode_plan(text: bytes) -> RunPlan:
    """Return the plan of a `run.json`. Raises `ValueError` that says what is wrong."""
    try:
        plain = dict(json.loads(text))
        schema = plain.pop("schema", None)
        if schema != PLAN_SCHEMA:
            raise ValueError(f"has schema {schema!r}, this llmops reads {PLAN_SCHEMA}")
        return RunPlan(**plain | {"cases": tuple(plain["cases"]), "settings": dict(plain["settings"])})
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except (KeyError, TypeError) as error:
        raise ValueError(f"is no plan of a run ({error})") from None


def _answer(answer: Answer, redact: Redact) -> Json:
    match answer:
        case Completion():
            clean = replace(
                answer,
                text=redact(answer.text),
                refusal=redact(answer.refusal),
                finish_reason=redact(answer.finish_reason),
                model=redact(answer.model),
                system_fingerprint=redact(answer.system_fingerprint),
                tool_calls=(),
            )
            return asdict(clean) | {"tool_calls": [_clean(call, redact) for call in answer.tool_calls]}
        case Failure():
            clean_failure = replace(answer, message=redact(answer.message), hint=redact(answer.hint))
            return {"failure": asdict(clean_failure)}


def _read_answer(row: Mapping[str, Json]) -> Answer:
    if "failure" in row:
        return Failure(**row["failure"])
    usage = Usage(**row["usage"])
    return Completion(**{**row, "tool_calls": tuple(row["tool_calls"]), "usage": usage, "text": _text(row["text"])})


def _score(score: Score, redact: Redact) -> Json:
    return {
        "scorer": score.scorer,
        "value": score.value,
        "passed": score.passed,
        "detail": redact(score.detail),
        "parts": dict(score.parts),
    }


def _clean(value: Json, redact: Redact) -> Json:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(str(key)): _clean(item, redact) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item, redact) for item in value]
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} where a text belongs")
    return value
