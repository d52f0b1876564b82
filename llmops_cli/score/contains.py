"""Whether a text, all of several texts or any of them stands in the answer.

Options:
    value: the text to look for.
    all: a list of texts; every one must be there.
    any: a list of texts; one is enough.
    ignore_case: compare case-folded (default false).

At most one of value, all and any. Without one, the case's `expected` is looked for: a text or a number, or a list of
texts of which all must be there.

Example:
    scorers:
      - {type: contains, any: [refund, money back], ignore_case: true}

"""

from collections.abc import Sequence

from llmops_cli.errors import UsageError
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Scorer
from llmops_cli.model.prompt import canonical
from llmops_cli.model.run import Score
from llmops_cli.score._options import Json, boolean, text, texts
from llmops_cli.score._score import NO_EXPECTED, binary, quote, unscored


def build(
    *,
    value: str | None = None,
    all: Sequence[str] | None = None,  # noqa: A002 - the option's name in the file
    any: Sequence[str] | None = None,  # noqa: A002 - the option's name in the file
    ignore_case: bool = False,
) -> Scorer:
    """Return the scorer for these options."""
    boolean("ignore_case", ignore_case)
    fixed = _fixed(value, all, any)
    one_is_enough = any is not None

    def contains(case: Case, answer: Completion) -> Score:
        wanted = fixed or _from_expected(case.expected)
        if isinstance(wanted, str):
            return unscored("contains", wanted)
        said = answer.text.casefold() if ignore_case else answer.text
        missing = [each for each in wanted if (each.casefold() if ignore_case else each) not in said]
        passed = len(missing) < len(wanted) if one_is_enough else not missing
        return binary("contains", f"not in the answer: {', '.join(quote(each) for each in missing)}", passed=passed)

    return contains


def _fixed(value: Json, every: Json, some: Json) -> tuple[str, ...]:
    """Return the texts that the options name; none means that each case names its own."""
    given = {"value": value, "all": every, "any": some}
    named = [name for name, option in given.items() if option is not None]
    if len(named) > 1:
        raise UsageError(
            f"contains takes one of value, all and any, not {' and '.join(named)}", hint=f"keep {named[0]}"
        )
    if value is not None:
        return (text("value", value),)
    return texts(named[0], given[named[0]]) if named else ()


def _from_expected(expected: Json) -> tuple[str, ...] | str:
    """Return the texts to look for, or why there are none."""
    if expected is None:
        return NO_EXPECTED
    items = expected if isinstance(expected, list) else [expected]
    wanted = tuple(canonical(item) if _is_number(item) else item for item in items)
    if not wanted or not all(isinstance(item, str) and item for item in wanted):
        return f"expected is {quote(expected)}, not a text to look for or a list of them"
    return wanted


def _is_number(item: Json) -> bool:
    return isinstance(item, (int, float)) and not isinstance(item, bool)
