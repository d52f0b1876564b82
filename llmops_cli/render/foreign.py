"""Filters that give a template the rules of the language it was translated from: Handlebars, as dotprompt has it.

A variable without a value, null and a path that leads nowhere are all the same to them: nothing. What two runtimes of
that language would print differently is an error here: JavaScript's tells a missing value from null, Python's does not.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2.exceptions import FilterArgumentError
from jinja2.runtime import Undefined

from llmops_cli.render.printed import MAX_CHARACTERS, printed

MAX_INDENT = 10
MAX_DEPTH = 64
LARGE, SMALL = 1e21, 1e-6
_INDEX = re.compile("0|[1-9][0-9]{0,8}")


def text(value: Any) -> str:
    """Return what a value prints there: nothing for null, 1 for 1.0, items with commas for a list."""
    return _text(value, 0)


def dig(value: Any, *keys: str | int) -> Any:
    """Return what lies at a path in the value, key by key, and null where it leads nowhere."""
    for key in keys:
        value = _step(value, key)
    return value


def holds(value: Any, zero: bool = False) -> bool:  # noqa: FBT001, FBT002 - as a template says it
    """Return whether `{{#if value}}` holds: an empty object does, an empty list does not, 0 only with `zero`."""
    if isinstance(value, Undefined) or value is None or value is False or value == "":
        return False
    if isinstance(value, (list, tuple)):
        return len(value) > 0
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == 0:
        return zero
    return True


def entries(value: Any) -> list[tuple[Any, Any]]:
    """Return what `{{#each value}}` goes through: place and item of a list, key and value of an object, or nothing."""
    if isinstance(value, Mapping):
        _one_order(value)
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, (list, tuple)) else []


def same(value: Any, other: Any) -> bool:
    """Return whether two values are equal and of one type: 5 is not "5", and true is not 1."""
    one, two = _plain(value), _plain(other)
    if one is None and two is None and isinstance(value, Undefined) != isinstance(other, Undefined):
        raise FilterArgumentError("whether a missing value is null differs between dotprompt's runtimes; give it one")
    if isinstance(one, (Mapping, list, tuple)) and isinstance(two, (Mapping, list, tuple)):
        raise FilterArgumentError("same compares texts, numbers, booleans and null, no lists or mappings")
    return isinstance(one, bool) == isinstance(two, bool) and bool(one == two)


def stringify(value: Any, indent: int = 0) -> str:
    """Return JSON as JavaScript writes it: keys in their order, no spaces unless indented, every character as it is."""
    if not 0 <= indent <= MAX_INDENT:
        raise FilterArgumentError(f"the indent of stringify is at most {MAX_INDENT}")
    if isinstance(value, Undefined):
        raise FilterArgumentError("the JSON of a missing value differs between dotprompt's runtimes; give it one")
    plain = {key: item for key, item in value.items() if not isinstance(item, Undefined)} if _is_map(value) else value
    _one_form(plain, 0)
    separators = None if indent else (",", ":")
    return json.dumps(_plain(plain), indent=indent or None, separators=separators, ensure_ascii=False, allow_nan=False)


def margin(value: str, before: str) -> str:
    """Return the text, `before` put before each of its lines, but not before an empty last one."""
    lines = value.split("\n")
    if len(value) + len(lines) * len(before) > MAX_CHARACTERS:
        raise FilterArgumentError(f"the text that margin makes is longer than {MAX_CHARACTERS} characters")
    last = len(lines) - 1
    return "\n".join(line if not line and place == last else before + line for place, line in enumerate(lines))


def not_blank(value: Any) -> str:
    """Return the text; an error for one of white space only, of which dotprompt would make no message at all."""
    made = _text(value, 0)
    if not made.strip():
        raise FilterArgumentError("the message is blank; dotprompt would leave it out")
    return made


FOREIGN: Mapping[str, Callable[..., Any]] = {
    "text": text,
    "dig": dig,
    "holds": holds,
    "entries": entries,
    "same": same,
    "stringify": stringify,
    "margin": margin,
    "not_blank": not_blank,
}


def _plain(value: Any) -> Any:
    return None if isinstance(value, Undefined) else value


def _is_map(value: Any) -> bool:
    return isinstance(value, Mapping)


def _text(value: Any, depth: int) -> str:
    if isinstance(value, Undefined) or value is None:
        return ""
    if isinstance(value, (list, tuple)) and depth < MAX_DEPTH:
        return ",".join(_text(item, depth + 1) for item in value)
    if isinstance(value, float):
        if not math.isfinite(value) or (value and not SMALL <= abs(value) < LARGE):
            raise FilterArgumentError(f"the number {value} is printed differently everywhere; give it as text")
        return str(int(value)) if value.is_integer() else str(value)
    return printed(value)


def _step(value: Any, key: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(str(key))
    if isinstance(value, (list, tuple, str)):
        if str(key) == "length" or (isinstance(value, str) and str(key).isdecimal()):
            raise FilterArgumentError(f"{key} of a {'text' if isinstance(value, str) else 'list'} is no value here")
        if not isinstance(value, str) and str(key).isdecimal() and int(key) < len(value):
            return value[int(key)]
    return None


def _one_form(value: Any, depth: int) -> None:
    """Raise where JavaScript would write `1` and Python `1.0`, or the keys of an object in another order."""
    if isinstance(value, Mapping):
        _one_order(value)
    if isinstance(value, float) and value.is_integer():
        raise FilterArgumentError(f"the number {value} has two forms in JSON; give it as {int(value)}")
    if isinstance(value, (Mapping, list, tuple)) and depth < MAX_DEPTH:
        for item in value.values() if isinstance(value, Mapping) else value:
            _one_form(item, depth + 1)


def _one_order(value: Mapping[Any, Any]) -> None:
    """Raise for keys that are whole numbers, unless they come first and ascend: so JavaScript has them anyway."""
    keys = [str(key) for key in value]
    numbers = sorted((key for key in keys if _INDEX.fullmatch(key)), key=int)
    if keys[: len(numbers)] != numbers:
        raise FilterArgumentError(
            "keys that are numbers stand in another order in JavaScript; put them first, ascending"
        )
