"""What our Jinja and Nunjucks both read and mean otherwise: where plain values show it, and where rare ones do.

The same tables serve both directions. Each function is given one piece of template code.
"""

import re
from collections.abc import Iterator

from llmops_cli.render.pieces import Piece, split

STRING = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
FILTERS = frozenset(["trim", "lower", "upper", "capitalize", "default", "replace", "join", "length", "first", "last"])
FILTERS |= {"abs", "dump", "tojson", "stringify", "safe"}
"""Filters that both languages spell and mean alike; those of JSON are rewritten, and `safe` is left out."""
_FILTER = re.compile(r"\|\s*(\w+)")
_INNER = re.compile(r"\A\{[{%][-+]?|[-+]?[%}]\}\Z")
_PLAIN = (
    (re.compile(r"(?<![*/])/(?!/)"), "a division gives a whole number there and 2.0 here"),
    (re.compile(r"-\s*\d+\s*%"), "`%` of a negative number gives a negative one there"),
    (re.compile(r"\[\s*-"), "an index from the end is nothing there and an item here"),
    (
        re.compile(r"\A\s*for\b[^()]*\bif\b"),
        "a loop with `if` leaves items out here, and asks once about the list there",
    ),
    (re.compile(r"\[[^\][{}]*:[^\][{}]*\]"), "a slice is no code there"),
    (re.compile(r"(?<![\w.])(?:True|False|None)\b"), "True, False and None are variables there: write them small"),
    (re.compile(r"\|\s*indent\b"), "indent puts spaces on empty lines too there"),
    (re.compile(r"(?<![\w.])(?:\d+\.0+|\d{16,}|\d+[eE]\d+)(?![\w.])"), "such a number prints otherwise there"),
    (re.compile(r"\A\s*set\b[^=]*,"), "a `set` of two names is no code there"),
)
_DIGITS = re.compile(r"(?:(?<![=!])[=!]=\s*-?\d)|(?:\d\s*[=!]=(?!=))")
_RARE = (
    (re.compile(r"%"), "`%` of a negative number gives a negative one there, and none here"),
    (re.compile(r"(?<![=!<>])[<>]"), "a text compared with a number by `<` or `>` is an answer there, and fails here"),
    (
        re.compile(r"[\w\])]\s*(?<![=!<>])[=!]=(?!=)\s*+(?!''|true\b|false\b|none\b|null\b|-?\d)"),
        "`==` takes a text of digits for the number there, and not here",
    ),
    (re.compile(r"[\w\])]\s*(?:\+|-|\*\*?)\s*[\w(\[]"), "a sum such as 3.0 prints 3 there, and 3.0 here"),
    (re.compile(r"\b(?:if|elif|not|and|or)\s+\w+\."), "an empty list or mapping is true there, and false here"),
)
_ESCAPE = re.compile(r"\\[^ntr\\'\"]")
_IN_STRING = re.compile(STRING)


def differing(code: str, *, digits: bool = True) -> Iterator[str]:
    """Yield what both languages know and mean otherwise. `digits`: also `==` beside a number."""
    plain = bare(code)
    for name in sorted({*_FILTER.findall(plain)} - FILTERS - {"indent"}):
        yield f"the filter {name} works otherwise here, or not at all"
    yield from (what for pattern, what in _PLAIN if pattern.search(plain))
    if digits and _DIGITS.search(plain):
        yield "`==` takes a text of digits for the number there, and not here: write `===`"
    if any(_ESCAPE.search(found) for found in _IN_STRING.findall(code)):
        yield r"of the escapes in a text only \n, \t, \r and \\ mean the same there"


def rarely(code: str) -> Iterator[str]:
    """Yield what only unusual values show."""
    plain = bare(code)
    yield from (what for pattern, what in _RARE if pattern.search(plain))


def bare(code: str) -> str:
    """Return the code without its braces, each text in it as ''."""
    return _INNER.sub("", _IN_STRING.sub("''", code))


def sets_in_loops(text: str) -> bool:
    """Return whether a template sets a name in a loop: it lasts after that there, and ends with the turn here."""
    depth = 0
    for piece in split(text):
        word = _word(piece)
        if word == "set" and depth:
            return True
        depth += {"for": 1, "endfor": -1}.get(word, 0)
    return False


def _word(piece: Piece) -> str:
    return next(iter(bare(piece.text).split()), "") if piece.kind == "tag" else ""
