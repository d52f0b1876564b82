"""A prompt of ours → messages of plain text and names, for tools that know nothing else.

Constants are written in, includes inlined, examples written out as turns: the model is sent the same. What only our
templates can say (conditions, loops, filters) stays a `Code` piece, and the writer reports it.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from llmops_cli.model.exchange import Loss
from llmops_cli.model.prompt import Placeholder, Prompt
from llmops_cli.render.braces import Brace, bare
from llmops_cli.render.errors import RenderError
from llmops_cli.render.examples import last_user, place_of, turns
from llmops_cli.render.pieces import LANGUAGE, Piece, split
from llmops_cli.render.printed import UnprintableError, printed

MAX_DEPTH = 8
_NAME = re.compile(r"\{\{[-+]?\s*([A-Za-z_][A-Za-z0-9_]*)\s*[-+]?\}\}")
_STRING = re.compile(r"\{\{[-+]?\s*(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")\s*[-+]?\}\}", re.DOTALL)
_INCLUDE = re.compile(r"\{%[-+]?\s*include\s+(?:'([^'\\]*)'|\"([^\"\\]*)\")\s*[-+]?%\}")
_RAW = re.compile(r"\{%\+?\s*raw\s*%\}(.*)\{%\s*endraw\s*\+?%\}", re.DOTALL)


class Name(NamedTuple):
    """A place for a variable's value. `written` is how it stands in the text, spacing kept: `{{ name }}`."""

    name: str
    written: str = ""


class Code(NamedTuple):
    """Template code as it stands in the file: a condition, a loop, a filter."""

    text: str


class Include(NamedTuple):
    """An include that the writer asked to keep, by its path."""

    path: str


Part = str | Name | Code | Include


@dataclass(frozen=True, slots=True)
class Turn:
    """One message: its role and parts; `path` is where it stands in our file."""

    role: str
    parts: tuple[Part, ...]
    path: str


@dataclass(slots=True)
class Flat:
    """The messages in order; a placeholder is its `Placeholder`."""

    turns: list[Turn | Placeholder] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def flatten(prompt: Prompt, *, keep: Collection[str] = ()) -> Flat:
    """Return the prompt's messages; the includes in `keep` are not inlined. The prompt's includes are read in."""
    flat = Flat()
    cut = _Cut(prompt, frozenset(keep), flat)
    made: list[Turn | Placeholder] = []
    for place, message in enumerate(prompt.messages):
        if isinstance(message, Placeholder):
            made.append(message)
        else:
            path = ".".join(str(part) for part in message.path) or f"messages.{place}.content"
            made.append(Turn(message.role, tuple(_joined(cut.parts(message.content, path, 0))), path))
    shown = _examples(prompt, made, flat)
    before = place_of(prompt)
    flat.turns = [*made[:before], *shown, *made[before:]]
    if prompt.constants:
        flat.notes.append(f"constants are written into the text: {', '.join(prompt.constants)}")
    return flat


def code_of(flat: Flat, tool: str) -> list[Loss]:
    """Return a loss for each piece of logic, for a tool that has none."""
    hint = "write the prompt without it, or --lossy: it is sent to the model as it stands"
    return [
        Loss(turn.path, f"{tool} has no template logic: {part.text[:80]!r}", hint)
        for turn in flat.turns
        if isinstance(turn, Turn)
        for part in turn.parts
        if isinstance(part, Code)
    ]


