"""A stored answer: Completion ↔ the JSON object that recordings and the cache keep, and where recordings lie."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from llmops_cli.model.completion import Completion, Usage

Json = Any
FORMAT = 1
SHARDS = "0123456789abcdef"
FINGERPRINT = re.compile("[0-9a-f]{64}")


class RecordingError(ValueError):
    """A stored answer does not say what it must; the message says what."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An answer and when it was given (UTC, `2026-11-23T20:47:02Z`)."""

    answer: Completion
    at: str


def stem(folder: str, prompt: str, evalset: str) -> str:
    """Return where the recordings of a prompt and an eval set lie: `<stem>.jsonl`, or `<stem>/<hex digit>.jsonl`."""
    return f"{folder}/{prompt}/{evalset}"


def files(stem: str) -> tuple[str, ...]:
    """Return every file that may hold recordings of this stem."""
    return (f"{stem}.jsonl", *(f"{stem}/{digit}.jsonl" for digit in SHARDS))


def to_json(answer: Completion, redact: Callable[[str], str]) -> dict[str, Json]:
    """Return an answer as a JSON object without empty keys, each of its texts redacted."""
    usage = answer.usage
    tokens = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
    tokens |= {"cached_tokens": usage.cached_tokens, "estimated": usage.estimated or None}
    row = {
        "text": redact(answer.text),
        "tool_calls": [_redacted(call, redact) for call in answer.tool_calls],
        "finish_reason": redact(answer.finish_reason),
        "refusal": redact(answer.refusal),
        "model": redact(answer.model),
        "usage": {key: value for key, value in tokens.items() if value is not None},
        "latency_s": round(answer.latency_s, 4),
        "cost_usd": answer.cost_usd,
    }
    return {
        key: value for key, value in row.items() if key == "text" or (value is not None and value not in ("", [], {}))
    }


def preference(row: Mapping[str, Json]) -> tuple[str, str]:
    """Return what sorts two lines of one request: the answer that was given first counts, whichever stands first."""
    at = row.get("recorded_at")
    return (at if isinstance(at, str) else "~", json.dumps(row, sort_keys=True))


def says_other(one: Completion, other: Completion) -> bool:
    """Return whether two answers differ in what a scorer reads of them, not only in time or tokens."""
    said = [(each.text, each.tool_calls, each.finish_reason, each.refusal) for each in (one, other)]
    return said[0] != said[1]


def from_json(row: Mapping[str, Json]) -> Completion:
    """Return the answer of such an object. Raises `RecordingError`, never anything else."""
    unknown = sorted(set(row) - {"fingerprint", "format", "recorded_at", *KEYS})
    if unknown:
        raise RecordingError(f"unknown key {unknown[0]!r}")
    for key, kinds in KEYS.items():
        if key in row and (not isinstance(row[key], kinds) or isinstance(row[key], bool)):
            raise RecordingError(f"{key} is of the wrong type")
    if "text" not in row:
        raise RecordingError("text is missing")
    calls = row.get("tool_calls", [])
    if not all(isinstance(call, dict) for call in calls):
        raise RecordingError("tool_calls is no list of objects")
    return Completion(
        text=row["text"],
        tool_calls=tuple(calls),
        finish_reason=row.get("finish_reason", ""),
        refusal=row.get("refusal", ""),
        model=row.get("model", ""),
        usage=_usage(row.get("usage", {})),
        latency_s=float(row.get("latency_s", 0.0)),
        cost_usd=None if row.get("cost_usd") is None else float(row["cost_usd"]),
        layer="recorded",
    )


KEYS: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "tool_calls": (list,),
    "finish_reason": (str,),
    "refusal": (str,),
    "model": (str,),
    "usage": (dict,),
    "latency_s": (int, float),
    "cost_usd": (int, float),
}
TOKENS = ("input_tokens", "output_tokens", "cached_tokens")


def _usage(row: Mapping[str, Json]) -> Usage:
    for key, value in row.items():
        number = key in TOKENS and isinstance(value, int) and not isinstance(value, bool) and value >= 0
        if not number and not (key == "estimated" and isinstance(value, bool)):
            raise RecordingError(f"usage.{key} is not a number of tokens")
    return Usage(**row)


def _redacted(value: Json, redact: Callable[[str], str]) -> Json:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(key): _redacted(item, redact) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item, redact) for item in value]
    return value
