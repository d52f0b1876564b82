"""What the templates of a prompt do with its variables, beyond naming them: what they show, hide and never reach."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from llmops_cli.model.problem import Outline
from llmops_cli.model.prompt import NameUse, Prompt, TemplateFacts
from llmops_cli.render.pieces import Piece, cut, split_simple
from llmops_cli.render.reads import reads

_STRING = r"'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\""
_NAME = re.compile(rf"{_STRING}|(?<![\w.|])([A-Za-z_]\w*)(?!\w|\s*=[^=]|\s*\()", re.DOTALL)
_PLAIN = re.compile(r"\{\{[-+]?\s*([A-Za-z_]\w*)\s*(?:\|\s*(?:default|d|string)\s*(?:\([^()]*\))?\s*)?[-+]?\}\}")
_SIZE = re.compile(r"\s*\|\s*(?:length|count)\b")
_TAG = re.compile(r"\{%[-+]?\s*(\w+)\s*(.*?)\s*[-+]?%\}", re.DOTALL)
_GIVES = re.compile(r"[A-Za-z_]\w*")


def outline(prompt: Prompt, facts: TemplateFacts) -> Outline:
    """Return the outline of all message templates and their includes; of those only that parse."""
    faulty = {(use.message, use.include) for use, _ in facts.errors}
    found = Outline()
    given: set[str] = set()
    for _, text in _templates(prompt, facts):
        if split_simple(text) is None:
            given |= _given(cut(text)).keys()
    for place, text in _templates(prompt, facts):
        if (place.message, place.include) in faulty:
            continue
        if split_simple(text) is not None:
            own = tuple(use for use in facts.variables if (use.message, use.include) == (place.message, place.include))
            found = replace(found, prints=found.prints + own, plain=found.plain + own)
        else:
            found = _joined(found, _complex(prompt, text, place, frozenset(given)))
    return replace(found, needs=tuple(_needs(prompt, facts)))


def _needs(prompt: Prompt, facts: TemplateFacts) -> Iterator[NameUse]:
    """Yield the first use of each optional variable that every call reads; what takes the rest always has a value."""
    optional = [
        variable.name
        for variable in prompt.variables
        if not (variable.required or variable.has_default or variable.schema.get("rest") is True)
    ]
    if optional:
        read = reads(prompt)
        needed = [name for name in optional if () in read.of(name)[0]]
        yield from (next(use for use in facts.variables if use.name == name) for name in needed)


def _templates(prompt: Prompt, facts: TemplateFacts) -> Iterator[tuple[NameUse, str]]:
    for index, message in enumerate(prompt.texts):
        yield NameUse("", index, 0), message.content
    owners = {use.include: use.message for use in facts.variables if use.include}
    for path, text in prompt.includes.items():
        yield NameUse("", owners.get(path, 0), 0, path), text


def _joined(one: Outline, other: Outline) -> Outline:
    return Outline(one.prints + other.prints, one.plain + other.plain, one.hides + other.hides, one.dead + other.dead)


def _complex(prompt: Prompt, text: str, place: NameUse, everywhere: frozenset[str]) -> Outline:
    """Return the outline of one template; `everywhere`: names that some template of the prompt gives values itself."""
    from llmops_cli.render.branches import dead_branches  # 65 ms: jinja2

    pieces = cut(text)
    known = {variable.name for variable in prompt.variables}
    given = _given(pieces)
    names = known - given.keys()
    dead = dead_branches(prompt, text, everywhere)
    openings = list(_branches(pieces))
    return Outline(
        prints=tuple(replace(place, name=name, offset=at) for name, at in _shown(pieces, names)),
        plain=tuple(replace(place, name=name, offset=at) for name, at in _bare(pieces, names)),
        hides=tuple(replace(place, name=name, offset=at) for name, at in given.items() if name in known),
        dead=tuple(
            (replace(place, offset=openings[number]), why, severity)
            for number, why, severity in dead
            if number < len(openings)
        ),
    )


def _shown(pieces: Sequence[Piece], names: set[str]) -> Iterator[tuple[str, int]]:
    """Yield each use whose content is printed, walked over or kept: not in a condition, not only its length."""
    for piece in pieces:
        tag = _TAG.fullmatch(piece.text) if piece.kind == "tag" else None
        if piece.kind != "print" and not (tag and tag[1] in ("for", "set", "with", "include")):
            continue
        for match in _NAME.finditer(piece.text):
            if match[1] in names and not _SIZE.match(piece.text, match.end()):
                yield match[1], piece.offset + match.start(1)


def _bare(pieces: Sequence[Piece], names: set[str]) -> Iterator[tuple[str, int]]:
    for piece in pieces:
        match = _PLAIN.fullmatch(piece.text) if piece.kind == "print" else None
        if match and match[1] in names:
            yield match[1], piece.offset + match.start(1)


def _given(pieces: Sequence[Piece]) -> Mapping[str, int]:
    """Return the names that a template gives values itself, each with where it first does."""
    given: dict[str, int] = {}
    for piece in pieces:
        tag = _TAG.fullmatch(piece.text) if piece.kind == "tag" else None
        if tag is None or tag[1] not in ("for", "set", "with", "macro"):
            continue
        head = re.split(r"\sin\s" if tag[1] == "for" else r"\(" if tag[1] == "macro" else r"=(?!=)", tag[2])[0]
        if tag[1] == "macro":
            head = tag[2]
        for name in _GIVES.finditer(head):
            given.setdefault(name.group(), piece.offset + tag.start(2) + name.start())
    return given


def _branches(pieces: Sequence[Piece]) -> Iterator[int]:
    """Yield where each `if`, `elif` and `else` of a condition opens, in the order of the text."""
    open_: list[str] = []
    for piece in pieces:
        tag = _TAG.fullmatch(piece.text) if piece.kind == "tag" else None
        if tag is None:
            continue
        word = tag[1]
        if word in ("if", "for"):
            open_.append(word)
        elif word in ("endif", "endfor") and open_:
            open_.pop()
        if word in ("if", "elif") or (word == "else" and open_ and open_[-1] == "if"):
            yield piece.offset