class _Cut:
    """Cuts the templates of one prompt into parts."""

    def __init__(self, prompt: Prompt, keep: frozenset[str], flat: Flat) -> None:
        self.prompt = prompt
        self.keep = keep
        self.flat = flat
        self.constants = {name: text for name, text in prompt.constants.items() if name not in prompt.literals}

    def parts(self, text: str, path: str, depth: int) -> Iterator[Part]:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        braces = [brace for brace in bare(text, self.constants) if brace.name in self.constants]
        pieces = list(split(text))
        for place, piece in enumerate(pieces):
            if piece.kind == "text":
                before = pieces[place - 1].text if place else ""
                after = pieces[place + 1].text if place + 1 < len(pieces) else ""
                yield from self._text(text, piece, braces, (before, after))
            else:
                yield from self._code(piece, path, depth)

    def _text(self, text: str, piece: Piece, braces: list[Brace], around: tuple[str, str]) -> Iterator[Part]:
        """Yield plain text with constants in, trimmed where the code around it says so (`-}}`, `{{-`)."""
        start, end = piece.offset, piece.offset + len(piece.text)
        if re.search(r"-[}%#]\}\Z", around[0]):
            start = end - len(piece.text.lstrip())
        if re.match(r"\{[{%#]-", around[1]):
            end = start + len(text[start:end].rstrip())
        for brace in braces:
            if start <= brace.start and brace.end <= end:
                yield text[start : brace.start]
                yield self.constants[brace.name]
                start = brace.end
        yield text[start:end]

    def _code(self, piece: Piece, path: str, depth: int) -> Iterator[Part]:
        name, string = _NAME.fullmatch(piece.text), _STRING.fullmatch(piece.text)
        include, raw = _INCLUDE.fullmatch(piece.text), _RAW.fullmatch(piece.text)
        if piece.kind == "comment":
            self.flat.notes.append(f"{path}: a comment is left out")
        elif piece.kind == "broken":
            yield piece.text
        elif raw is not None and piece.kind == "raw":
            yield raw[1]
        elif name is not None and name[1] not in LANGUAGE:
            yield self.constants.get(name[1], Name(name[1], _unmarked(name[0])))
        elif string is not None:
            yield _unescaped(string[1] if string[1] is not None else string[2])
        elif include is not None:
            yield from self._include(piece, include[1] or include[2] or "", path, depth)
        else:
            yield Code(piece.text)

    def _include(self, piece: Piece, target: str, path: str, depth: int) -> Iterator[Part]:
        if target in self.keep:
            yield Include(target)
        elif target in self.prompt.includes and depth < MAX_DEPTH:
            self.flat.notes.append(f"{path}: the include {target} is written into the text")
            yield from self.parts(self.prompt.includes[target], path, depth + 1)
        else:
            yield Code(piece.text)


def _unmarked(written: str) -> str:
    """Return how a variable stands in the text; "" where the marks of whitespace control are part of it."""
    return "" if written[2] in "-+" or written[-3] in "-+" else written


def _unescaped(text: str) -> str:
    """Return what a string of a template means, as jinja2 reads it."""
    if "\\" not in text:
        return text
    return text.encode("ascii", "backslashreplace").decode("unicode-escape")


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """Yield the parts with neighbouring texts as one."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
        text = ""
        yield part
    if text:
        yield text


def _examples(prompt: Prompt, made: list[Turn | Placeholder], flat: Flat) -> list[Turn]:
    """Return the example turns, written out; a loss where their template has logic."""
    if prompt.examples is None:
        return []
    asked = made[last_user(prompt)] if last_user(prompt) >= 0 else None
    given = {variable.name: variable.default for variable in prompt.variables if variable.has_default}

    def ask(inputs: Mapping[str, Any]) -> str:
        assert isinstance(asked, Turn)
        return "".join(_said(part, {**given, **inputs}) for part in asked.parts)

    try:
        shown = turns(prompt, ask)
    except RenderError as error:
        hint = "make the last user message plain text and variables, or write the examples as messages"
        flat.losses.append(Loss("examples", f"the examples cannot be written out: {error.message}", hint))
        return []
    flat.notes.append(f"{prompt.examples.k} examples are written out as messages")
    return [Turn(turn["role"], (turn["content"],), "examples") for turn in shown]


def _said(part: Part, values: Mapping[str, Any]) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Name) and part.name in values:
        try:
            return printed(values[part.name])
        except UnprintableError as error:
            raise RenderError(f"{part.name} is no text") from error
    raise RenderError(f"{part[0]} is not known there")
