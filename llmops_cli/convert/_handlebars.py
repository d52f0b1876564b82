"""Handlebars text → a tree, white space dropped. Only reads: what a tag means is decided by who translates it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from llmops_cli.convert._handlebars_lex import lex
from llmops_cli.convert._handlebars_nodes import (
    Argument,
    Block,
    Call,
    Comment,
    Node,
    Partial,
    Path,
    Print,
    Tag,
    Text,
    Value,
)
from llmops_cli.convert._handlebars_space import disputed, drop
from llmops_cli.errors import FindingsError

MAX_DEPTH = 24
MAX_TAG = 4_000
MAX_PIECES = 5_000
_ID = r"[^\s!\"#%-,./;->@\[-^`{-~]+"
_WORD = re.compile(
    rf"""\s*(?:(?P<string>"(?:\\"|[^"])*"|'(?:\\'|[^'])*')
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?)(?=[\s=)|]|\Z)
    |(?P<key>{_ID})=
    |(?P<path>@?(?:(?:\.\.|\.|{_ID}|\[[^\]]*\])[./]?)+)
    |(?P<mark>[()|]))""",
    re.VERBOSE,
)
_SEGMENT = re.compile(rf"(\.\.|\.(?=/|\Z)|{_ID}|\[[^\]]*\])([./]?)")
_LITERALS = {"true": True, "false": False, "null": None, "undefined": None}


@dataclass(slots=True)
class Tree:
    """A template read: its nodes, and the lines where dotprompt's runtimes disagree about white space."""

    nodes: list[Node]
    disputed: tuple[int, ...] = ()


def parse(text: str, path: str, line: int = 1) -> Tree:
    """Return the tree of a template whose first line has the number `line` in the file `path`.

    Raises `FindingsError` with file and line for what is no Handlebars.
    """
    pieces = list(islice(lex(text, path, line), MAX_PIECES + 1))
    if len(pieces) > MAX_PIECES:
        raise FindingsError(f"more than {MAX_PIECES} tags and texts", where=path, hint="loop over a list instead")
    reader = _Reader(pieces, path)
    nodes, end = reader.until_end()
    if end is not None:
        raise reader.broken(f"{{{{/{end.code}}}}} closes nothing" if end.kind == "close" else "else in no block", end)
    drop(nodes)
    return Tree(nodes, tuple(disputed(pieces)))


