"""The lines of a baseline file → header and rows, each checked. A line that is not right raises `LineError`."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from llmops_cli.model.run import Acceptance, Arm, Row, Value

Json = Any
T = TypeVar("T")
SCHEMA = "llmops/baseline@1"


class LineError(ValueError):
    """A line of a baseline does not say what it must; the message says what, `code` which kind of fault it is."""

    code = ""


class NotANumberError(LineError):
    """NaN or infinity, which compare equal to nothing and larger than everything."""

    code = "LB011"


def parse(line: bytes) -> dict[str, Json]:
    """Return the JSON object of a line. Duplicate keys, NaN and infinity are errors."""
    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_reject)
    except RecursionError:
        raise LineError("nested too deeply") from None
    except LineError:
        raise
    except ValueError as error:
        raise LineError(f"is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise LineError("is no JSON object")
    return value


def header(value: Mapping[str, Json]) -> Arm:
    """Return an arm without rows from the header line."""
    if value.get("schema") != SCHEMA:
        raise LineError(f"has schema {value.get('schema')!r}, not {SCHEMA!r}")
    return Arm(
        prompt=_get(value, "prompt", _text),
        digest=_get(value, "digest", _text),
        evalset=_get(value, "evalset", _text),
        evalset_digest=_get(value, "evalset_digest", _text),
        scorers=_get(value, "scorers", _map_of(_text)),
        rows={},
        version=_get(value, "version", _text),
        models=_get(value, "models", _list_of(_text)),
        runs=_get(value, "runs", _list_of(_text)),
        commit=_get(value, "commit", _text),
        margin=_get(value, "margin", _number_or_none),
        accepted=_get(value, "accepted", _acceptance),
        fingerprints=_list_of(_text)(value.get("fingerprints", [])),
    )


def row(value: Mapping[str, Json]) -> Row:
    """Return the row of a case's line."""
    return Row(
        case=_get(value, "case", _text),
        case_digest=_get(value, "case_digest", _text),
        values=_get(value, "scores", _map_of(_list_of(_value))),
        answers=_get(value, "answer_sha256", _list_of(_text)),
        tokens=_get(value, "tokens", _number_or_none),
        cost_usd=_get(value, "cost_usd", _number_or_none),
        latency_s=_get(value, "latency_s", _number_or_none),
        failures=_map_of(_count)(value.get("failures", {})),
        runs=_list_of(_count)(value.get("runs", [])),
    )


def uneven(row: Row, runs: int) -> str:
    """Return which scorer has more or fewer values than the case has repeats, in words; "" if none.

    A repeat that failed has no answer; it may stand among the values as null, or not at all. `runs` is how many runs
    the header names: each answer that says where it is from is from one of them.
    """
    fewest, most = len(row.answers), len(row.answers) + sum(row.failures.values())
    if row.runs and (len(row.runs) != fewest or max(row.runs) >= runs):
        return f"'runs' names {len(row.runs)} of {runs} runs for {fewest} answers"
    for scorer, values in row.values.items():
        if not fewest <= len(values) <= most:
            return f"{scorer} has {len(values)} values for {fewest} answers"
    return ""


def _get(value: Mapping[str, Json], key: str, read: Callable[[Json], T]) -> T:
    if key not in value:
        raise LineError(f"lacks {key!r}")
    try:
        return read(value[key])
    except LineError as error:
        raise type(error)(f"{key!r} {error}") from None


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise LineError(f"is {value!r}, not a text")
    return value


def _number(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise LineError(f"is {value!r}, not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise NotANumberError("is no finite number")
    return number


def _number_or_none(value: Json) -> float | None:
    return None if value is None else _number(value)


def _value(value: Json) -> Value:
    if value is None or isinstance(value, bool):
        return value
    number = _number(value)
    if not 0 <= number <= 1:
        raise LineError(f"is {number}, not within 0 and 1")
    return number


def _count(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise LineError(f"is {value!r}, not a count")
    return value


def _list_of(read: Callable[[Json], T]) -> Callable[[Json], tuple[T, ...]]:
    def read_list(value: Json) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise LineError(f"is {value!r}, not a list")
        return tuple(read(item) for item in value)

    return read_list


def _map_of(read: Callable[[Json], T]) -> Callable[[Json], dict[str, T]]:
    def read_map(value: Json) -> dict[str, T]:
        if not isinstance(value, dict):
            raise LineError(f"is {value!r}, not a mapping")
        return {key: read(item) for key, item in value.items()}

    return read_map


def _acceptance(value: Json) -> Acceptance | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise LineError(f"is {value!r}, not a mapping")
    return Acceptance(
        by=_get(value, "by", _text),
        reason=_get(value, "reason", _text),
        drops=_get(value, "drops", _map_of(_number)),
        replaces=_get(value, "replaces", _text),
        expires=_day(value.get("expires", "")),
    )


def _day(value: Json) -> str:
    if value == "":
        return ""
    try:
        return date.fromisoformat(_text(value)).isoformat()
    except ValueError:
        raise LineError(f"expires on {value!r}, which is no day YYYY-MM-DD") from None


def _unique(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise LineError("has a key twice")
    return value


def _reject(constant: str) -> Json:
    raise NotANumberError(f"holds {constant}, which is no number")
