r"""Handlebars text → texts and tags in a row. Knows escapes (`\{{`), comments, triple braces, `~` and raw blocks."""

import re
from collections.abc import Iterator

from llmops_cli.convert._handlebars_nodes import Kind, Tag, Text
from llmops_cli.errors import FindingsError

_STRING = r"\"(?:\\\"|[^\"])*+\"|'(?:\\'|[^'])*+'|\[[^\]]*+\]"
# Possessive, so that hostile text costs linear time.
_CLOSE = re.compile(rf"(?:{_STRING}|(?!~?\}}\}})[\s\S])*+(?P<right>~?)\}}\}}")
_TRIPLE = re.compile(rf"(?:{_STRING}|(?!\}}~?\}}\}})[\s\S])*+\}}(?P<right>~?)\}}\}}")
_LONG = re.compile(r"!--[\s\S]*?--(?P<right>~?)\}\}")
_SHORT = re.compile(r"![\s\S]*?(?P<right>~?)\}\}")
_ESCAPED_END = re.compile(r"\\{0,2}\{\{")
_ELSE = re.compile(r"else(?=\s|\Z)")
_RAW = re.compile(r"\{\{\{\{\s*([^\s{}/]+)\s*\}\}\}\}")
_KINDS: dict[str, Kind] = {"#": "open", "/": "close", ">": "partial"}
PRINT: Kind = "print"
NOT_HERE = {
    "#>": "a partial with a body ({{#> …}})",
    "#*": "a decorator ({{#* …}})",
    "*": "a decorator ({{* …}})",
}


def lex(text: str, path: str, line: int) -> Iterator[Text | Tag]:
    """Yield the texts and tags of a template whose first line has the number `line`.

    Raises `FindingsError` with file and line for a tag that is never closed, and for tags that say nothing to us.
    """
    at = 0
    while at < len(text):
        opening = text.find("{{", at)
        if opening < 0:
            yield Text(text[at:], line)
            return
        before = text[at:opening]
        slashes = len(before) - len(before.rstrip("\\"))
        if plain := before[: len(before) - min(slashes, 1)]:
            yield Text(plain, line)
        line += before.count("\n")
        if slashes == 1:
            found = _ESCAPED_END.search(text, opening + 2)
            at = found.start() if found else len(text)
            yield Text(text[opening:at], line, escaped=True)
        elif text.startswith("{{{{", opening):
            tags, at = _raw(text, opening, path, line)
            yield from tags
        else:
            tag, at = _tag(text, opening, path, line)
            yield tag
        line += text.count("\n", opening, at)


def _raw(text: str, opening: int, path: str, line: int) -> tuple[list[Text | Tag], int]:
    """Return a raw block as its three pieces, and where it ends."""
    begin = _RAW.match(text, opening)
    if begin is None or begin[1] != "raw":
        raise _broken("only {{{{raw}}}} opens a raw block", path, line)
    closing = text.find("{{{{/raw}}}}", begin.end())
    if closing < 0:
        raise _broken("{{{{raw}}}} is never closed", path, line)
    inner = text[begin.end() : closing]
    last = line + text.count("\n", opening, closing)
    middle: list[Text | Tag] = [Text(inner, line)] if inner else []
    pieces = [Tag("open", "raw", line, raw=True), *middle, Tag("close", "raw", last, raw=True)]
    return pieces, closing + len("{{{{/raw}}}}")


def _tag(text: str, opening: int, path: str, line: int) -> tuple[Tag, int]:
    start = opening + 2
    left = text.startswith("~", start)
    start += left
    comment = (_LONG if text.startswith("!--", start) else _SHORT).match(text, start)
    if comment:
        inner = text[start + 1 : comment.end() - 2 - len(comment["right"])]
        return Tag("comment", inner, line, left, bool(comment["right"])), comment.end()
    triple = text.startswith("{", start)
    found = (_TRIPLE if triple else _CLOSE).match(text, start + triple)
    if found is None:
        raise _broken("a tag is opened here and never closed", path, line)
    inner = text[start + triple : found.end() - 2 - len(found["right"]) - triple]
    kind, code = _kind(inner, path, line) if not triple else (PRINT, inner)
    return Tag(kind, code, line, left, bool(found["right"])), found.end()


def _kind(inner: str, path: str, line: int) -> tuple[Kind, str]:
    code = inner.strip()
    for mark, what in NOT_HERE.items():
        if code.startswith(mark):
            hint = "write what it would print in its place"
            raise FindingsError(f"{what} has no counterpart here", where=f"{path}:{line}", hint=hint)
    if kind := _KINDS.get(code[:1]):
        return kind, code[1:].strip()
    if code.startswith("^"):
        return ("invert", code[1:].strip()) if code[1:].strip() else ("else", "")
    if _ELSE.match(code):
        return "else", code[4:].strip()
    return "print", inner.replace("&", "", 1) if code.startswith("&") else inner


def _broken(message: str, path: str, line: int) -> FindingsError:
    return FindingsError(f"not Handlebars: {message}", where=f"{path}:{line}")
