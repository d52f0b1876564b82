"""Checks of a scorer's options, because they come from a file: each returns the value or raises `UsageError`."""

import math
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from llmops_cli.errors import UsageError
from llmops_cli.score._score import quote

Json = Any


def boolean(name: str, value: Json) -> bool:
    """Return a true or false."""
    if not isinstance(value, bool):
        raise UsageError(f"{name} is {quote(value)}, not a boolean", hint=f"write {name}: true or {name}: false")
    return value


def text(name: str, value: Json) -> str:
    """Return a string that is not empty."""
    if not isinstance(value, str) or not value:
        raise UsageError(f"{name} is {quote(value)}, not a text", hint=f'write {name}: "…" with something between')
    return value


def texts(name: str, value: Json) -> tuple[str, ...]:
    """Return a list of strings, none of them empty, at least one."""
    if not isinstance(value, (list, tuple)) or not value or not all(isinstance(item, str) and item for item in value):
        raise UsageError(f"{name} is {quote(value)}, not a list of texts", hint=f'write {name}: ["…", "…"]')
    return tuple(value)


def share(name: str, value: Json) -> float:
    """Return a number from 0 to 1."""
    number = amount(name, value)
    if number > 1:
        raise UsageError(f"{name} is {quote(value)}, above 1", hint=f"write {name} as a share, such as 0.9")
    return number


def amount(name: str, value: Json) -> float:
    """Return a finite number that is not negative."""
    fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not fits or not math.isfinite(value) or value < 0:
        raise UsageError(f"{name} is {quote(value)}, not a number from 0 up", hint=f"write {name}: 0.5, say")
    return float(value)


def count(name: str, value: Json) -> int:
    """Return a whole number that is not negative."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UsageError(f"{name} is {quote(value)}, not a whole number from 0 up", hint=f"write {name}: 100, say")
    return value


def choice(name: str, value: Json, known: Collection[str]) -> str:
    """Return one of the known words."""
    if isinstance(value, str) and value in known:
        return value
    raise UsageError(f"{name} is {quote(value)}, which is not known", hint=did_you_mean(str(value), known))


def mapping(name: str, value: Json) -> Mapping[str, Json]:
    """Return a mapping."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise UsageError(f"{name} is {quote(value)}, not a mapping", hint=f"write {name}: {{key: value}}")
    return value


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return the hint for a word that is not known: the nearest one, else all."""
    near = get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known)) or 'none'}"
