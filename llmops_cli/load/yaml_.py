"""Bytes → a Document: strict YAML with a place for every part, behind limits that no file can talk its way around.

Scalars are JSON's: `true`, `false`, `null`, numbers as JSON writes them; everything else is text (`NO`, `on`, `0777`,
`2024-01-01`). No tags, no merge keys, no duplicate keys, one document. One pass over the events of the C parser.
"""

import math
import re
from collections.abc import Callable
from typing import Any

from llmops_cli.load.codes import found
from llmops_cli.load.json_ import whole_pairs
from llmops_cli.load.yaml_places import Place, Places, split
from llmops_cli.model.problem import Document, Problem
from llmops_cli.model.source import Source

MAX_BYTES = 1024 * 1024
MAX_EVENTS = 20_000
MAX_DEPTH = 32
MAX_ALIASES = 16

Path = tuple[str | int, ...]
CONFLICT = "\n<<<<<<< "
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
CONSTANTS = {"true": True, "false": False, "null": None, "": None}
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
MAX_DIGITS = 4300  # Python's own limit for text → int, without its quadratic time


class _StopReading(Exception):  # noqa: N818 - a way out of the recursion, no error
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def parse(data: bytes, path: str) -> tuple[Document | None, list[Problem]]:
    """Return the document and every problem; None where no value could be made of the bytes."""
    if len(data) > MAX_BYTES:
        hint = "long texts belong into a file of their own"
        return None, [found("LF003", Source(path, 1, 1), f"the file has {len(data)} bytes, more than 1 MiB", hint=hint)]
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place_of_byte(data, error.start)
        message = f"not UTF-8: byte 0x{data[error.start]:02x}"
        return None, [found("LF001", Source(path, line, column), message, hint="save the file as UTF-8")]
    lines = split(text)
    odd = UNPRINTABLE.search(text)
    if odd:
        return None, [_unprintable(text, lines, odd.start(), path)]
    return _Reader(text, lines, path).document()


