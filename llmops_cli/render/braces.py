r"""The bare `{identifier}` of a template's plain text: neither JSON nor LaTeX.

JSON: a `{name}` inside a closed pair of braces that begins like an object (`{"a": {name}}`) is text, unless the name is
declared. LaTeX: the braces of a command or an index (`\frac{a}{b}`, `x_{i}`) belong to it, whatever is declared.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from llmops_cli.render.pieces import SIMPLE, Piece, split, split_simple

_BARE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
# Possessive and bounded, so that hostile text costs linear time.
_GROUP = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+\}"
_COMMAND = r"\\[A-Za-z]++\*?+(?:\[[^\]\n]{0,80}+\])?+"
_INDEXED = r"(?:(?<![A-Za-z0-9_])[A-Za-z0-9]|[)}\]])"
_LATEX = re.compile(rf"{_COMMAND}(?:[_^]?{_GROUP})++|{_INDEXED}(?:[_^]{_GROUP})++")
_OBJECT = re.compile(r"\{\s*+(?:[\"']|[A-Za-z_]\w*+\s*+:)")
_BRACE = re.compile(r"[{}]")


class Brace(NamedTuple):
    """One bare `{name}`: where it begins and ends in the template."""

    name: str
    start: int
    end: int


def plain_text(text: str) -> str:
    """Return a template with NULs for all that is not plain text: offsets stay, and JSON may go around a value."""
    if split_simple(text) is not None:
        return SIMPLE.sub(lambda match: "\0" * len(match.group()), text)
    return "".join(_masked(split(text)))


def bare(text: str, declared: Collection[str]) -> Iterator[Brace]:
    """Yield the bare braces of a template, in order. `declared`: names that count inside JSON too."""
    if not _BARE.search(text):
        return
    plain = plain_text(text)
    latex = _merged(_latex(plain))
    objects = _merged(_objects(plain))
    for match in _BARE.finditer(plain):
        name, start = match[1], match.start()
        if not _inside(start, latex) and (name in declared or not _inside(start, objects)):
            yield Brace(name, start, match.end())


def replace_constants(text: str, names: Mapping[str, str]) -> str:
    """Return the template with each bare `{constant}` as a print of the name that `names` maps it to.

    A constant is thereby printed as it is, and neither parsed nor stripped.
    """
    parts, last = [], 0
    for brace in bare(text, names) if names else ():
        if brace.name in names:
            parts += [text[last : brace.start], "{{ ", names[brace.name], " }}"]
            last = brace.end
    return "".join((*parts, text[last:]))


def _masked(pieces: Iterable[Piece]) -> Iterator[str]:
    for piece in pieces:
        yield piece.text if piece.kind == "text" else "\0" * len(piece.text)


def _latex(plain: str) -> Iterator[tuple[int, int]]:
    """Yield each LaTeX command or index with its braces."""
    # Looked for first, since most prompts have none and the expression is tried at every character.
    if "\\" in plain or "_{" in plain or "^{" in plain:
        for match in _LATEX.finditer(plain):
            yield match.span()


def _objects(plain: str) -> Iterator[tuple[int, int]]:
    """Yield the inside of each closed pair of braces that begins like a JSON object."""
    if not _OBJECT.search(plain):
        return
    open_at: list[int] = []
    for match in _BRACE.finditer(plain):
        if match.group() == "{":
            open_at.append(match.start())
        elif open_at:
            start = open_at.pop()
            if _OBJECT.match(plain, start):
                yield start + 1, match.end()


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans sorted, those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _inside(position: int, spans: list[tuple[int, int]]) -> bool:
    index = bisect_right(spans, position, key=lambda span: span[0]) - 1
    return index >= 0 and position < spans[index][1]
