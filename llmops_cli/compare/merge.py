"""Three versions of a YAML text → one that has the edits of both sides, comments and formatting kept.

A text is taken apart at its keys; what one side changed is taken as that side wrote it, what both changed is taken
apart further. Entries are told apart by key, messages by likeness, tools by name; a block scalar is merged by lines.
Where both sides changed one thing, conflict marks stand around its key alone.
"""

import re
from dataclasses import dataclass, field

from llmops_cli.compare.merge_flow import flow
from llmops_cli.compare.merge_items import Id, identified, in_order
from llmops_cli.compare.merge_lines import Marks, merge_lines
from llmops_cli.compare.merge_pick import Clash, Path, by_meaning, line_end, new_lines, picked, said
from llmops_cli.model.layout import Layout, Span

# Stands before a conflict until the text is put together: the indentation before it is taken away then.
_HIDDEN = "\0"
_HIDDEN_INDENT = re.compile(f" *{_HIDDEN}")


@dataclass(frozen=True, slots=True)
class Merged:
    """The text, and the paths where both sides changed the same thing (then it has conflict marks)."""

    text: str
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """An entry of a block collection: the comment lines before it, and its own text up to a line's end."""

    lead: str
    head: str
    body: str
    span: Span


Pieces = tuple[Piece, Piece, Piece]


def merge(base: Layout, ours: Layout, theirs: Layout, marks: Marks) -> Merged | None:
    """Return the merged text; None where the texts cannot be told apart by their keys.

    Each text ends with a newline and holds a block mapping at its top.
    """
    sides = (base, ours, theirs)
    roots = (base.root, ours.root, theirs.root)
    if any(root.kind != "mapping" for root in roots):
        return None
    heads = [side.text[: side.root.start] for side in sides]
    tails = [side.text[line_end(side.text, side.root.end) :] for side in sides]
    work = _Work(marks, (base.text, ours.text, theirs.text))
    try:
        body = work.block(roots, (), own_line=True)
    except Clash:
        return None
    text = _comments(*heads) + _HIDDEN_INDENT.sub("", body) + _comments(*tails)
    return Merged(text, tuple(work.conflicts))


def _comments(base: str, ours: str, theirs: str) -> str:
    """Return the comment lines of both sides: where they wrote different ones, ours and then theirs."""
    return merge_lines(base, ours, theirs, lambda mine, yours: mine + new_lines(mine, yours))


