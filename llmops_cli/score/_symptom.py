"""What kind of failure a failing answer is: the reader's first question, answered by looking at form before content."""

import re
from dataclasses import dataclass, replace

from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Scorer
from llmops_cli.model.run import Score
from llmops_cli.score._json import inside_fence, read_json
from llmops_cli.score.refusal import refuses

WRONG = "another answer"
JUDGED = "judged worse"
OTHER_JSON = "JSON of another content"
WRONG_IN = "wrong in "
"""What stands before the name of a field."""
_ABOUT_JSON = ("{", "[")
_MUCH = 2.0
_JSON_SCORERS = re.compile("json")


@dataclass(frozen=True, slots=True)
class Failed:
    """A failing answer and its score; `scorer` may score it anew (None: it must not, for that would ask a model).

    `judged`: a model's opinion; it may be of anything, so that a comparison with the expected answer explains nothing.
    """

    case: Case
    answer: Completion
    score: Score
    scorer: Scorer | None = None
    judged: bool = False

    def costs(self, mended: str) -> bool:
        """Return whether the answer would have scored better as `mended`: else what was mended is not why it failed."""
        if self.scorer is None:
            return not any(self.score.parts.values())  # what has a part right was read, whatever stands around it
        better = self.scorer(self.case, replace(self.answer, text=mended)).value
        return better is None or self.score.value is None or better > self.score.value


def symptoms(failed: Failed, *, usual_tokens: float | None = None) -> tuple[str, ...]:
    """Return in a few words how an answer fails. `usual_tokens`: how long the base's answers to this case are.

    Form goes first: an answer that is cut short, empty, refused or wrapped is that, whatever else is wrong with it, if
    the form cost it anything: a scorer may look inside a fence. There are several only where several fields are wrong.
    """
    case, answer = failed.case, failed.answer
    text = answer.text.strip()
    if not text and not answer.tool_calls:
        return ("refused by the provider" if refuses(answer) else "an empty answer",)
    if answer.finish_reason == "length":
        return ("cut short by max_tokens",)
    if refuses(answer) and not isinstance(case.expected, bool):
        return ("a refusal",)
    if failed.judged:
        return (_length(answer, usual_tokens) or JUDGED,)
    if isinstance(case.expected, (dict, list)) or _JSON_SCORERS.search(failed.score.scorer):
        form = _form_of_json(text, failed)
        return (form,) if form else _content(failed.score)
    return (_words(text, failed) or _length(answer, usual_tokens) or WRONG,)


def _content(score: Score) -> tuple[str, ...]:
    fields = tuple(f"{WRONG_IN}{part}" for part, value in score.parts.items() if value < 1.0)
    return fields or (OTHER_JSON,)


def _form_of_json(text: str, failed: Failed) -> str:
    """Return what keeps an answer from being read as JSON; "" where nothing does."""
    if _reads(text):
        return ""
    if "```" in text and _reads(text, fence="strip"):
        return "a fence around the JSON" if failed.costs(inside_fence(text)) else ""
    if any(mark in text for mark in _ABOUT_JSON):
        start = min(text.index(mark) for mark in _ABOUT_JSON if mark in text)
        end = max(text.rfind("}"), text.rfind("]")) + 1
        if end > start and _reads(text[start:end]):
            return "words around the JSON" if failed.costs(text[start:end]) else ""
        return "JSON that cannot be read"
    return "no JSON"


def _reads(text: str, fence: str = "strict") -> bool:
    try:
        read_json(text, fence=fence)
    except ValueError:
        return False
    return True


def _words(text: str, failed: Failed) -> str:
    """Return how a text misses the expected one by its form alone; "" where it does not."""
    expected = failed.case.expected
    if not isinstance(expected, str) or not expected.strip():
        return ""
    found = _near(text, expected.strip())
    return found if found and failed.costs(expected) else ""


def _near(text: str, wanted: str) -> str:
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
