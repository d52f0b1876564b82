"""A YAML text → where its parts begin and end, and its comments. The strict loader has read it before."""

import re
from typing import Any

from llmops_cli.load.yaml_places import OTHER_BREAKS
from llmops_cli.model.layout import Item, Kind, Layout, Span
from llmops_cli.model.problem import Document

_COMMENT = re.compile(r"(?:(?<=[ \t])|(?<=\n)|^)#[^\n]*")
_BLOCK_HEADER_COMMENT = re.compile(r"[|>][-+0-9]*[ \t]+(#[^\n]*)")


class _Unusual(Exception):  # noqa: N818 - a way out of the recursion, no error
    """The text has what this module does not take apart."""


def layout(text: str, document: Document) -> Layout | None:
    """Return the parts of a text that the strict loader made `document` of, without a problem.

    None where they cannot be told apart by place: anchors and aliases, tags, line ends that are none to an editor.
    """
    from yaml import CSafeLoader, YAMLError

    if OTHER_BREAKS.search(text):
        return None
    try:
        reader = _Reader(text, CSafeLoader(text).get_event)
        root = reader.document(document.value)
    except (_Unusual, YAMLError, LookupError, TypeError):
        return None
    return Layout(text, root, comments(text))


def comments(text: str) -> tuple[str, ...]:
    """Return the comments of a text that the strict loader has read without a problem: `#` outside every scalar."""
    from yaml import CSafeLoader, events

    loader = CSafeLoader(text)
    scalars: list[tuple[int, int]] = []
    while type(event := loader.get_event()) is not events.StreamEndEvent:
        if type(event) is events.ScalarEvent:
            marks: Any = event
            scalars.append((marks.start_mark.index, marks.end_mark.index))
    found: list[str] = []
    position = 0
    for start, end in [*scalars, (len(text), len(text))]:
        found += [match[0].rstrip() for match in _COMMENT.finditer(text, position, start)]
        header = _BLOCK_HEADER_COMMENT.match(text, start, end)
        if header:
            found.append(header[1].rstrip())
        position = max(position, end)
    return tuple(found)


class _Reader:
    """One pass over the events, beside the value that the strict loader made of them."""

    def __init__(self, text: str, next_event: Any) -> None:
        from yaml import events

        self.text = text
        self.next = next_event
        self.events = events

    def document(self, value: Any) -> Span:
        self.next()
        self.next()
        return self._span(self.next(), value)

    def _span(self, event: Any, value: Any) -> Span:
        kind = type(event)
        if kind is self.events.AliasEvent or event.anchor is not None or event.tag is not None:
            raise _Unusual
        if kind is self.events.ScalarEvent:
            return self._scalar(event, value)
        start, column = event.start_mark.index, event.start_mark.column
        mapping = kind is self.events.MappingStartEvent
        items, last = self._mapping(value) if mapping else self._list(value)
        if event.flow_style:
            end = last.end_mark.index
            shape: Kind = "flow mapping" if mapping else "flow list"
            closed = self.text[start : start + 1] in "{[" and self.text[end - 1 : end] in "}]"
            opaque = not closed or self._odd_gaps(start + 1, end - 1, items, "," if closed else "")
            return Span(shape, value, start, end, column, opaque, () if opaque else tuple(items))
        shape = "mapping" if mapping else "list"
        if not mapping:
            items = self._dashed(items, start, column)
        end = items[-1].span.end
        opaque = any(self._column(item.start) != column for item in items)
        opaque = opaque or (mapping and self._odd_gaps(start, end, items, ""))
        return Span(shape, value, start, end, column, opaque, () if opaque else tuple(items))

    def _scalar(self, event: Any, value: Any) -> Span:
        start, end = event.start_mark.index, event.end_mark.index
        if event.style in ("|", ">"):
            header = self.text[start : self.text.find("\n", start) + 1 or end].partition("#")[0]
            if "+" not in header:  # the blank lines behind it are no part of what it says
                end = start + len(self.text[start:end].rstrip(" \n")) + 1
            return Span("block scalar", value, start, min(end, len(self.text)))
        return Span("scalar", value, start, end)

    def _mapping(self, value: Any) -> tuple[list[Item], Any]:
        items: list[Item] = []
        while type(event := self.next()) is not self.events.MappingEndEvent:
            if event.anchor is not None or event.tag is not None:
                raise _Unusual
            items.append(Item(event.value, event.start_mark.index, self._span(self.next(), value[event.value])))
        return items, event

    def _list(self, value: Any) -> tuple[list[Item], Any]:
        items: list[Item] = []
        while type(event := self.next()) is not self.events.SequenceEndEvent:
            span = self._span(event, value[len(items)])
            items.append(Item("", span.start, span))
        return items, event

    def _dashed(self, items: list[Item], start: int, column: int) -> list[Item]:
        """Return the items of a block list, each beginning at its dash."""
        found: list[Item] = []
        position = start
        for item in items:
            gap = _COMMENT.sub(lambda comment: " " * len(comment[0]), self.text[position : item.span.start])
            dash = gap.find("-")
            if dash < 0 or self._column(position + dash) != column:
                raise _Unusual
            found.append(Item("", position + dash, item.span))
            position = max(item.span.end, position + dash + 1)
        return found

    def _column(self, index: int) -> int:
        return index - (self.text.rfind("\n", 0, index) + 1)

    def _odd_gaps(self, start: int, end: int, items: list[Item], comma: str) -> bool:
        """Return whether something else than white space (and commas) stands between the items."""
        position = start
        for item in items:
            if self.text[position : item.start].strip(f" \t\n{comma}") and (comma or self._odd(position, item.start)):
                return True
            if comma and "#" in self.text[item.start : item.span.start].replace(item.key, ""):
                return True
            position = item.span.end
        rest = self.text[position:end].strip(f" \t\n{comma}")
        return bool(rest) and bool(comma)

    def _odd(self, start: int, end: int) -> bool:
        """Return whether a gap between block entries holds more than comments."""
        return bool(_COMMENT.sub("", self.text[start:end]).strip(" \t\n"))
