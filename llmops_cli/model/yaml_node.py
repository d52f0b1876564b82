"""A YAML text as a tree that still has its comments, empty lines and styles: what a formatter needs of it."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment from `#` to the line's end, and the column, from 0, at which it stood."""

    text: str
    column: int


@dataclass(slots=True)
class Node:
    """One value. `text` is a scalar's value or an alias's name, `style` is "" (plain), `'`, `"`, `|` or `>`.

    `body` are the lines of a folded scalar, without their indent; `anchor` the name before the value. `tail` are the
    comments behind a collection's last entry.
    """

    kind: Literal["scalar", "alias", "mapping", "list"]
    text: str = ""
    style: str = ""
    flow: bool = False
    anchor: str = ""
    body: tuple[str, ...] = ()
    entries: "list[Entry]" = field(default_factory=list)
    tail: list[Comment | None] = field(default_factory=list)

    @property
    def has_comments(self) -> bool:
        """Whether a comment stands anywhere inside."""
        return bool(self.tail) or any(
            any(entry.before) or entry.beside is not None or entry.value.has_comments for entry in self.entries
        )


@dataclass(slots=True)
class Entry:
    """One entry of a collection: its key (a list's has none), comments before (None: an empty line) and beside it."""

    value: Node
    key: Node | None = None
    before: list[Comment | None] = field(default_factory=list)
    beside: Comment | None = None
