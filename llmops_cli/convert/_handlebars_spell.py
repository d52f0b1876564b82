"""The pieces of a template of ours, and paths and literals as Handlebars spells them."""

import ast
import re
from collections.abc import Sequence
from itertools import pairwise

from llmops_cli.convert._escape import literal as escaped
from llmops_cli.convert._handlebars_scope import UnsaidError
from llmops_cli.convert._jinja_words import Operand
from llmops_cli.render.pieces import Piece, split

_TAG = re.compile(r"\{[{%#]([-+]?)(.*?)([-+]?)[}%#]\}", re.DOTALL)
_LITERAL = re.compile(r"\{\{\s*('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\s*\}\}", re.DOTALL)
_ID = re.compile(r"(?!\d)[^\s!\"#%-,./;->@\[-^`{-~]+")
_WORDS = frozenset(
    ("this", "else", "true", "false", "null", "undefined", "json", "role", "history", "media", "section")
)
_WORDS |= {"lookup", "log", "if", "unless", "each", "with", "ifEquals", "unlessEquals", "as"}


def literal(operand: Operand) -> str:
    if operand.filters:
        raise UnsaidError(f"the filter {operand.filters[0][0]} has no counterpart")
    if operand.value is None or isinstance(operand.value, bool):
        return {None: "null", True: "true", False: "false"}[operand.value]
    if not isinstance(operand.value, str):
        return str(operand.value)
    for quote in "\"'":
        if quote not in operand.value and "\\" not in operand.value:
            return f"{quote}{operand.value}{quote}"
    raise UnsaidError(f"the text {operand.value[:40]!r} cannot be written as a literal")


def everything(name: str, *, beside: bool, inside: bool) -> str:
    """Return the path to all inputs. Raises `UnsaidError` where some of them have names of their own (`beside`)."""
    if beside:
        raise UnsaidError(f"{name}, the inputs that no other variable names, has no counterpart beside named ones")
    return "@root" if inside else "this"


def path(before: str, parts: Sequence[str | int], alone: str) -> str:
    """Return a path of Handlebars: `.` between its steps, brackets around those that are no names."""
    if not parts:
        return f"{before}{alone}"
    if any("]" in str(part) for part in parts):
        raise UnsaidError("a key with a bracket in it has no counterpart")
    steps = [str(part) if isinstance(part, str) and _ID.fullmatch(part) else f"[{part}]" for part in parts]
    own = "this." if not before and (str(parts[0]) in _WORDS or steps[0].startswith("[")) else ""
    return f"{own}{before}{'.'.join(steps)}"


def pieces(text: str) -> list[Piece]:
    """Return the pieces of a template, with the white space gone that its `-` takes."""
    found = list(split(text))
    for place, (one, other) in enumerate(pairwise(list(found))):
        if one.kind == "text" and other.kind != "text" and other.text[2:3] == "-":
            found[place] = one._replace(text=found[place].text.rstrip())
        if other.kind == "text" and one.kind != "text" and one.text[-3:-2] == "-":
            found[place + 1] = other._replace(text=other.text.lstrip())
    return found


def code(piece: Piece) -> str:
    """Return what stands between the braces of a piece."""
    found = _TAG.fullmatch(piece.text) if piece.kind in ("print", "tag", "comment") else None
    return "" if found is None else found[2] if piece.kind == "comment" else found[2].strip()


def plain_text(content: str) -> str:
    """Return the plain text of a template, prints of literals included, and nothing of its code."""
    return "".join(_text(piece) or "" for piece in pieces(content))


def settled(content: str) -> str:
    """Return the template with neighbouring texts and literals as one text, so that one text has one form."""
    made, text = "", ""
    for piece in split(content):
        plain = _text(piece)
        if plain is None:
            made, text = f"{made}{escaped(text)}{piece.text}", ""
        else:
            text += plain
    return made + escaped(text)


def _text(piece: Piece) -> str | None:
    """Return the text that a piece is, or that it prints as a literal; None for code."""
    found = _LITERAL.fullmatch(piece.text) if piece.kind == "print" else None
    return piece.text if piece.kind == "text" else str(ast.literal_eval(found[1])) if found else None
