"""Two words of JSON Schema as the standard means them, where Python means something else."""

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fractions import Fraction

_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]|\$", re.DOTALL)
_FLAGS = re.compile(r"\(\?[a-zA-Z]*m")


@cache
def pattern(said: str) -> str:
    r"""Return a `pattern` for Python: `$` is the end of the text there (ECMA 262), and not before a last newline."""
    if "$" not in said or _FLAGS.search(said):
        return said
    return _PART.sub(lambda part: r"\Z" if part[0] == "$" else part[0], said)


def is_multiple(value: Any, step: Any) -> bool:
    """Return whether a number is a whole multiple of a step, both as they are written: 19.99 is one of 0.01."""
    number, by = _exact(value), _exact(step)
    return number is not None and by is not None and by > 0 and (number / by).denominator == 1


def _exact(value: Any) -> "Fraction | None":
    from fractions import Fraction  # brings `decimal` along: 15 ms that a schema without such words does not pay

    if isinstance(value, int):
        return Fraction(value)
    return Fraction(repr(value)) if isinstance(value, float) and math.isfinite(value) else None
