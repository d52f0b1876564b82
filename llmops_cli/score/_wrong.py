"""Which fields of an expected object an answer has wrong."""

from collections.abc import Mapping
from typing import Any

from llmops_cli.model.broken import Wrong
from llmops_cli.score._fields import pick
from llmops_cli.score._json import read_json, same_json
from llmops_cli.score._symptom import OTHER_JSON, WRONG_IN, Failed

Json = Any


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
