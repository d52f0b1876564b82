"""The number that an answer ends on, as an exact decimal."""

import re
from decimal import Decimal
from typing import Any

Json = Any

_NUMBER = re.compile(
    r"""
    (?P<sign>(?<![\w.)\]%])[-+\N{MINUS SIGN}])?    # 5-3 holds 5 and 3; -3 is negative only where nothing stands before
    (?:[$€£¥₹]\ ?)?
    (?P<inner>(?<=[$€£¥₹])[-\N{MINUS SIGN}])?      # $-5
    (?:
        (?P<whole>\d{1,3}(?:(?P<comma>[,_'\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}])\d{3})
                        (?:(?P=comma)\d{3})*(?!\d)|\d+)
        (?P<part>\.\d+)?
      | (?P<bare>(?<![\w.])\.\d+)
    )
    (?P<power>[eE][-+]?\d{1,6}(?![\w]))?
    """,
    re.VERBOSE | re.ASCII,
)
_SEPARATORS = str.maketrans("", "", ",_'\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}")


def last_number(text: str) -> Decimal | None:
    """Return the last number in a text, or None.

    Read: `1,234.50`, `$18.00`, `-$5`, `(12 %)` as 12, `1.5e-3`, `18.` as 18. A minus counts where no letter, digit or
    bracket stands before it, so that `16-3` ends on 3. The decimal mark is the point.
    """
    found = None
    for found in _NUMBER.finditer(text):  # noqa: B007 - the last one is wanted
        pass
    return _decimal(found) if found else None


def as_number(value: Json) -> Decimal | None:
    """Return the number that a JSON value is, or that a string ends on; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        number = Decimal(repr(value))
        return number if number.is_finite() else None
    return last_number(value) if isinstance(value, str) else None


def _decimal(found: re.Match[str]) -> Decimal:
    negative = (found["sign"] or "+") != "+" or bool(found["inner"])
    whole = (found["whole"] or "0").translate(_SEPARATORS)
    number = Decimal(f"{whole}{found['part'] or found['bare'] or ''}{found['power'] or ''}")
    return number.copy_negate() if negative else number
