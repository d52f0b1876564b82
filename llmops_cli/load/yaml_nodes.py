"""A YAML text → its tree with comments. The strict loader has read the text before, without a problem."""

import re
from typing import Any

from llmops_cli.load.yaml_places import OTHER_BREAKS
from llmops_cli.model.yaml_node import Comment, Entry, Node

COMMENT = re.compile(r"(?:(?<=[ \t\n])|^)#[^\n]*")
HEADER = re.compile(r"[|>][-+0-9]*")


class UnformattableError(Exception):
    """The text has what is left as it is: said in the message."""


def nodes(text: str) -> Node:
    """Return the tree of a text whose lines end in a line feed alone. Raises `UnformattableError`."""
    if OTHER_BREAKS.search(text):
        raise UnformattableError("it has line ends that are none to an editor")
    return _Reader(text).root()


class _Reader:
    """One pass over the events; comments are taken from the gaps between them, each once."""

    def __init__(self, text: str) -> None:
        from yaml import CSafeLoader, events

        self.text = text
        self.lines = text.split("\n")
        self.loader: Any = CSafeLoader(text)
        self.events: Any = events
        self.found = self._comments()
        self.position = 0

    def _comments(self) -> list[tuple[int, int, int, str, bool]]:
        """Return (index, line, column, text, alone on its line) of each comment, in order."""
        from yaml import CSafeLoader

        loader: Any = CSafeLoader(self.text)
        spans: list[tuple[int, int]] = []
        event: Any = None
        while type(event := loader.get_event()) is not self.events.StreamEndEvent:
            if type(event) is self.events.ScalarEvent:
                start = event.start_mark.index
                block = HEADER.match(self.text, start) if event.style in ("|", ">") else None
                # The comment behind a block scalar's header lies inside its span.
                line_end = self.text.find("\n", start) if block else start
                line_end = len(self.text) if line_end < 0 else line_end
                spans += [(start, block.end()), (line_end, event.end_mark.index)] if block else []
                spans += [] if block else [(start, event.end_mark.index)]
        found = []
        position = line = counted = 0
        for start, end in [*spans, (len(self.text), len(self.text))]:
            for match in COMMENT.finditer(self.text, position, start):
                line += self.text.count("\n", counted, match.start())
                counted = match.start()
                column = match.start() - (self.text.rfind("\n", 0, match.start()) + 1)
                alone = not self.lines[line][:column].strip(" \t")
                found.append((match.start(), line, column, match.group().rstrip(), alone))
            position = max(position, end)
        return found

    def root(self) -> Node:
        """Return the document."""
        self.loader.get_event()
        start = self.loader.get_event()
        if type(start) is not self.events.DocumentStartEvent:
            raise UnformattableError("it is empty")
        if start.version or start.tags:
            raise UnformattableError("it has a %-directive")
        first = self.loader.peek_event()
        if type(first) is not self.events.MappingStartEvent:
            raise UnformattableError("it is no mapping")
        before = self._before(self.loader.peek_event().start_mark)
        node = self._node()
        node.tail += self._until(len(self.text))
        if node.entries:
            node.entries[0].before[:0] = before
        return node

    def _node(self) -> Node:
        event = self.loader.get_event()
        kind = type(event)
        if kind is self.events.AliasEvent:
            return Node("alias", event.anchor)
        if event.tag is not None:
            raise UnformattableError("it has a tag")
        anchor = event.anchor or ""
        if kind is self.events.ScalarEvent:
            body = self._body(event) if event.style == ">" else ()
            return Node("scalar", event.value, event.style or "", anchor=anchor, body=body)
        mapping = kind is self.events.MappingStartEvent
        node = Node("mapping" if mapping else "list", flow=bool(event.flow_style), anchor=anchor)
        end = self.events.MappingEndEvent if mapping else self.events.SequenceEndEvent
        while type(self.loader.peek_event()) is not end:
            node.entries.append(self._entry(node, mapping=mapping))
        closing = self.loader.get_event()
        node.tail += self._tail(event, closing)
        return node

    def _entry(self, node: Node, *, mapping: bool) -> Entry:
        mark = self.loader.peek_event().start_mark
        entry = Entry(Node("scalar"), before=self._before(mark, blank=not node.flow))
        if node.entries and _keeps_lines(node.entries[-1].value):
            entry.before = [comment for comment in entry.before if comment is not None]
        if mapping:
            key: Any = self.loader.get_event()
            if type(key) is not self.events.ScalarEvent or key.tag is not None:
                raise UnformattableError("a key is no plain text")
            entry.key = Node("scalar", key.value, key.style or "", anchor=key.anchor or "")
            value_start = self.loader.peek_event().start_mark
            entry.before += self._header(entry, key.end_mark.line, value_start)
        entry.value = self._node()
        self._beside(entry)
        if node.flow and entry.beside is not None:
            entry.beside = Comment(entry.beside.text, 0)  # it will stand in another line
        return entry

    def _header(self, entry: Entry, line: int, value: Any) -> list[Comment | None]:
        """Take the comments between a key and its value: the one in the key's line stands beside, others before.

        Those above the first entry of a block collection are left to that entry.
        """
        event = self.loader.peek_event()
        collections = (self.events.MappingStartEvent, self.events.SequenceStartEvent)
        block = isinstance(event, collections) and not event.flow_style
        rest: list[Comment | None] = []
        while self.position < len(self.found):
            index, at, column, text, alone = self.found[self.position]
            if index >= value.index or (block and (alone or at != line)):
                break
            self.position += 1
            if at == line and not alone and entry.beside is None:
                entry.beside = Comment(text, column)
            else:
                rest.append(Comment(text, column))
        return rest

    def _beside(self, entry: Entry) -> None:
        """Take the comment in the line in which a value ends; for a block scalar, that of its header."""
        if self.position >= len(self.found):
            return
        index, _, column, text, alone = self.found[self.position]
        if alone or index >= self.loader.peek_event().start_mark.index:
            return
        self.position += 1
        if entry.beside is not None:
            entry.before.append(entry.beside)
        entry.beside = Comment(text, column)

    def _before(self, mark: Any, *, blank: bool = True) -> list[Comment | None]:
        """Take all comments up to a place; with None where an empty line stands above one of them, or the place."""
        taken = self._until(mark.index, blank=blank)
        if blank and self._blank_above(mark.line):
            taken.append(None)
        return taken

    def _until(self, index: int, *, blank: bool = True) -> list[Comment | None]:
        taken: list[Comment | None] = []
        for _, line, column, text, _alone in self._take(index):
            if blank and self._blank_above(line):
                taken.append(None)
            taken.append(Comment(text, column))
        return taken

    def _tail(self, opening: Any, closing: Any) -> list[Comment | None]:
        """Take the comments behind a collection's last entry that stand at least as deep as its entries."""
        if opening.flow_style:
            return [comment for comment in self._until(closing.start_mark.index, blank=False) if comment]
        least = opening.start_mark.column
        list_at_key = type(opening) is self.events.SequenceStartEvent and self._is_at_key(opening.start_mark)
        taken: list[Comment | None] = []
        while self.position < len(self.found):
            index, line, column, text, alone = self.found[self.position]
            deep = column > least if list_at_key else column >= least
            if index >= closing.start_mark.index or not alone or not deep or least == 0:
                break
            taken += [None, Comment(text, column)] if self._blank_above(line) else [Comment(text, column)]
            self.position += 1
        return taken

    def _is_at_key(self, mark: Any) -> bool:
        """Return whether a list's dashes stand in the column of the key above it."""
        above = next(
            (line for line in reversed(self.lines[: mark.line]) if line.strip() and not line.lstrip().startswith("#")),
            "",
        )
        return bool(len(above) - len(above.lstrip(" ")) == mark.column)

    def _take(self, index: int) -> list[tuple[int, int, int, str, bool]]:
        """Take the comments before a character of the text."""
        start = self.position
        while self.position < len(self.found) and self.found[self.position][0] < index:
            self.position += 1
        return self.found[start : self.position]

    def _blank_above(self, line: int) -> bool:
        return line > 0 and not self.lines[line - 1].strip()

    def _body(self, event: Any) -> tuple[str, ...]:
        """Return the lines of a folded scalar without their indent; () where its indent is given by a digit."""
        start, end = event.start_mark.index, event.end_mark.index
        header, _, rest = self.text[start:end].partition("\n")
        if any(sign.isdigit() for sign in header.partition("#")[0]):
            return ()
        lines = rest.rstrip(" ").split("\n")
        indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")]
        if not indents or not indents[0]:
            return ()
        depth = indents[0]
        while lines and not lines[-1].strip(" "):
            lines.pop()
        chomping = HEADER.match(header)
        mark = chomping.group() if chomping else ">"
        return () if "+" in mark or min(indents) < depth else (mark, *(line[depth:].rstrip("\r") for line in lines))


def _keeps_lines(node: Node) -> bool:
    """Return whether the empty lines behind a value are part of it."""
    if node.style in ("|", ">"):
        return node.text.endswith("\n\n") or not node.text.strip("\n")
    return bool(node.entries) and not node.flow and _keeps_lines(node.entries[-1].value)
