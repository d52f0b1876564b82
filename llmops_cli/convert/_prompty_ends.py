r"""The ends of a message: Prompty takes empty lines off after rendering, so what code may leave there goes here too.

Only where code at an end can come out empty beside a line end, a message is put into `{% filter trim('\n') %}`; a line
end that a value itself brings stays part of the value.
"""

import re
from collections.abc import Collection

from llmops_cli.render.pieces import Piece, split

LINES, SPACE, CLOSE = "{% filter trim('\\n') %}", "{% filter trim %}", "{% endfilter %}"
_NAME = re.compile(r"\{\{[-+]?\s*([A-Za-z_][A-Za-z0-9_]*)\s*[-+]?\}\}")
_AFTER = re.compile(r"[%}#]\}\s")
_BEFORE = re.compile(r"\s\{[{%#]")


def trimmed(text: str, optional: Collection[str], *, space: bool = False) -> str:
    """Return the template of a message without empty lines at its ends (with `space`: without any white space).

    `optional`: names that may print nothing.
    """
    pieces = list(split(text))
    if not pieces:
        return text
    first = _may_be_empty(pieces[0], optional) and _AFTER.search(text)
    last = _may_be_empty(pieces[-1], optional) and _BEFORE.search(text)
    return f"{SPACE if space else LINES}{text}{CLOSE}" if first or last else text


def untrimmed(text: str) -> str:
    """Return the template as it was before `trimmed` put it into a filter."""
    opening = next((mark for mark in (LINES, SPACE) if text.startswith(mark) and text.endswith(CLOSE)), None)
    return text[len(opening) : -len(CLOSE)] if opening else text


def _may_be_empty(piece: Piece, optional: Collection[str]) -> bool:
    if piece.kind == "print":
        name = _NAME.fullmatch(piece.text)
        return name is None or name[1] in optional
    return piece.kind in ("tag", "comment")
