"""Plain mustache → Jinja: variables, sections, inverted sections, comments. What prints is never escaped as HTML.

A section is a loop, a condition or a step into a mapping, as its value decides at run time; the Jinja text decides in
the same way. Partials, lambdas and changed delimiters are refused by name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llmops_cli.convert._escape import literal
from llmops_cli.convert._names import RESERVED
from llmops_cli.errors import UsageError

_TAG = re.compile(
    r"\{\{\{(?P<raw>[^{}]*)\}\}\}|\{\{!(?P<note>.*?)\}\}|\{\{(?P<sign>[#^/>&=$<]?)(?P<name>[^{}]*)\}\}", re.DOTALL
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REST = re.compile(r"[ \t]*(?:\r?\n|\Z)")
_ANY: Mapping[str, Any] = {"type": ["string", "number", "boolean", "array", "object"], "default": ""}
_PRINTED: Mapping[str, Any] = {"type": ["string", "number", "boolean"], "default": ""}
MAX_DEPTH = 12
_REFUSED = {">": "a partial", "=": "changed delimiters", "$": "a block", "<": "a parent"}


@dataclass(slots=True)
class _Writer:
    """The Jinja text so far; the open sections, each with the name of its item ("" where it is a condition)."""

    text: str
    where: str
    parts: list[str] = field(default_factory=list)
    open: list[tuple[str, str, str]] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    tested: list[str] = field(default_factory=list)


def to_jinja(
    text: str, where: str = "", *, types: Mapping[str, str] | None = None
) -> tuple[str, dict[str, dict[str, Any]]]:
    """Return the template and its variables: name → what `variables:` says of it (a missing one prints nothing).

    `types` are known JSON types: a section over a boolean, a number or a text is a plain condition.
    Raises `UsageError` for what has no counterpart.
    """
    writer = _Writer(text, where)
    last = 0
    while (opening := text.find("{{", last)) >= 0:
        tag = _TAG.match(text, opening)
        if tag is None:
            raise _error(writer, "`{{` without its end", "write the tag out, or take the braces away")
        start, end = tag.span()
        if tag["note"] is not None or (tag["sign"] and tag["sign"] in "#^/"):
            start, end = _standalone(text, start, end)
        _plain(writer, text[last : max(last, start)])
        last = max(last, end)
        _tag(writer, tag, types or {})
    if writer.open:
        raise UsageError(f"mustache: the section {writer.open[-1][0]} is never closed", where=where)
    _plain(writer, text[last:])
    said = {name: dict(_PRINTED) for name in writer.printed} | {name: dict(_ANY) for name in writer.tested}
    return "".join(writer.parts), {name: said[name] for name in dict.fromkeys([*writer.printed, *writer.tested])}


def asked(text: str) -> frozenset[str]:
    """Return the names that a caller must give: those of prints and sections that stand in no other section."""
    depth, names = 0, set()
    for tag in _TAG.finditer(text):
        sign, name = tag["sign"] or "", (tag["raw"] or tag["name"] or "").strip()
        if not depth and tag["note"] is None and sign != "/":
            names.add(name.partition(".")[0])
        depth += 1 if sign in ("#", "^") else -1 if sign == "/" else 0
    return frozenset(names)


def printed_there(text: str) -> list[str]:
    """Return notes on values that Python's mustache prints otherwise."""
    if re.search(r"\{\{\s*[A-Za-z_.]", text) is None:
        return []
    escaped = "`{{x}}` writes <, >, & and quotes as HTML there, and prints them as they are here"
    return [escaped, "its mustache prints a boolean as true here, and printed True there"]


def _standalone(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span of a tag, with its whole line where nothing else stands in it."""
    line = text.rfind("\n", 0, start) + 1
    rest = _REST.match(text, end)
    if text[line:start].strip(" \t") or rest is None:
        return start, end
    return line, rest.end()


def _plain(writer: _Writer, text: str) -> None:
    writer.parts.append(literal(text))


def _tag(writer: _Writer, tag: re.Match[str], types: Mapping[str, str]) -> None:
    if tag["note"] is not None:
        return
    sign = tag["sign"] or ""
    name = (tag["raw"] if tag["raw"] is not None else tag["name"]).strip()
    if sign in _REFUSED:
        raise _error(writer, f"{_REFUSED[sign]}: {tag[0]}", "write its text in place of it before the import")
    if sign == "/":
        _close(writer, name)
    elif sign in ("#", "^"):
        _open(writer, sign, name, types)
    else:
        value, plain = _value(writer, name, printed=True)
        writer.parts.append(f"{{{{ {value} }}}}" if plain else f"{{{{ ({value}) | default('') }}}}")


def _open(writer: _Writer, sign: str, name: str, types: Mapping[str, str]) -> None:
    if len(writer.open) == MAX_DEPTH:
        raise _error(writer, f"sections nested deeper than {MAX_DEPTH}", "write them flatter")
    value, plain = _value(writer, name, printed=False)
    if sign == "^":
        writer.parts.append(f"{{% if not {value if plain else f'({value})'} %}}")
        writer.open.append((name, "", "endif"))
    elif plain and not writer.open and types.get(name) in ("boolean", "string", "number", "integer"):
        writer.parts.append(f"{{% if {value} %}}")
        writer.open.append((name, "", "endif"))
    else:
        item = f"item{len(writer.open) + 1}"
        while item in writer.text:
            item = f"{item}_"
        shown = value if plain else f"({value})"
        listed = f"{shown} is sequence and {shown} is not string and {shown} is not mapping"
        writer.parts.append(f"{{% for {item} in ({shown} if {listed} else [{shown}] if {shown} else []) %}}")
        writer.open.append((name, item, "endfor"))


def _close(writer: _Writer, name: str) -> None:
    if not writer.open or writer.open[-1][0] != name:
        raise _error(writer, f"{{{{/{name}}}}} closes no open section", "close the sections in their order")
    writer.parts.append(f"{{% {writer.open.pop()[2]} %}}")


def _value(writer: _Writer, name: str, *, printed: bool) -> tuple[str, bool]:
    """Return the Jinja expression of a name, and whether it is a plain name: sections are searched inside out."""
    items = [item for _, item, _ in reversed(writer.open) if item]
    if name == ".":
        if not items:
            raise _error(writer, "`{{.}}` outside a section", "name the variable")
        return items[0], True
    first, *rest = name.split(".")
    if not all(_NAME.fullmatch(part) for part in (first, *rest)) or first in RESERVED:
        hint = "a variable's name is letters, digits and _, and no word of Jinja"
        raise _error(writer, f"the name {name!r}", hint)
    (writer.printed if printed and not rest else writer.tested).append(first)
    steps = "".join(f"['{part}']" for part in rest)
    found = first
    for item in reversed(items):
        found = f"{item}['{first}'] if {item} is mapping and '{first}' in {item} else {found}"
    if not items:
        return f"{first}{steps}", not rest
    return (f"({found}){steps}" if rest else found), False


def _error(writer: _Writer, what: str, hint: str) -> UsageError:
    return UsageError(f"mustache: {what} cannot be imported", where=writer.where, hint=hint)
