"""One field of an expected object against the same field of an answer."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from llmops_cli.errors import UsageError
from llmops_cli.model.prompt import canonical
from llmops_cli.score._date import iso_date
from llmops_cli.score._distance import similarity
from llmops_cli.score._number import as_number
from llmops_cli.score._options import choice, did_you_mean, mapping, share
from llmops_cli.score._score import plain_text

Json = Any
Normal = Callable[[Json], str | None]

KINDS = ("exact", "icase", "number", "date", "fuzzy")
_MOST_PAIRS = 10_000  # a list of fuzzy texts is compared pair by pair; an answer must not make that endless


@dataclass(frozen=True, slots=True)
class Comparator:
    """How one field is compared: `normal` gives the text that equal values share, or None for no such value.

    `at` below 1 lets texts that are only alike match.
    """

    kind: str
    normal: Normal
    at: float = 1.0


def comparator(key: str, option: Json, *, dayfirst: bool) -> Comparator:
    """Return the comparator that an option names: a word of KINDS, or a mapping with `type` and `at`."""
    settings = {"type": option} if isinstance(option, str) else dict(mapping(f"compare.{key}", option))
    kind = choice(f"compare.{key}", settings.pop("type", None), KINDS)
    at = share(f"compare.{key}.at", settings.pop("at", 0.9)) if kind == "fuzzy" else 1.0
    if settings:
        known = ("type", "at") if kind == "fuzzy" else ("type",)
        raise UsageError(f"compare.{key} has an unknown key {min(settings)}", hint=did_you_mean(min(settings), known))
    normals: dict[str, Normal] = {
        "exact": lambda value: canonical(value.strip() if isinstance(value, str) else value),
        "icase": lambda value: plain_text(value).strip().casefold(),
        "number": lambda value: _number_key(as_number(value)),
        "date": lambda value: iso_date(plain_text(value), dayfirst=dayfirst),
        "fuzzy": lambda value: " ".join(plain_text(value).casefold().split()),
    }
    return Comparator(kind, normals[kind], at)


def pick(value: Json, key: str) -> Json:
    """Return the value at a key; None where there is none. Dots go deeper, unless a key with dots is there itself."""
    if isinstance(value, Mapping) and key in value:
        return value[key]
    head, dot, rest = key.partition(".")
    if isinstance(value, Mapping):
        return pick(value[head], rest) if dot and head in value else None
    if isinstance(value, list) and head.isascii() and head.isdecimal() and int(head[:9]) < len(value):
        return pick(value[int(head[:9])], rest) if dot else value[int(head[:9])]
    return None


def field_f1(expected: Json, got: Json, how: Comparator) -> float:
    """Return the F1 of one field, 0..1. Raises `ValueError` where `expected` is nothing that `how` can compare.

    Null is absent. Both absent: 1. One absent: 0. A list is a multiset of its items, anything else a list of one:
    2 × matches ÷ (items expected + items got).
    """
    if expected is None or got is None:
        return float(expected is got)
    wanted = [_wanted(item, how) for item in _items(expected)]
    found = [how.normal(item) for item in _items(got)]
    if not wanted and not found:
        return 1.0
    return 2 * _matches(wanted, found, how.at) / (len(wanted) + len(found))


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _wanted(item: Json, how: Comparator) -> str:
    normal = how.normal(item)
    if normal is None:
        raise ValueError(f"is {plain_text(item)!r}, which is no {how.kind}")
    return normal


def _matches(wanted: Sequence[str], found: Sequence[str | None], at: float) -> int:
    usable = [text for text in found if text is not None]
    if at == 1 or len(wanted) * len(usable) > _MOST_PAIRS:
        return (Counter(wanted) & Counter(usable)).total()
    near = [[place for place, text in enumerate(usable) if similarity(want, text) >= at] for want in wanted]
    return _pairs(near)


def _pairs(near: Sequence[Sequence[int]]) -> int:
    """Return how many can be paired at most, each place once (Kuhn's augmenting paths), whatever the order."""
    taken: dict[int, int] = {}

    def place(index: int, seen: set[int]) -> bool:
        for spot in near[index]:
            if spot not in seen:
                seen.add(spot)
                if spot not in taken or place(taken[spot], seen):
                    taken[spot] = index
                    return True
        return False

    return sum(place(index, set()) for index in range(len(near)))


def _number_key(number: Decimal | None) -> str | None:
    if number is None:
        return None
    sign, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits))
    power = int(exponent) + len(text) - len(text.rstrip("0"))
    kept = text.strip("0")
    return f"{'-' if sign else ''}{kept}e{power}" if kept else "0"
