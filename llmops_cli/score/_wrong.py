"""Which fields of an expected object an answer has wrong, or which number."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from llmops_cli.model.broken import Wrong
from llmops_cli.score._fields import pick
from llmops_cli.score._json import read_json, same_json
from llmops_cli.score._number import as_number, last_number
from llmops_cli.score._symptom import OTHER_JSON, WRONG_IN, Failed

Json = Any
LONGEST, EXACT = 40, 2**53


LAST_NUMBER = "the last number"


def wrong_number(failed: Failed) -> tuple[Wrong, ...]:
    """Return the number that was expected and the one that came, where an answer fails by it: models reason first."""
    expected, got = as_number(failed.case.expected), last_number(failed.answer.text)
    return () if expected is None or expected == got else (Wrong(LAST_NUMBER, _json(expected), _json(got)),)


def _json(number: Decimal | None) -> Json:
    """Return a number as JSON has it; as a text, where JSON has no such number."""
    if number is None:
        return None
    text = str(number)
    if len(text) > LONGEST:
        return text
    value = float(number)
    return int(value) if value.is_integer() and abs(value) < EXACT else value if math.isfinite(value) else text


def wrong_fields(failed: Failed, symptoms: tuple[str, ...]) -> tuple[Wrong, ...]:
    """Return each wrong field with what was expected and what came, in the order of the score's parts.

    Where the score has none, they are the keys whose values differ. Nothing is returned for an answer that fails by its
    form, or is no object: then it is to be read as a whole.
    """
    expected = failed.case.expected
    if not isinstance(expected, Mapping) or not all(one.startswith((WRONG_IN, OTHER_JSON)) for one in symptoms):
        return ()
    got = _object(failed.answer.text)
    if got is None:
        return ()
    low = [part for part, value in failed.score.parts.items() if value < 1.0]
    found = (Wrong(key, pick(expected, key), pick(got, key)) for key in low or dict.fromkeys([*expected, *got]))
    return tuple(one for one in found if not same_json(one.expected, one.got))


def _object(text: str) -> Mapping[str, Json] | None:
    try:
        value = read_json(text, fence="strip")
    except ValueError:
        return None
    return value if isinstance(value, Mapping) else None
