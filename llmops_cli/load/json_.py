"""Text → a value: strict JSON, with the line and column of what is wrong.

Stricter than Python's: no NaN, no duplicate key, no lone surrogate, no NUL, at most 64 levels and 20,000 lists and
objects, no number beyond a finite float.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from json.decoder import JSONDecodeError
from typing import Any, NamedTuple

MAX_DEPTH = 64
MAX_PARTS = 20_000

BRACKET = re.compile(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+"?)*+([\[\]{}])', re.DOTALL)
TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}:]')
CONSTANT = re.compile(r'"(?:[^"\\]++|\\.)*+"|(-?(?:NaN|Infinity))')
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
NUMBER = re.compile(r'"(?:[^"\\]++|\\.)*+"|(-?[0-9][0-9.eE+-]*)')
PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F]")
PAIR_OR_ESCAPE = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\.", re.DOTALL)
STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
MAX_DIGITS = 4300


class Flaw(NamedTuple):
    """What is wrong with a JSON text: a code (LE001 …), the character where, and how wide it is."""

    code: str
    offset: int
    message: str
    width: int = 1


class KeyPlace(NamedTuple):
    """A key of a JSON text: which object it is in (numbered), at which depth, and where key and value begin."""

    object: int
    depth: int
    key: str
    offset: int
    value_offset: int


class _Refused(ValueError):  # noqa: N818 - carries a code to `parse`, nobody else sees it
    """Raised by the hooks below; says which flaw."""


def parse(text: str) -> tuple[Any, Flaw | None]:
    """Return the value, or what is wrong."""
    if text.count("{") + text.count("[") > MAX_DEPTH and (flaw := _too_deep(text)):
        return None, flaw
    try:
        value = _decode(text)
    except JSONDecodeError as error:
        return None, Flaw("LE001", min(error.pos, len(text)), f"not JSON: {_lower(error.msg)}")
    except _Refused as error:
        return None, _locate(text, str(error))
    except ValueError:
        return None, _locate(text, "LE001")
    if "\\u" in text and (flaw := _escapes(text)):
        return None, flaw
    return value, None


def whole_pairs(text: str) -> str:
    """Return a JSON text with each surrogate pair as the one escape that YAML has for it; any other text as it is.

    Two spaces behind the string make up for what is shorter: everything else stays where it is.
    """
    if not PAIR.search(text) or not text.lstrip().startswith(("{", "[")) or parse(text)[1] is not None:
        return text
    return STRING.sub(lambda string: _one_escape(string[0]), text)


def _one_escape(string: str) -> str:
    found = 0

    def joined(escape: re.Match[str]) -> str:
        nonlocal found
        if not escape[1]:
            return escape[0]
        found += 1
        return f"\\U{0x10000 + ((int(escape[1], 16) - 0xD800) << 10) + int(escape[2], 16) - 0xDC00:08X}"

    return PAIR_OR_ESCAPE.sub(joined, string) + "  " * found


def keys(text: str) -> Iterator[KeyPlace]:
    """Yield the keys of a valid JSON text in order."""
    open_objects: list[int] = []
    count = 0
    last = None
    for token in TOKEN.finditer(text):
        sign = text[token.start()]
        if sign == '"':
            last = token
        elif sign in "{[":
            count += 1
            open_objects.append(count)
        elif sign in "}]":
            open_objects.pop()
        elif last is not None:
            value = token.end()
            while text[value] in " \t\r\n":
                value += 1
            yield KeyPlace(open_objects[-1], len(open_objects), json.loads(last[0]), last.start(), value)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Refused("LE002")
    return value


def _constant(_: str) -> float:
    raise _Refused("LE003")


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _Refused("LE001")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_float)
_SCAN: Callable[[str, int], tuple[Any, int]] = _DECODER.scan_once  # type: ignore[attr-defined] # not in typeshed


def _decode(text: str) -> Any:
    """Return the value. A text without space around it, as a line mostly is, takes the short way."""
    try:
        value, end = _SCAN(text, 0)
    except StopIteration:
        return _DECODER.decode(text)
    return value if end == len(text) else _DECODER.decode(text)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _too_deep(text: str) -> Flaw | None:
    depth = parts = offset = 0
    while bracket := BRACKET.match(text, offset):
        offset = bracket.end()
        if bracket[1] in "]}":
            depth -= 1
            continue
        depth += 1
        parts += 1
        if depth > MAX_DEPTH:
            return Flaw("LE006", offset - 1, f"nested deeper than {MAX_DEPTH} levels")
        if parts > MAX_PARTS:
            return Flaw("LE006", offset - 1, f"more than {MAX_PARTS} lists and objects")
    return None


def _locate(text: str, code: str) -> Flaw:
    """Return the flaw that a hook found without knowing where. The text before it is valid."""
    find = {"LE002": _duplicate, "LE003": _not_a_number}.get(code, _large_number)
    return find(text) or Flaw(code, 0, "not JSON")


def _duplicate(text: str) -> Flaw | None:
    seen: set[tuple[int, str]] = set()
    for place in keys(text):
        if (place.object, place.key) in seen:
            return Flaw("LE002", place.offset, f"the key {place.key!r} stands twice", len(place.key) + 2)
        seen.add((place.object, place.key))
    return None


def _not_a_number(text: str) -> Flaw | None:
    tokens = (token for token in CONSTANT.finditer(text) if token[1])
    return next((Flaw("LE003", token.start(), f"{token[1]} is not JSON", len(token[1])) for token in tokens), None)


def _large_number(text: str) -> Flaw | None:
    for token in NUMBER.finditer(text):
        if token[1] and (len(token[1]) > MAX_DIGITS or math.isinf(float(token[1]))):
            return Flaw("LE001", token.start(), "the number is out of range", len(token[1]))
    return None


def _escapes(text: str) -> Flaw | None:
    high: re.Match[str] | None = None
    for escape in ESCAPE.finditer(text):
        number = int(escape[1], 16) if escape[1] else 0x20
        if high is not None:
            if 0xDC00 <= number <= 0xDFFF and escape.start() == high.end():  # noqa: PLR2004 - the low surrogates
                high = None
                continue
            return _lone(high)
        if number == 0:
            return Flaw("LE005", escape.start(), "a NUL character", 6)
        if 0xDC00 <= number <= 0xDFFF:  # noqa: PLR2004 - a low surrogate without a high one
            return _lone(escape)
        high = escape if 0xD800 <= number <= 0xDBFF else None  # noqa: PLR2004 - the high surrogates
    return _lone(high) if high is not None else None


def _lone(escape: re.Match[str]) -> Flaw:
    return Flaw("LE004", escape.start(), f"half of a surrogate pair: {escape[0]}", 6)
