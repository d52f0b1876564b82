"""A template of ours → Handlebars, as dotprompt has it. What has no counterpart is named, and left out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from llmops_cli.convert import _handlebars_spell as spell
from llmops_cli.convert._handlebars_layout import Item, Mustache, Plain, comment
from llmops_cli.convert._handlebars_scope import UnsaidError
from llmops_cli.convert._jinja_words import Operand, Test, operand_of, test_of
from llmops_cli.render.pieces import Piece

_RAW = re.compile(r"\{%[-+]?\s*raw\s*-?%\}(.*)\{%[-+]?\s*endraw\s*[-+]?%\}", re.DOTALL)
_FOR = re.compile(r"(?:([A-Za-z_]\w*)\s*,\s*)?([A-Za-z_]\w*)\s+in\s+(.*)", re.DOTALL)
_SET_LOOP = re.compile(r"([A-Za-z_]\w*)\s*=\s*loop")
_LOOP = {"index0": "index", "first": "first", "last": "last"}
_PRINT_ONLY = frozenset(("text", "not_blank", "string"))
MAX_DEPTH = 24


@dataclass(slots=True)
class Loop:
    """A loop around: the names of its key and item, and of what stands for its `loop` further inside."""

    key: str
    item: str
    alias: str = ""


@dataclass(slots=True)
class Exporter:
    """Translates templates; `context`: variables that dotprompt's program gives as `@name`; `inputs`: all others.

    `lost` fills up with what has no counterpart: message and hint.
    """

    includes: Mapping[str, str]
    context: frozenset[str] = frozenset()
    inputs: tuple[str, ...] = ()
    rest: str = ""
    lost: list[tuple[str, str]] = field(default_factory=list)
    whole: bool = False

    def items(self, text: str) -> list[Item]:
        """Return the texts and tags of one template."""
        return _Template(self, spell.pieces(text)).until(())[0]


@dataclass(slots=True)
class _Template:
    to: Exporter
    pieces: Sequence[Piece]
    at: int = 0
    loops: list[Loop] = field(default_factory=list)
    depth: int = 0

    def until(self, ends: tuple[str, ...]) -> tuple[list[Item], str]:
        """Return what stands before one of the tags, and that tag's code."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnsaidError(f"blocks nested deeper than {MAX_DEPTH} have no counterpart")
        items, code = self.before(ends)
        self.depth -= 1
        return items, code

    def before(self, ends: tuple[str, ...]) -> tuple[list[Item], str]:
        items: list[Item] = []
        while self.at < len(self.pieces):
            piece = self.pieces[self.at]
            self.at += 1
            code = spell.code(piece)
            if piece.kind == "text":
                items.append(Plain(piece.text))
            elif piece.kind == "raw" and (raw := _RAW.fullmatch(piece.text)):
                items.append(Plain(raw[1]))
            elif piece.kind == "comment":
                items.append(comment(code))
            elif piece.kind == "tag" and code.split()[:1] and code.split()[0] in ends:
                return items, code
            else:
                items += self.one(piece, code)
        return items, ""

    def one(self, piece: Piece, code: str) -> list[Item]:
        """Return a print or a statement; nothing, with a loss noted, for what cannot be said."""
        try:
            return [self.printed(piece.text, code)] if piece.kind == "print" else self.statement(code)
        except UnsaidError as error:
            self.to.lost.append((error.message, error.hint))
            return []

    def statement(self, code: str) -> list[Item]:
        word, _, rest = code.strip().partition(" ")
        if not word:
            raise UnsaidError("a tag that is never closed")
        if word == "if":
            return self.condition(rest)
        if word == "for":
            return self.loop(rest)
        if word == "filter":
            inner, _ = self.until(("endfilter",))
            if rest.strip() == "not_blank":
                return inner
            raise UnsaidError(f"{{% filter {rest.strip()} %}} has no counterpart")
        if word == "include":
            return self.include(rest)
        alias = _SET_LOOP.fullmatch(rest.strip())
        if word == "set" and alias and self.loops:
            self.loops[-1].alias = alias[1]
            return []
        raise UnsaidError(f"{{% {word} %}} has no counterpart", "write out what it gives")

    def include(self, rest: str) -> list[Item]:
        path = operand_of(rest).value
        if path not in self.to.includes:
            raise UnsaidError(f"the include {path} is not there")
        inner = _Template(self.to, spell.pieces(self.to.includes[path]), loops=self.loops, depth=self.depth)
        return inner.until(())[0]

    def condition(self, rest: str) -> list[Item]:
        """Return an `if` with all its branches."""
        head, first = self.safe(rest)
        name = head.split()[0]
        body, end = self.until(("elif", "else", "endif"))
        tall = _tall(body)
        items: list[Item] = [Mustache(f"#{head}", alone=True, tall=tall), *body]
        while end.startswith("elif"):
            said, right = self.safe(end.removeprefix("elif"))
            first = first and right
            body, end = self.until(("elif", "else", "endif"))
            items += [Mustache(f"else {said}", alone=True, tall=True), *body]
        if end.startswith("else"):
            body, end = self.until(("endif",))
            items += [Mustache("else", alone=True, tall=True), *body]
        return [*items, Mustache(f"/{name}", alone=True, tall=True)] if first else []

    def safe(self, code: str) -> tuple[str, bool]:
        """Return the head of a condition, and whether it could be said."""
        try:
            return self.head(test_of(code)), True
        except UnsaidError as error:
            self.to.lost.append((error.message, error.hint))
            return "if", False

    def head(self, test: Test) -> str:
        """Return a condition as Handlebars begins a block with it."""
        filters = test.left.filters
        if test.right is not None or (filters and filters[-1][0] == "same"):
            left, right = test.left, test.right
            if right is None:
                left, right = _without_last(test.left), filters[-1][1][0]
            word = "unlessEquals" if test.negated != (test.sign == "!=") else "ifEquals"
            return f"{word} {self.value(left)} {self.value(right)}"
        word, left, zero = "unless" if test.negated else "if", test.left, ""
        if filters and filters[-1][0] == "holds":
            zero = " includeZero=true" if filters[-1][1] and filters[-1][1][0].value is True else ""
            left = _without_last(left)
        return f"{word} {self.value(left)}{zero}"

    def loop(self, rest: str) -> list[Item]:
        found = _FOR.fullmatch(rest.strip())
        if found is None:
            raise UnsaidError(f"{{% for {rest.strip()} %}} has no counterpart")
        try:
            head = self.source(found)
        except UnsaidError:
            self.until(("endfor",))
            raise
        self.loops.append(Loop(found[1] or "", found[2]))
        body, end = self.until(("else", "endfor"))
        self.loops.pop()
        items: list[Item] = [Mustache(f"#each {head}", alone=True, tall=_tall(body)), *body]
        if end.startswith("else"):
            other, _ = self.until(("endfor",))
            items += [Mustache("else", alone=True, tall=True), *other]
        return [*items, Mustache("/each", alone=True, tall=True)]

    def source(self, found: re.Match[str]) -> str:
        """Return what a loop goes through."""
        operand = operand_of(found[3])
        pairs = bool(operand.filters) and operand.filters[-1][0] == "entries"
        if bool(found[1]) != pairs:
            raise UnsaidError(f"a loop over {found[3].strip()} has no counterpart")
        return self.value(_without_last(operand) if pairs else operand)

    def printed(self, text: str, code: str) -> Item:
        """Return a print; one of a literal is plain text."""
        operand = operand_of(code)
        if not operand.name and operand.names is None and not operand.filters:
            return Plain("" if operand.value is None else str(operand.value))
        while operand.filters and _is_print_only(operand.filters[-1]):
            operand = _without_last(operand)
        space = " " if text[2:3].isspace() else ""
        if operand.filters and operand.filters[-1][0] == "stringify":
            given = operand.filters[-1][1]
            indent = f" indent={given[0].value}" if given else ""
            return Mustache(f"{space}json {self.value(_without_last(operand))}{indent}{space}")
        said = self.value(operand)
        return Mustache(f"{space}{said[1:-1] if said.startswith('(') else said}{space}")

    def value(self, operand: Operand) -> str:
        """Return a value as an argument: a path, a literal or a lookup in parentheses."""
        if operand.names is not None and not operand.filters:
            if operand.names != self.to.inputs:
                raise UnsaidError("a mapping that is not that of all variables")
            self.to.whole = True
            return "@root" if self.loops else "this"
        if not operand.name:
            return spell.literal(operand)
        parts: list[str | int] = [*operand.parts]
        for name, given in operand.filters:
            if name != "dig":
                raise UnsaidError(f"the filter {name} has no counterpart", "work it out before, in your program")
            if any(key.name for key in given):
                where = self.path(operand.name, parts)
                return f"(lookup {where} {self.value(given[0])})"
            parts += [key.value for key in given]
        return self.path(operand.name, parts)

    def path(self, name: str, parts: Sequence[str | int]) -> str:
        """Return the path to a name from where we are."""
        for up, loop in enumerate(reversed(self.loops)):
            if name == loop.item:
                return spell.path("../" * up, parts, "this")
            if name == loop.key:
                return f"@{'../' * up}key"
            if (name == "loop" and not up) or name == loop.alias:
                if len(parts) != 1 or parts[0] not in _LOOP:
                    raise UnsaidError(f"loop.{'.'.join(map(str, parts))} has no counterpart")
                return f"@{'../' * up}{_LOOP[str(parts[0])]}"
        if name == self.to.rest:
            return spell.everything(name, beside=bool(parts or self.to.inputs), inside=bool(self.loops))
        if name in self.to.context:
            return spell.path("@", (name, *parts), "")
        return spell.path("../" * len(self.loops), (name, *parts), "")


def _tall(body: Sequence[Item]) -> bool:
    return any(isinstance(item, Plain) and "\n" in item.text for item in body)


def _is_print_only(said: tuple[str, tuple[Operand, ...]]) -> bool:
    empty = said[0] in ("default", "d") and all(not given.name and given.value == "" for given in said[1])
    return said[0] in _PRINT_ONLY or empty


def _without_last(operand: Operand) -> Operand:
    return Operand(operand.name, operand.value, operand.parts, operand.filters[:-1], operand.names)
