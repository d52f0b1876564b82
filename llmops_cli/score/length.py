"""Whether the answer is neither too short nor too long, ends trimmed.

Options:
    at_least: the shortest length that passes (default 1: an empty answer fails).
    at_most: the longest length that passes.
    unit: chars, words (split at white space) or lines (default chars).

At least one of at_least and at_most. (`min` is another thing: the floor of a scorer's mean.)

Example:
    scorers:
      - {type: length, at_most: 120, unit: words}

"""

from typing import Literal

from llmops_cli.errors import UsageError
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Scorer
from llmops_cli.model.run import Score
from llmops_cli.score._options import choice, count
from llmops_cli.score._score import binary

_UNITS = ("chars", "words", "lines")


def build(
    *, at_least: int | None = None, at_most: int | None = None, unit: Literal["chars", "words", "lines"] = "chars"
) -> Scorer:
    """Return the scorer for these options."""
    choice("unit", unit, _UNITS)
    if at_least is None and at_most is None:
        raise UsageError("length has no limit", hint="write at_most: 500, at_least: 20 or both")
    shortest = 1 if at_least is None else count("at_least", at_least)
    longest = None if at_most is None else count("at_most", at_most)
    if longest is not None and longest < shortest:
        raise UsageError(f"at_most is {longest}, below at_least, {shortest}", hint="swap the two, or drop one")

    def length(_case: Case, answer: Completion) -> Score:
        found = _measure(answer.text.strip(), unit)
        if found < shortest:
            return binary("length", f"{found} {unit}, at least {shortest} wanted", passed=False)
        passed = longest is None or found <= longest
        return binary("length", f"{found} {unit}, at most {longest} wanted", passed=passed)

    return length


def _measure(text: str, unit: str) -> int:
    if unit == "words":
        return len(text.split())
    if unit == "lines":
        return text.count("\n") + 1 if text else 0
    return len(text)
