"""How the bounds of a number differ on two sides of a JSON Schema."""

import math
from collections.abc import Iterator, Mapping
from typing import Literal

from llmops_cli.model.diff import Json
from llmops_cli.model.prompt import canonical

Reach = Literal["wider", "narrower", "unknown"]
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
    return None if whole and is_number(said) and said == 1 else said


def _multiples(one: Json, other: Json) -> Reach:
    if one is None or other is None:
        return "narrower" if one is None else "wider"
    whole = isinstance(one, int) and isinstance(other, int) and one > 0 and other > 0
    if whole and one % other == 0:
        return "wider"
    return "narrower" if whole and other % one == 0 else "unknown"
