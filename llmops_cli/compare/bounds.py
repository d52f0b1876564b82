"""How the bounds of a number differ on two sides of a JSON Schema."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from llmops_cli.model.diff import Json
from llmops_cli.model.prompt import canonical

if TYPE_CHECKING:
    from fractions import Fraction

Reach = Literal["wider", "narrower", "apart", "unknown"]
Found = tuple[str, Reach, str]
"""The keyword, its reach, and what happened in words."""


def compare(before: Mapping[str, Json], after: Mapping[str, Json], *, whole: bool) -> Iterator[Found]:
    """Yield what differs in the bounds; `whole` says that only whole numbers come."""
    for key, strict, sign in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
        limits = [side.get(name) for side in (before, after) for name in (key, strict)]
        if all(limit is None or is_number(limit) for limit in limits):
            one, other = (_strictest(side.get(key), side.get(strict), sign, whole) for side in (before, after))
            if one != other:
                narrower = one is None or (other is not None and other > one)
                words = f"{key} {_word(before, key, strict)} → {_word(after, key, strict)}"
                yield key if other is None or not other[1] else strict, "narrower" if narrower else "wider", words
        elif canonical(limits[:2]) != canonical(limits[2:]):
            yield key, "unknown", key
    one, other = (_step(side.get("multipleOf"), whole) for side in (before, after))
    if canonical(one) != canonical(other):
        yield "multipleOf", _multiples(one, other), "multipleOf"


def is_number(value: Json) -> bool:
    """Return whether this is a number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _word(side: Mapping[str, Json], key: str, strict: str) -> str:
    words = {key: "{}", strict: "{} (itself out)"}
    return " and ".join(word.format(side[name]) for name, word in words.items() if name in side) or "none"


def _strictest(limit: Json, strict: Json, sign: int, whole: bool) -> tuple[float, bool] | None:  # noqa: FBT001  as above
    """Return the bound that holds, larger for stricter, and whether the bound itself is out.

    Of whole numbers, `> 2`, `≥ 2.5` and `≥ 3` say the same.
    """
    said = [(sign * value, out) for value, out in ((limit, False), (strict, True)) if value is not None]
    if whole:
        said = [(math.floor(value) + 1 if out else math.ceil(value), False) for value, out in said]
    return max(said, default=None)


def _step(said: Json, whole: bool) -> Json:  # noqa: FBT001  as above
    """Return the step; of whole numbers, steps of 0.5 are none, and steps of 1.5 are steps of 3."""
    step = exact(said)
    if step is None or step <= 0 or not whole:
        return said
    return None if step.numerator == 1 else step.numerator


def exact(said: Json) -> "Fraction | None":
    """Return the finite number as it is written, 0.1 as a tenth; None for anything else."""
    from fractions import Fraction  # brings `decimal` along: 15 ms that a schema without such words does not pay

    return Fraction(repr(said)) if is_number(said) and math.isfinite(said) else None


def _multiples(one: Json, other: Json) -> Reach:
    if one is None or other is None:
        return "narrower" if one is None else "wider"
    old, new = exact(one), exact(other)
    if old is None or new is None or old <= 0 or new <= 0:
        return "unknown"
    if (old / new).denominator == 1:
        return "wider"
    return "narrower" if (new / old).denominator == 1 else "unknown"
