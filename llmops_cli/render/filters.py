"""The filters that a template may use: a short list, each of a cost that is linear in what it is given.

What could make much of little (`replace`, `join`, `indent`, `tojson`, `round`) is capped before it works.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2.exceptions import FilterArgumentError
from jinja2.runtime import Undefined

from llmops_cli.render.foreign import FOREIGN
from llmops_cli.render.printed import MAX_CHARACTERS, printed

MAX_INDENT = 64
MAX_DIGITS = 15


def tojson(value: Any, indent: int | None = None) -> str:
    """Return JSON with sorted keys, every character as it is (a prompt is no HTML)."""
    _at_most(indent or 0, MAX_INDENT, "the indent of tojson")
    return json.dumps(value, indent=indent, sort_keys=True, ensure_ascii=False, allow_nan=False, default=_strict)


def join(value: Sequence[Any], separator: str = "", attribute: str | None = None) -> str:
    """Return the items, or one key of each, with the separator between them."""
    items = [_text(item[attribute] if attribute is not None else item) for item in value]
    _at_most(len(items) * len(_text(separator)), MAX_CHARACTERS, "the text that join makes")
    return _text(separator).join(items)


def upper(value: Any) -> str:
    """Return the text in upper case."""
    return _text(value).upper()


def lower(value: Any) -> str:
    """Return the text in lower case."""
    return _text(value).lower()


def title(value: Any) -> str:
    """Return the text with each word's first letter in upper case."""
    return _text(value).title()


def capitalize(value: Any) -> str:
    """Return the text with its first letter in upper case and the others in lower case."""
    return _text(value).capitalize()


def trim(value: Any, characters: str | None = None) -> str:
    """Return the text without white space (or `characters`) at its ends."""
    return _text(value).strip(characters)


def string(value: Any) -> str:
    """Return what `{{ value }}` would print."""
    return _text(value)


def length(value: Any) -> int:
    """Return the number of characters, items or keys."""
    return len(value)


def default(value: Any, replacement: Any = "", boolean: bool = False) -> Any:  # noqa: FBT001, FBT002 - jinja2's own
    """Return the replacement for a value that is not given (or, with `boolean`, false)."""
    return replacement if isinstance(value, Undefined) or (boolean and not value) else value


def replace(value: Any, old: str, new: str, count: int = -1) -> str:
    """Return the text with `old` replaced by `new`."""
    text, new = _text(value), _text(new)
    _at_most(len(text) + text.count(old) * len(new), MAX_CHARACTERS, "the text that replace makes")
    return text.replace(old, new, count)


def indent(value: Any, width: int = 4, first: bool = False, blank: bool = False) -> str:  # noqa: FBT001, FBT002 - jinja2's own
    """Return the text with each line but the first (and blank ones) moved to the right."""
    _at_most(width, MAX_INDENT, "the width of indent")
    before = " " * width
    lines = _text(value).split("\n")
    moved = [before + line if line.strip() or blank else line for line in lines[1:]]
    return "\n".join([before + lines[0] if first else lines[0], *moved])


def round_(value: float, precision: int = 0) -> float:
    """Return the number rounded; a whole number without digits after the point stays whole."""
    _at_most(abs(precision), MAX_DIGITS, "the precision of round")
    return round(value, precision) if precision else round(value)


def first(value: Any) -> Any:
    """Return the first item."""
    return _one(value, 0)


def last(value: Any) -> Any:
    """Return the last item."""
    return _one(value, -1)


def sort(value: Any, reverse: bool = False) -> list[Any]:  # noqa: FBT001, FBT002 - jinja2's own
    """Return the items sorted."""
    return sorted(value, reverse=reverse)


def unique(value: Any) -> list[Any]:
    """Return the items without repeats, in their order."""
    seen: dict[str, Any] = {}
    for item in value:
        seen.setdefault(json.dumps(item, sort_keys=True), item)
    return list(seen.values())


def list_(value: Any) -> list[Any]:
    """Return the items, or keys, or characters."""
    return list(value)


def truncate(value: Any, characters: int = 255, killwords: bool = False, end: str = "...") -> str:  # noqa: FBT001, FBT002 - jinja2's own
    """Return the text cut at a word (or, with `killwords`, anywhere) so that it has at most so many characters."""
    text = _text(value)
    if len(text) <= characters:
        return text
    _at_most(len(end), max(characters, 0), "the end of truncate")
    kept = text[: characters - len(end)]
    return (kept if killwords else kept.rsplit(" ", 1)[0]) + end


def int_(value: Any) -> int:
    """Return a whole number; unlike jinja2's own, a text that is no number is an error and not 0."""
    return int(value)


def float_(value: Any) -> float:
    """Return a number; a text that is no number is an error."""
    return float(value)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "tojson": tojson,
    "join": join,
    "upper": upper,
    "lower": lower,
    "title": title,
    "capitalize": capitalize,
    "trim": trim,
    "length": length,
    "count": length,
    "default": default,
    "d": default,
    "replace": replace,
    "indent": indent,
    "round": round_,
    "first": first,
    "last": last,
    "sort": sort,
    "unique": unique,
    "list": list_,
    "truncate": truncate,
    "int": int_,
    "float": float_,
    "string": string,
    **FOREIGN,
}


def _text(value: Any) -> str:
    return str(value) if isinstance(value, Undefined) else printed(value)


def _one(value: Any, index: int) -> Any:
    items = list(value) if isinstance(value, dict) else value
    if not len(items):
        raise FilterArgumentError("an empty list has no first or last item")
    return items[index]


def _strict(value: Any) -> Any:
    if isinstance(value, Undefined):
        str(value)  # raises, with the name
    raise TypeError(f"{type(value).__name__} is not JSON")


def _at_most(value: int, cap: int, what: str) -> None:
    if value > cap:
        raise FilterArgumentError(f"{what} is {value}, over the cap of {cap}")
