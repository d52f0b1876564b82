"""Whether the answer equals the expected text, ends trimmed.

An `expected` that is not a string (a number, a list, an object) is compared as JSON: key order and spacing do not
count, `1` equals `1.0`, and `1` is not `true`.

Options:
    ignore_case: compare case-folded (default false).

Example:
    scorers:
      - {type: exact, ignore_case: true}

"""

from typing import Any

from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Scorer
from llmops_cli.model.run import Score
from llmops_cli.score._json import read_json, same_json
from llmops_cli.score._options import boolean
from llmops_cli.score._score import NO_EXPECTED, binary, quote, unscored


def build(*, ignore_case: bool = False) -> Scorer:
    """Return the scorer for these options."""
    boolean("ignore_case", ignore_case)

    def same(expected: Any, answer: str) -> bool:
        if not isinstance(expected, str):
            return _equals_json(expected, answer)
        if ignore_case:
            return answer.strip().casefold() == expected.strip().casefold()
        return answer.strip() == expected.strip()

    def exact(case: Case, answer: Completion) -> Score:
        if case.expected is None:
            return unscored("exact", NO_EXPECTED)
        detail = f"expected {quote(case.expected)}, got {quote(answer.text)}"
        return binary("exact", detail, passed=same(case.expected, answer.text))

    return exact


def _equals_json(expected: Any, answer: str) -> bool:
    try:
        return same_json(expected, read_json(answer))
    except ValueError:
        return False
