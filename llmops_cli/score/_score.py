"""The ways to say what one answer is worth, and how foreign text is quoted in them."""

from typing import Any

from llmops_cli.model.completion import Completion
from llmops_cli.model.prompt import canonical
from llmops_cli.model.run import Score

Json = Any
NO_EXPECTED = "the case has no expected"
_QUOTED_CHARACTERS = 80
_WITHHELD = frozenset({"content_filter", "error"})


def binary(scorer: str, detail: str = "", *, passed: bool) -> Score:
    """Return a score that passes (1.0) or fails (0.0); a pass needs no detail."""
    return Score(scorer, float(passed), passed, "" if passed else detail)


def unscored(scorer: str, reason: str) -> Score:
    """Return the score of an answer that could not be scored: no value, never a zero."""
    return Score(scorer, None, None, reason)


def withheld(answer: Completion) -> bool:
    """Whether there is nothing to judge because the provider kept the text back or broke off before it."""
    said = answer.text.strip() or answer.tool_calls or answer.refusal
    return answer.finish_reason in _WITHHELD and not said


def quote(value: Json, *, limit: int = _QUOTED_CHARACTERS) -> str:
    """Return a value as one short printable line, a text in quotes: what a model wrote may hold terminal escapes."""
    written = value if isinstance(value, str) else _written(value)
    shown = repr(written if len(written) <= limit else written[:limit] + "…")
    return shown if isinstance(value, str) else shown[1:-1]


def plain_text(value: Json) -> str:
    """Return a JSON value as text: a string as it is, null as nothing, all else as canonical JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else canonical(value)


def _written(value: Json) -> str:
    try:
        return canonical(value)
    except (TypeError, ValueError):  # an option may be NaN or a date, which YAML knows and JSON does not
        return str(value)