@dataclass(slots=True)
class _Work:
    """One merge: the three texts (base, ours, theirs), and the conflicts so far."""

    marks: Marks
    texts: tuple[str, str, str]
    conflicts: list[str] = field(default_factory=list)

    def block(self, spans: tuple[Span, Span, Span], path: Path, *, own_line: bool) -> str:
        """Return the merged text of a block mapping or list, from its first entry to the end of its last line."""
        if any(span.opaque or span.column != spans[0].column for span in spans):
            raise Clash
        names = identified(spans)
        pieces = [
            dict(zip(ids, _pieces(text, span), strict=True))
            for ids, text, span in zip(names, self.texts, spans, strict=True)
        ]
        indent = " " * spans[0].column
        merged = ""
        for name in in_order(names, path, spans[0].kind):
            base, ours, theirs = (side.get(name) for side in pieces)
            place = _Place((*path, _word(name)), indent, own_line=own_line or bool(merged))
            if base and ours and theirs:
                lead, body = _comments(base.lead, ours.lead, theirs.lead), self._body((base, ours, theirs), place)
            else:
                lead, body = self._one_sided(base, ours, theirs, place)
            if body and not merged:
                merged = lead.lstrip(" \n") + (indent if lead.strip() else "") + body
            elif body:
                merged += lead + indent + body
        if not merged:
            raise Clash  # a block without entries is none: the entry around it says what it is now
        return merged

    def _one_sided(
        self, base: Piece | None, ours: Piece | None, theirs: Piece | None, place: "_Place"
    ) -> tuple[str, str]:
        """Return lead and body of an entry that not all three have; an empty body where it is gone."""
        if ours and theirs:
            same = said(place.path[-1], ours.span.value) == said(place.path[-1], theirs.span.value)
            if ours.body == theirs.body or same:
                return _comments("", ours.lead, theirs.lead), ours.body
            return ours.lead, self._marked(ours.body, theirs.body, place)
        kept = ours or theirs
        if kept is None:
            return "", ""
        if base is None:
            return kept.lead, kept.body
        if base.body == kept.body and not new_lines(base.lead, kept.lead):
            return "", ""
        return kept.lead, self._marked(ours.body if ours else "", theirs.body if theirs else "", place)

    def _marked(self, ours: str, theirs: str, place: "_Place") -> str:
        if not place.own_line:
            raise Clash
        self.conflicts.append(".".join(place.path))
        return _HIDDEN + self.marks.conflict(*(f"{place.indent}{text}" if text else "" for text in (ours, theirs)))

    def _body(self, pieces: Pieces, place: "_Place") -> str:
        """Return the merged text of an entry that all three have, with marks where both sides changed one thing."""
        base, ours, theirs = (piece.body for piece in pieces)
        if (choice := picked(base, ours, theirs)) is not None:
            return choice
        known = len(self.conflicts)
        try:
            return self._inside(pieces, place.path)
        except Clash:
            del self.conflicts[known:]
        try:
            values = (pieces[0].span.value, pieces[1].span.value, pieces[2].span.value)
            return by_meaning(place.path[-1], (base, ours, theirs), values)
        except Clash:
            return self._marked(ours, theirs, place)

    def _inside(self, pieces: Pieces, path: Path) -> str:
        """Return the entry's text with its value merged. Raises `Clash`."""
        spans = (pieces[0].span, pieces[1].span, pieces[2].span)
        head = _head(*(piece.head for piece in pieces))
        if head is None or len({span.kind for span in spans}) > 1:
            raise Clash
        if spans[0].kind in ("mapping", "list"):
            return head + self.block(spans, path, own_line="\n" in head)
        if spans[0].kind == "block scalar":
            return head + self._lines(pieces, path)
        rest = picked(*(piece.body[len(piece.head) + piece.span.end - piece.span.start :] for piece in pieces))
        if rest is None:
            raise Clash
        if spans[0].kind == "scalar":
            value = picked(*(text[span.start : span.end] for text, span in zip(self.texts, spans, strict=True)))
            if value is None:
                raise Clash
            return head + value + rest
        return head + flow(self.texts, spans, path) + rest

    def _lines(self, pieces: Pieces, path: Path) -> str:
        """Return a merged block scalar: its header, and its lines."""
        parts = [piece.body[len(piece.head) :].partition("\n") for piece in pieces]
        header = picked(*(part[0] for part in parts))
        indents = {_indent(part[2]) for part in parts if part[2].strip()}
        if header is None or len(indents) > 1:
            raise Clash

        def clash(ours: str, theirs: str) -> str:
            self.conflicts.append(".".join(path))
            return self.marks.conflict(ours, theirs)

        base, ours, theirs = (part[2] for part in parts)
        return f"{header}\n{merge_lines(base, ours, theirs, clash)}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an entry stands: its path, its indentation, and whether it begins a line of its own."""

    path: Path
    indent: str
    own_line: bool


def _pieces(text: str, span: Span) -> list[Piece]:
    pieces: list[Piece] = []
    before = span.start
    for item in span.items:
        start = text.rfind("\n", 0, item.start) + 1 if pieces else item.start
        end = line_end(text, item.span.end)
        pieces.append(Piece(text[before:start], text[item.start : item.span.start], text[item.start : end], item.span))
        before = end
    return pieces


def _head(base: str, ours: str, theirs: str) -> str | None:
    """Return what stands between the start of an entry and its value: a key, and comment lines below it."""
    choice = picked(base, ours, theirs)
    if choice is not None or any("\n" not in head for head in (base, ours, theirs)):
        return choice
    starts, middles, indents = zip(*(_parts(head) for head in (base, ours, theirs)), strict=True)
    start, indent = picked(*starts), picked(*indents)
    return None if start is None or indent is None else f"{start}{_comments(*middles)}{indent}"


def _parts(head: str) -> tuple[str, str, str]:
    """Return the first line, the lines between, and what stands before the value on its own line."""
    first, last = head.index("\n") + 1, head.rindex("\n") + 1
    return head[:first], head[first:last], head[last:]


def _indent(body: str) -> int:
    first = next(line for line in body.split("\n") if line.strip())
    return len(first) - len(first.lstrip(" "))


def _word(name: Id) -> str:
    return str(name[1]) if isinstance(name, tuple) else str(name)
