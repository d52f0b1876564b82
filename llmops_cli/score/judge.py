"""What a model says of the answer, by a rubric that is a prompt of its own.

The rubric is told four texts: `inputs` (the case's inputs as JSON), `answer`, `expected` (JSON unless it is a text;
empty where the case has none) and `context` (the case's passages, a blank line between them). It declares those that it
prints as its `variables`, and is not told the others. It answers with JSON, {"score": 0.8, "reason": "…"}, or ends on
a line `SCORE: 0.8`, `PASS` or `FAIL`. Whatever else it says, a score outside the scale and a call that failed leave the
answer unscored: never a zero. An empty answer scores 0 and is not asked about.

With `against` it judges a pair: the answer and the case's `expected` (or `context`), told as `first` and `second`
instead of `answer`. It is asked in both orders, always, and says {"winner": "first", "reason": "…"} (or `second`,
`tie`), or ends on a line `FIRST`, `SECOND`, `TIE`, `[[A]]` or `[[B]]`. The answer gets 1 if it wins in both orders, 0
if it loses in both. Where the orders do not agree it is a tie, 0.5, counted as `inconsistent`. `pass_at: 0.5` means
"not worse".

A judge may gate once people's labels show that it tells good answers from bad ones (J = sensitivity + specificity − 1,
at least 0.5): `llmops eval show --format csv` writes the answers for people to label, `llmops review import` reads the
labels, `llmops eval calibrate` says J. Every answer costs one more call, a pair two.

Options:
    prompt: the id of the rubric prompt.
    scale: the lowest and the highest score that the rubric gives (default [0, 1]).
    against: `expected` or `context`: compare the answer with this text instead of scoring it alone.

Example:
    scorers:
      - {type: judge, prompt: judges/tone, scale: [1, 5], pass_at: 0.75}
      - {type: judge, name: better, prompt: judges/better, against: expected}

    and the rubric, prompts/judges/tone.yaml:

    schema: llmops/prompt@1
    id: judges/tone
    model: openai/gpt-4o-mini
    variables: {inputs: {trust: untrusted}, answer: {trust: untrusted}}
    messages:
      - role: system
        content: |
          Rate from 1 to 5 how friendly the answer is. Reply with JSON: {"score": 4, "reason": "…"}
      - role: user
        content: |
          <question>{{ inputs }}</question>
          <answer>{{ answer }}</answer>

"""

from __future__ import annotations  # model.ports names its records without importing them

import math
import re
from collections.abc import Sequence
from typing import Any

from llmops_cli.errors import UsageError
from llmops_cli.model.completion import Completion, Failure
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Ask, Scorer
from llmops_cli.model.run import Score
from llmops_cli.score._json import read_json
from llmops_cli.score._options import choice, text
from llmops_cli.score._pairwise import OPPONENTS, Against, compare
from llmops_cli.score._score import plain_text, quote, unscored

Json = Any
Scale = tuple[float, float]

_LINE = re.compile(
    r"(?:final |overall )?(?:score|rating) ?[:=] ?(-?\d{1,9}(?:\.\d{1,9})?)(?: ?/ ?(\d{1,9}))?", re.IGNORECASE
)
_VERDICT = re.compile(r"(?:(?:final )?(?:verdict|result|grade) ?[:=] ?)?(pass|fail)(?:ed)?", re.IGNORECASE)
_MARKUP = "*_#`>. \t"


def build(
    *, prompt: str, scale: Sequence[float] = (0, 1), against: Against | None = None, ask: Ask | None = None
) -> Scorer:
    """Return the scorer for these options; `ask` renders the rubric and calls its model."""
    text("prompt", prompt)
    bounds = _bounds(scale)
    if against is not None:
        choice("against", against, OPPONENTS)
        if bounds != (0.0, 1.0):
            raise UsageError("scale has no meaning beside against: a pair has a winner or is a tie", hint="drop scale")

    def judge(case: Case, answer: Completion) -> Score:
        said = answer.text if answer.text.strip() or not answer.tool_calls else plain_text(answer.tool_calls)
        if not said.strip():
            return Score("judge", 0.0, None, "the answer is empty")
        if ask is None:
            return unscored("judge", "no judge is at hand")
        if against is not None:
            return compare(case, said, against, ask)
        reply = ask(_inputs(case, said), case)
        if isinstance(reply, Failure):
            return unscored("judge", f"the judge gave no answer: {reply.code}: {reply.message}")
        return _read(reply.text, bounds)

    return judge


def _inputs(case: Case, answer: str) -> dict[str, str]:
    return {
        "inputs": plain_text(case.inputs),
        "answer": answer,
        "expected": plain_text(case.expected),
        "context": "\n\n".join(case.context),
    }


def _bounds(scale: Json) -> Scale:
    numbers = list(scale) if isinstance(scale, (list, tuple)) else []
    sound = len(numbers) == 2 and all(_is_finite(each) for each in numbers)  # noqa: PLR2004 - a lowest and a highest
    if not sound or numbers[0] >= numbers[1]:
        raise UsageError(f"scale is {quote(scale)}, not a lowest and a highest score", hint="write scale: [1, 5]")
    return float(numbers[0]), float(numbers[1])


def _read(reply: str, scale: Scale) -> Score:
    """Return the score that a judge's reply states: as JSON (all of it, or its last line), else in its last line."""
    lines = [line.strip() for line in reply.splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    stated = _from_json(reply) or _from_json(last) or _from_line(last.strip(_MARKUP), scale)
    if stated is None:
        return unscored("judge", f"the judge's reply states no score: {quote(last)}")
    score, reason = stated
    low, high = scale
    if not low <= score <= high:
        return unscored("judge", f"the judge's score {score:g} is not within {low:g} and {high:g}")
    return Score("judge", (score - low) / (high - low), None, reason or quote(last))


def _from_json(reply: str) -> tuple[float, str] | None:
    try:
        value = read_json(reply, fence="strip")
    except ValueError:
        return None
    score = value.get("score") if isinstance(value, dict) else None
    if score is None or not _is_finite(score):
        return None
    reason = value.get("reason", "")
    return float(score), reason if isinstance(reason, str) else plain_text(reason)


def _from_line(line: str, scale: Scale) -> tuple[float, str] | None:
    verdict = _VERDICT.fullmatch(line)
    if verdict:
        return scale[verdict[1].lower() == "pass"], ""
    stated = _LINE.fullmatch(line)
    if stated is None or (stated[2] and float(stated[2]) != scale[1]):  # 4/10 is no score on a scale up to 5
        return None
    return float(stated[1]), ""


def _is_finite(value: Json) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    try:
        return number and math.isfinite(value)
    except OverflowError:  # an integer beyond any float
        return False
