"""What kind of failure a failing answer is: the reader's first question, answered by looking at form before content."""

import re

from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.run import Score
from llmops_cli.score._json import read_json
from llmops_cli.score.refusal import refuses

WRONG = "another answer"
_ABOUT_JSON = ("{", "[")
_MUCH = 2.0
SHOWN = 3
_JSON_SCORERS = re.compile("json")


def symptom(case: Case, answer: Completion, score: Score, *, usual_tokens: float | None = None) -> str:
    """Return in a few words how an answer fails. `usual_tokens`: how long the base's answers to this case are.

    Form goes first: an answer that is cut short, empty, refused or wrapped is that, whatever else is wrong with it.
    """
    text = answer.text.strip()
    if not text and not answer.tool_calls:
        return "refused by the provider" if refuses(answer) else "an empty answer"
    if answer.finish_reason == "length":
        return "cut short by max_tokens"
    if refuses(answer) and not isinstance(case.expected, bool):
        return "a refusal"
    if _wants_json(case, score):
        return _json(text, score)
    return _words(text, case) or _length(answer, usual_tokens) or WRONG


def _wants_json(case: Case, score: Score) -> bool:
    return isinstance(case.expected, (dict, list)) or bool(_JSON_SCORERS.search(score.scorer)) or bool(score.parts)


def _json(text: str, score: Score) -> str:
    if _reads(text):
        low = sorted(part for part, value in score.parts.items() if value < 1.0)
        if low:
            return "wrong in " + ", ".join(low[:SHOWN]) + (f" (+{len(low) - SHOWN})" if len(low) > SHOWN else "")
        return "JSON of another content"
    if "```" in text and _reads(text, fence="strip"):
        return "a fence around the JSON"
    if any(mark in text for mark in _ABOUT_JSON):
        start = min(text.index(mark) for mark in _ABOUT_JSON if mark in text)
        end = max(text.rfind("}"), text.rfind("]")) + 1
        if end > start and _reads(text[start:end]):
            return "words around the JSON"
        return "JSON that cannot be read"
    return "no JSON"


def _reads(text: str, fence: str = "strict") -> bool:
    try:
        read_json(text, fence=fence)
    except ValueError:
        return False
    return True


def _words(text: str, case: Case) -> str:
    """Return how a text misses the expected one by its form alone; "" where it does not."""
    if not isinstance(case.expected, str) or not case.expected.strip():
        return ""
    wanted = case.expected.strip()
    if text == wanted:
        return ""
    if text.casefold() == wanted.casefold():
        return "right but for upper and lower case"
    if _bare(text) == _bare(wanted):
        return "right but for quotes, marks or spaces"
    if _bare(wanted) and f" {_bare(wanted)} " in f" {_bare(text)} ":
        return "the right answer with words around it"
    return ""


def _bare(text: str) -> str:
    """Return the words alone: no marks, no case, single spaces."""
    return " ".join(re.sub(r"[^\w]+", " ", text.casefold()).split())


def _length(answer: Completion, usual_tokens: float | None) -> str:
    tokens = answer.usage.output_tokens
    whole = None if tokens is None or answer.usage.input_tokens is None else tokens + answer.usage.input_tokens
    if whole is None or not usual_tokens:
        return ""
    if whole > _MUCH * usual_tokens:
        return "much longer than before"
    return "much shorter than before" if whole * _MUCH < usual_tokens else ""