@dataclass(slots=True)
class _Reader:
    pieces: Sequence[Text | Tag]
    path: str
    at: int = 0
    depth: int = 0
    open: list[Tag] = field(default_factory=list)

    def until_end(self) -> tuple[list[Node], Tag | None]:
        """Return the nodes up to a closing tag, an `else` or the end, and that tag."""
        nodes: list[Node] = []
        while self.at < len(self.pieces):
            piece = self.pieces[self.at]
            self.at += 1
            if isinstance(piece, Text):
                nodes.append(piece)
            elif piece.kind in ("close", "else"):
                return nodes, piece
            elif piece.kind == "comment":
                nodes.append(Comment(piece.code, piece))
            elif piece.kind == "print":
                nodes.append(Print(self.call(piece), piece))
            elif piece.kind == "partial":
                nodes.append(Partial(self.call(piece), piece))
            else:
                nodes.append(self.block(piece, self.call(piece)))
        return nodes, None

    def block(self, tag: Tag, call: Call) -> Block:
        """Return the block that a tag opens, and take in everything up to its end."""
        block, end = self.branches(tag, call)
        name = call.name.text if isinstance(call.name, Path) else ""
        if end is None or end.code.strip() != name:
            raise self.broken(f"{{{{#{name}}}}} is never closed", tag)
        inner: Block | None = block
        while inner is not None:
            inner.end = end
            following = inner.other[0] if inner.chained and inner.other else None
            inner = following if isinstance(following, Block) else None
        return block

    def branches(self, tag: Tag, call: Call) -> tuple[Block, Tag | None]:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.broken(f"blocks nest deeper than {MAX_DEPTH}", tag)
        body, end = self.until_end()
        block = Block(call, tag, body, negated=tag.kind == "invert")
        if end is not None and end.kind == "else":
            block.middle = end
            if end.code:
                inner, last = self.branches(end, self.call(end))
                block.other, block.chained, end = [inner], True, last
            else:
                block.other, end = self.until_end()
            if end is not None and end.kind == "else":
                raise self.broken("a second else", end)
        self.depth -= 1
        return block, end

    def call(self, tag: Tag) -> Call:
        """Return the words of a tag."""
        words = list(self.words(tag))
        call, rest = self.listed(words, tag)
        if rest:
            raise self.broken(f"{tag.code.strip()!r} is no call", tag)
        return call

    def words(self, tag: Tag) -> Iterator[re.Match[str]]:
        at, code = 0, tag.code.rstrip()
        if len(code) > MAX_TAG or code.count("(") > MAX_DEPTH:
            raise self.broken(f"a tag of more than {MAX_TAG} characters, or {MAX_DEPTH} parentheses", tag)
        while at < len(code):
            word = _WORD.match(code, at)
            if word is None:
                raise self.broken(f"{code.strip()!r} is no expression", tag)
            yield word
            at = word.end()

    def listed(self, words: list[re.Match[str]], tag: Tag) -> tuple[Call, list[re.Match[str]]]:
        """Return the call that the words say up to a closing parenthesis, and the words behind it."""
        values: list[Argument] = []
        pairs: dict[str, Argument] = {}
        params: tuple[str, ...] = ()
        while words and words[0]["mark"] != ")":
            if words[0]["path"] == "as" and len(words) > 1 and words[1]["mark"] == "|" and values:
                params, words = self.named(words[2:], tag)
            elif key := words[0]["key"]:
                pairs[key], words = self.value(words[1:], tag)
            else:
                value, words = self.value(words, tag)
                values.append(value)
        if not values:
            raise self.broken("a tag without a name", tag)
        return Call(values[0], tuple(values[1:]), pairs, params), words

    def named(self, words: list[re.Match[str]], tag: Tag) -> tuple[tuple[str, ...], list[re.Match[str]]]:
        names = []
        while words and words[0]["path"]:
            names.append(words.pop(0)["path"])
        if not words or words[0]["mark"] != "|":
            raise self.broken("`as |name|` is not closed", tag)
        return tuple(names), words[1:]

    def value(self, words: list[re.Match[str]], tag: Tag) -> tuple[Argument, list[re.Match[str]]]:
        """Return the value that the first words say, and the words behind it."""
        if not words:
            raise self.broken("a value is missing", tag)
        word, rest = words[0], words[1:]
        if word["mark"] == "(":
            call, rest = self.listed(rest, tag)
            if not rest:
                raise self.broken("a parenthesis is not closed", tag)
            return call, rest[1:]
        if word["string"]:
            quote = word["string"][0]
            return Value(word["string"][1:-1].replace(f"\\{quote}", quote)), rest
        if word["number"]:
            return Value(float(word["number"]) if "." in word["number"] else int(word["number"])), rest
        if word["path"] is None:
            raise self.broken(f"{tag.code.strip()!r} is no expression", tag)
        if word["path"] in _LITERALS:
            return Value(_LITERALS[word["path"]]), rest
        return self.path_of(word["path"], tag), rest

    def path_of(self, text: str, tag: Tag) -> Path:
        data = text.startswith("@")
        parts: list[str] = []
        ups, own, at = 0, False, int(data)
        while at < len(text):
            segment = _SEGMENT.match(text, at)
            if segment is None or (segment[1] == ".." and parts):
                raise self.broken(f"{text!r} is no path", tag)
            at = segment.end()
            if segment[1] == "..":
                ups += 1
            elif segment[1] in (".", "this") and not parts:
                own = True
            else:
                parts.append(segment[1][1:-1] if segment[1].startswith("[") else segment[1])
        return Path(text, tuple(parts), ups, data, own)

    def broken(self, message: str, tag: Tag) -> FindingsError:
        """Return the error for a tag."""
        return FindingsError(f"not Handlebars: {message}", where=f"{self.path}:{tag.line}")
