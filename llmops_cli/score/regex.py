r"""Whether a regular expression matches anywhere in the answer.

The pattern is Python's. `^` and `$` are the ends of the answer unless the flag m is set. A pattern that accepts the
empty text accepts an empty answer. A search that takes more than 0.5 s of processor time is stopped and the answer is
unscored: a runaway pattern such as `(a+)+$` cannot hang a run.

Options:
    pattern: the regular expression.
    flags: letters; i ignores case, m lets ^ and $ match at each line, s lets . match a line end, x allows comments,
        a reads \w, \d and \s as ASCII (default none).

Example:
    scorers:
      - {type: regex, pattern: '^INV-\d{4}$', flags: i}

"""

import re

from llmops_cli.errors import UsageError
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Scorer
from llmops_cli.model.run import Score
from llmops_cli.score._options import text
from llmops_cli.score._score import binary, quote, unscored
from llmops_cli.score._search import found

_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE, "a": re.ASCII}


def build(*, pattern: str, flags: str = "") -> Scorer:
    """Return the scorer for these options."""
    bits = _bits(flags)
    _compile(text("pattern", pattern), bits)

    def regex(_case: Case, answer: Completion) -> Score:
        try:
            passed = found(pattern, answer.text, flags=bits)
        except TimeoutError as error:
            return unscored("regex", str(error))
        return binary("regex", f"{quote(pattern)} does not match {quote(answer.text)}", passed=passed)

    return regex


def _bits(flags: str) -> int:
    unknown = [letter for letter in flags if letter not in _FLAGS] if isinstance(flags, str) else [flags]
    if unknown:
        raise UsageError(f"flags has {quote(unknown[0])}, which is not known", hint=f"known: {', '.join(_FLAGS)}")
    return sum(_FLAGS[letter] for letter in set(flags))


def _compile(pattern: str, flags: int) -> None:
    try:
        re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(
            f"pattern is no regular expression: {error}", hint=r"a literal ( [ . * + ? is written \( \[ \. \* \+ \?"
        ) from error
