"""Scores for tests, made the way an eval set makes them."""

from typing import Any

from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case, ScorerSpec
from llmops_cli.model.ports import Ask, Scorer
from llmops_cli.model.run import Score
from llmops_cli.plugins import find
from llmops_cli.score._make import make

RESERVED = {"not": "negate", "pass_at": "pass_at"}


def scorer(kind: str, options: dict[str, Any] | None = None, *, ask: Ask | None = None) -> Scorer:
    """Return the scorer that these options of a file make; `not` and `pass_at` stand among them, as in a file."""
    options = dict(options or {})
    fields = {field: options.pop(key) for key, field in RESERVED.items() if key in options}
    return make(ScorerSpec(kind, kind, options, **fields), find("score", kind), ask=ask)


def score(
    kind: str, answer: str | Completion, expected: Any = None, *, ask: Ask | None = None, **options: Any
) -> Score:
    """Return the score of one answer."""
    said = answer if isinstance(answer, Completion) else Completion(answer)
    return scorer(kind, options, ask=ask)(Case("c", {"q": "?"}, expected=expected), said)
