"""The body of a `.prompty` file → messages, split while it is still a template, so that no value can open a message.

A line `role:` (also `# role:`, `role[key=value]:`, any case) begins a message; text before the first one is a system
message; empty lines at the ends of a message go. A variable of kind `thread` is a place for earlier turns.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from llmops_cli.render.pieces import Piece
from llmops_cli.render.pieces import split as pieces_of

ROLES = ("system", "user", "assistant", "developer")
BOUNDARY = re.compile(rf"(?i)\s*+(?:#\s*+)?({'|'.join(ROLES)})(\[[^\]\n]*\])?\s*:\s*")
# `{{item.role}}:` on a line of its own: the value is to decide whose message it is.
_DYNAMIC = re.compile(r"\s*+(?:#\s*+)?\{\{[^{}]*\brole\b[^{}]*\}\}\s*+(\[[^\]\n]*\]\s*+)?:\s*+")
_SILENT = re.compile(r"\{%[^{}]*+(?<=%)\}|\{#[^{}]*+(?<=#)\}")
_COMMENTS = re.compile(r"(?:\s|\{#.*?#\})*", re.DOTALL)
_NAME = re.compile(r"\{\{[-+]?\s*([A-Za-z_][A-Za-z0-9_]*)\s*[-+]?\}\}")
_OPENS = re.compile(r"\{%[-+]?\s*(if|for|filter|with|macro|call|block|set\s+\w+\s*[-+]?%)")
_CLOSES = re.compile(r"\{%[-+]?\s*end\w+")
# The way in which most prompts show earlier turns: a loop over messages, each with its own role line.
_TURNS = re.compile(
    r"\{%-?\s*+for\s++(?P<item>\w++)\s++in\s++(?P<list>\w++)\s*+-?%\}\s*+(?:#\s*+)?"
    r"\{\{-?\s*+(?P=item)(?:\.role|\[['\"]role['\"]\])\s*+-?\}\}\s*+:\s*+"
    r"\{\{-?\s*+(?P=item)(?:\.content|\[['\"]content['\"]\])\s*+-?\}\}\s*+\{%-?\s*+endfor\s*+-?%\}"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A message: its role, its attributes as they stand (`[name="x"]`), its template; or a place for turns.

    `cut`: it stands beside turns, where all white space at its ends goes. `opened`: a role line stands above it.
    """

    role: str
    text: str
    line: int
    attributes: str = ""
    thread: str = ""
    cut: bool = False
    opened: bool = False


@dataclass(slots=True)
class Body:
    """The messages, the names of loops over turns that became places for them, and what cannot be split."""

    parts: list[Part]
    turns: list[str]
    refused: list[tuple[int, str]]


def split(text: str, line: int, threads: Collection[str] = (), *, jinja: bool = True) -> Body:
    """Return the messages of a body that begins in `line` of its file. `threads`: the variables of kind `thread`."""
    body = Body([], [], [])
    text = _turns_as_names(text, body)
    lines = text.split("\n")
    depths = _depths(text) if jinja else [0] * len(lines)
    # A message: its role, its attributes, where its first line is; the first one has no role line of its own.
    starts = [("", "", 0)]
    for index, each in enumerate(lines):
        found = BOUNDARY.fullmatch(each)
        if found is None and _DYNAMIC.fullmatch(each):
            body.refused.append((line + index, f"the value of {each.strip()} would decide whose message it is"))
        elif found is not None and depths[index]:
            where = "a comment or raw text" if depths[index] < 0 else "a condition or a loop"
            body.refused.append((line + index, f"the role line `{each.strip()}` stands inside {where}"))
        elif found is None and jinja and hides_role(each):
            body.refused.append((line + index, f"in `{each.strip()[:40]}` code stands beside a role line"))
        elif found is not None:
            starts.append((found[1].lower(), found[2] or "", index + 1))
    ends = [start - 1 for _, _, start in starts[1:]] + [len(lines)]
    for (role, attributes, start), end in zip(starts, ends, strict=True):
        content = "\n".join(lines[start:end])
        if role or content.strip():
            part = Part(role or "system", content, line + start, attributes, opened=bool(role))
            _add(body, part, {*threads, *body.turns})
    return body


def hides_role(line: str) -> bool:
    """Return whether a line may become a role line once its code is rendered."""
    bare = _SILENT.sub("", line)
    return bare != line and BOUNDARY.fullmatch(bare) is not None


def _turns_as_names(text: str, body: Body) -> str:
    def named(found: re.Match[str]) -> str:
        body.turns.append(found["list"])
        lines = found[0].count("\n")
        return f"{{{{{found['list']}}}}}" + "\n" * lines

    return _TURNS.sub(named, text)


def _depths(text: str) -> list[int]:
    """Return for each line in how many blocks it begins; -1 inside a comment, raw text, or code of several lines."""
    depths = [0]
    depth = 0
    for piece in pieces_of(text):
        if piece.kind == "tag":
            depth += 1 if _OPENS.match(piece.text) else -1 if _CLOSES.match(piece.text) else 0
        inside = depth if piece.kind == "text" else -1
        depths += [inside] * piece.text.count("\n")
    return depths


def _add(body: Body, part: Part, threads: Collection[str]) -> None:
    """Add a message, cut at the places for earlier turns, without the empty lines at its ends."""
    cut = _cut(part.text, threads, body, part.line)
    if len(cut) == 1:
        body.parts.append(replace(part, text=part.text.strip("\n")))
        return
    for index, piece in enumerate(cut):
        if index % 2:
            body.parts.append(Part("", "", part.line, thread=piece))
        elif not _COMMENTS.fullmatch(piece):
            body.parts.append(replace(part, text=piece.strip(), cut=True))


def _cut(text: str, threads: Collection[str], body: Body, line: int) -> list[str]:
    """Return text, name, text, name, …, text: cut at the prints of threads that stand in no block."""
    if not threads:
        return [text]
    made, current, depth = [], "", 0
    for piece in pieces_of(text):
        depth += _step(piece)
        name = _NAME.fullmatch(piece.text) if piece.kind == "print" else None
        if name is None or name[1] not in threads:
            current += piece.text
        elif "-" in (piece.text[2], piece.text[-3]):
            body.refused.append((line, f"`-` trims the lines around the turns of {name[1]}"))
        elif depth:
            body.refused.append((line, f"the turns of {name[1]} stand inside a condition or a loop"))
        else:
            made += [current, name[1]]
            current = ""
    return [*made, current]


def _step(piece: Piece) -> int:
    if piece.kind != "tag":
        return 0
    return 1 if _OPENS.match(piece.text) else -1 if _CLOSES.match(piece.text) else 0