def _unprintable(text: str, lines: list[str], offset: int, path: str) -> Problem:
    source = Source(path, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
    number = ord(text[offset])
    hint = f'remove it, or write "\\u{number:04x}" in double quotes'
    message = f"the character U+{number:04X} is not allowed in YAML"
    return found("LF014", source, message, hint=hint, excerpt=lines[source.line - 1])


def _place_of_byte(data: bytes, start: int) -> Place:
    before = data[:start]
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    return before.count(b"\n") + 1, column


class _Reader:
    """One pass over one file."""

    def __init__(self, text: str, lines: list[str], path: str) -> None:
        from yaml import CSafeLoader, events  # 46 ms, for commands that read no YAML

        self.next_event: Callable[[], Any] = CSafeLoader(whole_pairs(text)).get_event
        self.events = events
        self.file = path
        self.text = text
        self.lines = lines
        self.places = Places(text, lines)
        self.marks: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.texts: dict[Path, tuple[int, int, int]] = {}
        self.problems: list[Problem] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.seen = 0
        self.aliases = 0

    def document(self) -> tuple[Document | None, list[Problem]]:
        from yaml import YAMLError

        try:
            value = self._document()
        except _StopReading as stop:
            return None, [*self.problems, stop.problem]
        except YAMLError as error:
            return None, [*self.problems, self._syntax(error)]
        return Document(self.file, value, self.lines, self.marks, self.keys, self.texts), self.problems

    def _document(self) -> Any:
        self._next()  # the stream
        if type(self._next()) is self.events.StreamEndEvent:
            raise self._stop("LF011", (1, 1), "the file is empty", hint="write it, or delete it")
        value = self._node(self._next(), (), 0)
        self._next()  # the document's end
        event = self._next()
        if type(event) is not self.events.StreamEndEvent:
            raise self._stop(
                "LF010", self.places.at(event.start_mark), "a second document begins here", hint="remove `---`"
            )
        return value

    def _next(self) -> Any:
        event = self.next_event()
        self.seen += 1
        if self.seen > MAX_EVENTS:
            raise self._stop("LF005", self.places.at(event.start_mark), f"more than {MAX_EVENTS} parts")
        return event

    def _node(self, event: Any, path: Path, depth: int) -> Any:
        before = self.seen
        place = self.marks[path] = self.places.at(event.start_mark)
        kind = type(event)
        if kind is self.events.AliasEvent:
            return self._alias(event.anchor, place)
        if event.tag is not None:
            self._report("LF008", place, f"the tag {event.tag!r} is not read", hint="remove it; data is plain data")
        if kind is self.events.ScalarEvent:
            value = self._scalar(event, path, place)
        elif depth == MAX_DEPTH:
            raise self._stop("LF004", place, f"nested deeper than {MAX_DEPTH} levels")
        elif kind is self.events.MappingStartEvent:
            value = self._mapping(path, depth + 1)
        else:
            value = self._sequence(path, depth + 1)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, self.seen - before + 1)
        return value

    def _alias(self, name: str, place: Place) -> Any:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise self._stop("LF006", place, f"more than {MAX_ALIASES} aliases")
        if name not in self.anchors:
            raise self._stop("LF006", place, f"the alias *{name} stands before the end of an anchor &{name}")
        value, size = self.anchors[name]
        self.seen += size
        if self.seen > MAX_EVENTS:
            raise self._stop("LF005", place, f"more than {MAX_EVENTS} parts, each alias counted at its full size")
        return value

    def _sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        end = self.events.SequenceEndEvent
        while type(event := self._next()) is not end:
            items.append(self._node(event, (*path, len(items)), depth))
        return items

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        end = self.events.MappingEndEvent
        while type(event := self._next()) is not end:
            key, place = self._key(event)
            child = (*path, key)
            merge = key == "<<" and not event.style
            if merge:
                self._report("LF007", place, "the merge key << is not read", hint="write the keys out", width=2)
            elif key in mapping:
                first = self.keys[child][0]
                hint = f"the first one is in line {first}"
                self._report("LF009", place, f"the key {key!r} stands twice", hint=hint, width=len(key))
            else:
                self.keys[child] = place
            value = self._node(self._next(), child, depth)
            if not merge:
                mapping.setdefault(key, value)
        return mapping

    def _key(self, event: Any) -> tuple[str, Place]:
        place = self.places.at(event.start_mark)
        if type(event) is not self.events.ScalarEvent:
            hint = "quote text that begins with { or [ or *"
            raise self._stop("LF013", place, "a key must be text, not a list, a mapping or an alias", hint=hint)
        if event.tag is not None:
            self._report("LF008", place, f"the tag {event.tag!r} is not read", hint="remove it")
        if event.anchor is not None:
            self.anchors[event.anchor] = (event.value, 1)
        return event.value, place

    def _scalar(self, event: Any, path: Path, place: Place) -> Any:
        text: str = event.value
        if not event.style:
            if text in CONSTANTS:
                return CONSTANTS[text]
            if text[0] in "-0123456789" and (number := NUMBER.fullmatch(text)):
                return self._number(text, number, place)
        located = self.places.text(text, event.style, place)
        if located is not None:
            self.texts[path] = located
        return text

    def _number(self, text: str, number: re.Match[str], place: Place) -> float | str:
        if number[1] is None and number[2] is None and len(text) <= MAX_DIGITS:
            return int(text)
        value = float(text) if len(text) <= MAX_DIGITS else math.inf
        if math.isinf(value):
            self._report("LF012", place, "the number is out of range", hint="quote it", width=len(text))
            return text
        return value

    def _syntax(self, error: Any) -> Problem:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line, column = self.places.at(mark) if mark is not None else (1, 1)
        if conflict := self._conflict():
            message = "not YAML: a merge is not finished, and git's conflict marker stands here"
            hint = "keep one side or both, remove the lines <<<<<<<, ======= and >>>>>>>, then git add the file"
            excerpt = self.places.excerpt(conflict)
            return found("LF002", Source(self.file, conflict, 1), message, hint=hint, excerpt=excerpt)
        parts = (getattr(error, "problem", None), getattr(error, "context", None))
        excerpt = self.places.excerpt(line)
        hint = "indent with spaces, not tabs" if excerpt[column - 1 : column] == "\t" else ""
        message = f"not YAML: {' '.join(part for part in parts if part) or error}"
        return found("LF002", Source(self.file, line, column), message, hint=hint, excerpt=excerpt)

    def _conflict(self) -> int:
        """Return the line of git's first conflict marker, 0 when there is none."""
        text = f"\n{self.text}"
        found_at = text.find(CONFLICT)
        return text.count("\n", 0, found_at) + 1 if found_at >= 0 else 0

    def _problem(self, code: str, place: Place, message: str, hint: str, width: int) -> Problem:
        excerpt = self.places.excerpt(place[0])
        return found(code, Source(self.file, *place), message, hint=hint, excerpt=excerpt, width=width)

    def _report(self, code: str, place: Place, message: str, *, hint: str = "", width: int = 1) -> None:
        self.problems.append(self._problem(code, place, message, hint, width))

    def _stop(self, code: str, place: Place, message: str, *, hint: str = "", width: int = 1) -> _StopReading:
        return _StopReading(self._problem(code, place, message, hint, width))
