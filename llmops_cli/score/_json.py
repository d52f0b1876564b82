"""An answer read as JSON, with or without the ``` fence that models like to put around it."""

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn

from llmops_cli.model.prompt import canonical

Json = Any
FENCES = ("strict", "strip")
_MARK = "```"
_DEEPEST = 200


def read_json(text: str, *, fence: str = "strict") -> Json:
    """Return the JSON value that `text` is. Raises `ValueError` with what is wrong.

    `fence: strip` looks inside the only fenced block of the text, where there is one; prose may stand around it.
    """
    inner = inside_fence(text) if fence == "strip" and _MARK in text else text
    try:
        value = json.loads(inner.strip().removeprefix("\ufeff"), parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("not JSON that can be read: nested too deeply") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    if _deeper_than(value, _DEEPEST):
        raise ValueError(f"not JSON that can be read: nested deeper than {_DEEPEST}")
    return value


def same_json(one: Json, other: Json) -> bool:
    """Whether two JSON values are equal: 1 and 1.0 are, 1 and true are not; key order does not count."""
    return canonical(one) == canonical(other)


def inside_fence(text: str) -> str:
    """Return what stands in the only fenced block of a text; the text itself where there is none.

    Raises `ValueError` where there are several.
    """
    lines = text.strip().split("\n")
    marks = [number for number, line in enumerate(lines) if line.lstrip().startswith(_MARK)]
    if len(marks) > 2:  # noqa: PLR2004 - an opening and a closing mark
        raise ValueError("more than one fenced block")
    if len(marks) < 2:  # noqa: PLR2004 - a mark inside a string, or a fence that was cut off: the parser will say
        return text
    return "\n".join(lines[marks[0] + 1 : marks[1]])


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"not JSON: {constant}")


def _finite(written: str) -> float:
    number = float(written)
    if math.isinf(number):
        raise ValueError(f"not JSON that can be read: {written[:20]} is beyond any float")
    return number


def _deeper_than(value: Json, limit: int) -> bool:
    """Whether a value is nested deeper than `limit`; without recursion, since an answer decides how deep it is."""
    level = [value]
    for _ in range(limit):
        level = [item for each in level if isinstance(each, (dict, list)) for item in _children(each)]
        if not level:
            return False
    return True


def _children(value: Json) -> Iterable[Json]:
    return value.values() if isinstance(value, dict) else value
