"""The parts of a Handlebars template: texts and tags as they stand in a row, and the tree that is made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Union

Kind = Literal["print", "comment", "partial", "open", "invert", "else", "close"]


@dataclass(slots=True, eq=False)
class Text:
    r"""Plain text. `original` is what stands in the file, `value` what is left once white space is dropped.

    `escaped`: the text begins with a `{{` that a backslash made plain.
    """

    original: str
    line: int
    escaped: bool = False
    value: str = ""
    left_stripped: bool = False
    right_stripped: bool = False

    def __post_init__(self) -> None:
        """Begin with all of the text."""
        self.value = self.original


@dataclass(frozen=True, slots=True)
class Tag:
    """What stands between braces: `code` without its marks; `~` on the left is `left`, on the right `right`."""

    kind: Kind
    code: str
    line: int
    left: bool = False
    right: bool = False
    raw: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A path: `@` before it is `data`, each `../` one of `ups`; `own` where it begins with `this` or `./`."""

    text: str
    parts: tuple[str, ...]
    ups: int = 0
    data: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A literal in a tag."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Call:
    """The words of a tag: what is named first, the others, `key=value` pairs, and names after `as |`."""

    name: Union[Path, Value, "Call"]
    args: tuple["Argument", ...] = ()
    hash: Mapping[str, "Argument"] = field(default_factory=dict)
    params: tuple[str, ...] = ()


Argument = Path | Value | Call


@dataclass(slots=True, eq=False)
class Print:
    """A tag that prints: `{{name}}`, `{{{name}}}`, `{{helper argument}}`."""

    call: Call
    tag: Tag


@dataclass(slots=True, eq=False)
class Comment:
    """A comment."""

    text: str
    tag: Tag


@dataclass(slots=True, eq=False)
class Partial:
    """`{{> name}}`; `indent` is the white space before one that stands alone on its line."""

    call: Call
    tag: Tag
    indent: str = ""


@dataclass(slots=True, eq=False)
class Block:
    """`{{#name}}` to `{{/name}}`. `other` is what follows `{{else}}`; with `chained` it is one block, of `else if`.

    `negated`: the block began with `{{^`.
    """

    call: Call
    tag: Tag
    body: list["Node"]
    other: list["Node"] | None = None
    middle: Tag | None = None
    end: Tag | None = None
    chained: bool = False
    negated: bool = False


Node = Text | Print | Comment | Partial | Block
