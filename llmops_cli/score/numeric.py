"""Whether the last number in the answer is the expected one.

The last number counts because models reason first. `1,234.50`, `$18`, `-5`, `45 %` (read as 45), `1.5e-3` and a
trailing period are understood; the decimal mark is the point. `expected` is a number, or a text whose last number
counts. Arithmetic is decimal, so 0.1 + 0.2 is 0.3.

Options:
    tolerance: how far the answer may be off (default 0).
    rel_tolerance: how far it may be off as a share of the expected number, 0.01 = 1 % (default 0). The wider one holds.

Example:
    scorers:
      - {type: numeric, rel_tolerance: 0.01}

"""

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal

from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Scorer
from llmops_cli.model.run import Score
from llmops_cli.score._number import as_number, last_number
from llmops_cli.score._options import amount
from llmops_cli.score._score import NO_EXPECTED, binary, quote, unscored

_DIGITS = 50
_SHOWN_CHARACTERS = 40


def build(*, tolerance: float = 0, rel_tolerance: float = 0) -> Scorer:
    """Return the scorer for these options."""
    absolute = Decimal(repr(amount("tolerance", tolerance)))
    relative = Decimal(repr(amount("rel_tolerance", rel_tolerance)))

    def numeric(case: Case, answer: Completion) -> Score:
        if case.expected is None:
            return unscored("numeric", NO_EXPECTED)
        expected = as_number(case.expected)
        if expected is None:
            return unscored("numeric", f"expected is {quote(case.expected)}, which holds no number")
        got = last_number(answer.text)
        if got is None:
            return binary("numeric", f"expected {_short(expected)}, got no number", passed=False)
        passed = got == expected or _near(got, expected, absolute, relative)
        return binary("numeric", f"expected {_short(expected)}, got {_short(got)}", passed=passed)

    return numeric


def _near(got: Decimal, expected: Decimal, absolute: Decimal, relative: Decimal) -> bool:
    """Whether two numbers differ by no more than the wider of the two tolerances."""
    if not absolute and not relative:
        return False
    # Its own context, because an answer such as 1e999999 must not trap, and because a context is not shared by threads.
    context = Context(prec=_DIGITS, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
    allowed = context.max(absolute, context.multiply(relative, context.abs(expected)))
    return context.abs(context.subtract(got, expected)) <= allowed


def _short(number: Decimal) -> str:
    text = str(number)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
