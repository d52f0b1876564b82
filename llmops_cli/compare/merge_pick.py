"""The rule of every three-way merge: what one side left alone is as the other side wrote it."""

import re
from typing import Any

from llmops_cli.model.order import unsorted
from llmops_cli.model.prompt import canonical

Path = tuple[str, ...]

_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[^\n]*", re.MULTILINE)


class Clash(Exception):  # noqa: N818 - a way out of the recursion, no error
    """Both sides changed this; who stands at the start of a line marks it."""


def picked(base: str, ours: str, theirs: str) -> str | None:
    """Return the text of the side that changed it; None where both did, and differently."""
    if ours in (base, theirs):
        return theirs
    return ours if theirs == base else None


def meant(key: Any, base: Any, ours: Any, theirs: Any) -> int | None:
    """Return the side (1 ours, 2 theirs) whose value counts, for texts that all differ; None where both changed it.

    `key`: under which the value stands. The order of fields that reaches a model is part of what is meant.
    """
    old, one, other = (said(key, value) for value in (base, ours, theirs))
    if one in (old, other):
        return 2 if one == old else 1
    return 1 if other == old else None


def said(key: Any, value: Any) -> str:
    """Return what a value under a key means to a model, the order of its fields included."""
    return canonical([value, unsorted({str(key): value})])


def by_meaning(key: Any, texts: tuple[str, str, str], values: tuple[Any, Any, Any]) -> str:
    """Return the text of the side that changed the value, where the other only wrote it in another way.

    Raises `Clash` where both changed it, or a new comment would be lost.
    """
    found = meant(key, *values)
    if found is None:
        raise Clash
    base, kept, lost = texts[0], texts[found], texts[3 - found]
    if any(comment not in base and comment not in kept for comment in _COMMENT.findall(lost)):
        raise Clash
    return kept


def new_lines(known: str, text: str) -> str:
    """Return the lines of a text that are not blank and not among the known."""
    have = {line.strip() for line in known.split("\n")}
    return "".join(f"{line}\n" for line in text.split("\n") if line.strip() and line.strip() not in have)


def line_end(text: str, end: int) -> int:
    """Return where the line that holds a value's last character ends, behind its newline."""
    if text[end - 1 : end] == "\n":
        return end
    newline = text.find("\n", end)
    return len(text) if newline < 0 else newline + 1
