"""Where the parts of a YAML text begin and end: what a merge needs to take a text apart and put it together again."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["scalar", "block scalar", "mapping", "list", "flow mapping", "flow list"]


@dataclass(frozen=True, slots=True)
class Span:
    """One value of a text: its kind, what it says, and the characters from `start` to before `end`.

    `column` is where a collection's items stand, from 0. A collection that holds what cannot be taken apart (a comment
    inside `{…}`, an explicit key `?`) is `opaque`: it has no `items`.
    """

    kind: Kind
    value: Any
    start: int
    end: int
    column: int = 0
    opaque: bool = False
    items: tuple["Item", ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a collection: its key (a list's: ""), and where it begins: at its key or its dash."""

    key: str
    start: int
    span: Span


@dataclass(frozen=True, slots=True)
class Layout:
    """A text with the span of its value, and its comments in order, each from `#` to the line's end."""

    text: str
    root: Span
    comments: tuple[str, ...] = field(default=())
