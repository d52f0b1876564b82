"""The code of a Jinja tag → its words, for what other languages can say too: paths, filters, one comparison."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from llmops_cli.convert._handlebars_scope import UnsaidError

_WORD = re.compile(
    r"""\s*(?:(?P<string>'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")|(?P<number>-?[0-9]+(?:\.[0-9]+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark>==|!=|[.\[\](){}|,:]))""",
    re.VERBOSE | re.DOTALL,
)
_VALUES = {"true": True, "false": False, "none": None, "True": True, "False": False, "None": None}
_NOT_NAMES = frozenset(("not", "and", "or", "is", "in", "if", "else"))


@dataclass(frozen=True, slots=True)
class Operand:
    """A variable with a path, or a literal (`name` ""), or a mapping of names to themselves (`names`); and filters."""

    name: str = ""
    value: Any = None
    parts: tuple[str | int, ...] = ()
    filters: tuple[tuple[str, tuple["Operand", ...]], ...] = ()
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """An operand, or a comparison of two: `sign` is ==, != or ""."""

    left: Operand
    sign: str = ""
    right: Operand | None = None
    negated: bool = False


def test_of(code: str) -> Test:
    """Return what the code says. Raises `UnsaidError` for what is more than that."""
    reader = _Reader(code)
    negated = reader.took("not")
    grouped = negated and reader.took("(")
    left = reader.operand()
    sign = next((mark for mark in ("==", "!=") if reader.took(mark)), "")
    right = reader.operand() if sign else None
    if (grouped and not reader.took(")")) or reader.words:
        raise reader.unsaid()
    return Test(left, sign, right, negated)


def operand_of(code: str) -> Operand:
    """Return a value with its filters. Raises `UnsaidError` for any other expression."""
    reader = _Reader(code)
    found = reader.operand()
    if reader.words:
        raise reader.unsaid()
    return found


class _Reader:
    """Takes words from the front."""

    def __init__(self, code: str) -> None:
        self.code = code.strip()
        self.words = list(self._words())

    def _words(self) -> Iterator[re.Match[str]]:
        at = 0
        while at < len(self.code):
            word = _WORD.match(self.code, at)
            if word is None:
                raise self.unsaid()
            yield word
            at = word.end()

    def unsaid(self) -> UnsaidError:
        return UnsaidError(
            f"the expression {self.code[:60]!r} has no counterpart", "work it out before, in your program"
        )

    def took(self, text: str) -> bool:
        """Take the next word if it is this one."""
        if self.words and text in (self.words[0]["mark"], self.words[0]["name"]):
            self.words.pop(0)
            return True
        return False

    def next(self) -> re.Match[str]:
        if not self.words:
            raise self.unsaid()
        return self.words.pop(0)

    def operand(self) -> Operand:
        """Return one value: a literal, or a path, with the filters behind it."""
        if self.took("{"):
            return self.filtered(Operand(names=tuple(self.names())))
        word = self.next()
        if word["string"] is not None or word["number"] is not None:
            return self.filtered(Operand(value=ast.literal_eval(word["string"] or word["number"])))
        name = word["name"]
        if name is None or name in _NOT_NAMES:
            raise self.unsaid()
        if name in _VALUES:
            return self.filtered(Operand(value=_VALUES[name]))
        return self.filtered(Operand(name, parts=tuple(self.parts())))

    def names(self) -> Iterator[str]:
        """Yield the names of a mapping in which each key is the name of its value: `{'a': a}`."""
        while not self.took("}"):
            key, colon, name = self.next(), self.took(":"), self.next()["name"]
            if not colon or key["string"] is None or name is None or ast.literal_eval(key["string"]) != name:
                raise self.unsaid()
            self.took(",")
            yield name

    def parts(self) -> Iterator[str | int]:
        while True:
            if self.took("."):
                word = self.next()
                if word["name"] is None or (self.words and self.words[0]["mark"] == "("):
                    raise self.unsaid()
                yield word["name"]
            elif self.took("["):
                word = self.next()
                if (word["string"] is None and word["number"] is None) or not self.took("]"):
                    raise self.unsaid()
                yield ast.literal_eval(word["string"] or word["number"])
            else:
                return

    def filtered(self, operand: Operand) -> Operand:
        filters: list[tuple[str, tuple[Operand, ...]]] = []
        while self.took("|"):
            name = self.next()["name"]
            if name is None:
                raise self.unsaid()
            given: list[Operand] = []
            if self.took("("):
                while not self.took(")"):
                    given.append(self.operand())
                    self.took(",")
            filters.append((name, tuple(given)))
        return Operand(operand.name, operand.value, operand.parts, tuple(filters), operand.names)
