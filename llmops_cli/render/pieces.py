"""A template's text → its pieces: plain text, `{{ prints }}`, `{% tags %}`, comments, raw text. Knows no jinja2.

It cuts where jinja2's lexer cuts (a test holds them together), so that most templates need no import of jinja2, and
so that constants are replaced in plain text only.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

Kind = Literal["text", "print", "tag", "comment", "raw", "broken"]

SIMPLE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
OPENINGS = ("{{", "{%", "{#")
# Names that mean something to the language itself: a template that prints one is left to jinja2.
LANGUAGE = frozenset(
    [
        "true",
        "false",
        "none",
        "True",
        "False",
        "None",
        "not",
        "and",
        "or",
        "in",
        "is",
        "if",
        "else",
        "for",
        "block",
        "self",
        "super",
        "loop",
        "caller",
        "varargs",
        "kwargs",
        "range",
        "with",
        "without",
        "context",
        "import",
        "from",
        "as",
        "recursive",
        "ignore",
        "missing",
    ]
)
_OPENING = re.compile(r"\{[{%#]")
_RAW = re.compile(r"\{%[-+]?\s*raw\s*-?%\}")
_END_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_STRING = r"'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\""
_IN_PRINT = re.compile(rf"(?P<string>{_STRING})|(?P<close>\}}\}})|(?P<open>[(\[{{])|(?P<shut>[)\]}}])", re.DOTALL)
_IN_TAG = re.compile(rf"(?P<string>{_STRING})|(?P<close>%\}})|(?P<open>[(\[{{])|(?P<shut>[)\]}}])", re.DOTALL)


class Piece(NamedTuple):
    """One piece, and the offset of its first character. "broken": an opening without its end."""

    kind: Kind
    text: str
    offset: int


def split_simple(text: str) -> list[str] | None:
    """Return [text, name, text, name, …, text] of a template of text and `{{ name }}` only; None for any other."""
    parts = SIMPLE.split(text)
    for index, part in enumerate(parts):
        if index % 2:
            if part in LANGUAGE:
                return None
        # `{` before `{{ name }}` is jinja2's `{{` and something else behind it.
        elif any(opening in part for opening in OPENINGS) or (part.endswith("{") and index + 1 < len(parts)):
            return None
    return parts


def split(text: str) -> Iterator[Piece]:
    """Yield the pieces of any template; their texts joined are the text."""
    start = 0
    while opening := _OPENING.search(text, start):
        at = opening.start()
        if at > start:
            yield Piece("text", text[start:at], start)
        piece = _piece(text, at, opening.group())
        yield piece
        start = at + len(piece.text)
    if start < len(text):
        yield Piece("text", text[start:], start)


@lru_cache(maxsize=16)
def cut(text: str) -> tuple[Piece, ...]:
    """Return all pieces of a template at once; kept for a while: a prompt's templates are looked at several times."""
    return tuple(split(text))


def _piece(text: str, at: int, opening: str) -> Piece:
    kind: Kind
    if opening == "{#":
        kind, end = "comment", text.find("#}", at + 2)
        end = end + 2 if end >= 0 else -1
    elif raw := _RAW.match(text, at):
        closing = _END_RAW.search(text, raw.end())
        kind, end = "raw", closing.end() if closing else -1
    else:
        kind, end = ("print" if opening == "{{" else "tag"), _code_end(text, at)
    return Piece(kind, text[at:end], at) if end >= 0 else Piece("broken", text[at:], at)


def _code_end(text: str, at: int) -> int:
    """Return where the `{{` or `{%` at `at` ends, or -1: a closing mark counts outside strings and brackets."""
    token = _IN_PRINT if text.startswith("{{", at) else _IN_TAG
    depth, position = 0, at + 2
    while found := token.search(text, position):
        position = found.end()
        if found.lastgroup == "close":
            if depth == 0:
                return position
            # Inside brackets `}}` is a bracket and a half, `%}` a modulo and a bracket.
            depth -= 1
            position = found.start() + (1 if found.group() == "}}" else 2)
        elif found.lastgroup == "open":
            depth += 1
        elif found.lastgroup == "shut":
            depth -= 1
    return -1
