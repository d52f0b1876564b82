"""JSON lines as a stream: (line number, text, object), or what is wrong with the line. Blank lines are skipped.

Lines end at a line feed and nowhere else: U+2028 is legal inside JSON.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from llmops_cli.load.codes import found
from llmops_cli.load.json_ import Flaw, parse
from llmops_cli.model.problem import Problem
from llmops_cli.model.source import Source

MAX_LINE = 4 * 1024 * 1024
SHOWN = 200


class Line(NamedTuple):
    """One line that is a JSON object: its number from 1, its text and its value."""

    number: int
    text: str
    value: dict[str, Any]


def read(stream: BinaryIO, path: str, word: bytes = b"") -> Iterator[Line | Problem]:
    """Yield each line that is not blank and has `word` in it, or what is wrong with it."""
    number = 0
    while data := stream.readline(MAX_LINE + 1):
        number += 1
        if len(data) > MAX_LINE:
            _skip(stream, data)
            hint = "a case has at most 4 MiB; long texts can be split or shortened"
            yield found("LE012", Source(path, number, 1), "the line has more than 4 MiB", hint=hint)
            continue
        if number == 1:
            data = data.removeprefix(b"\xef\xbb\xbf")
        if data.isspace() or word not in data:
            continue
        yield _line(data, number, path)


def _skip(stream: BinaryIO, data: bytes) -> None:
    while data and not data.endswith(b"\n"):
        data = stream.readline(MAX_LINE)


def _line(data: bytes, number: int, path: str) -> Line | Problem:
    try:
        text = data.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        column = len(data[: error.start].decode("utf-8", "replace")) + 1
        message = f"not UTF-8: byte 0x{data[error.start]:02x}"
        return found("LE011", Source(path, number, column), message, hint="save the file as UTF-8")
    value, flaw = parse(text)
    if flaw is not None:
        return problem(text, flaw, number, path)
    if not isinstance(value, dict):
        flaw = Flaw("LE009", 0, "a line must be one JSON object", 1)
        return problem(text, flaw, number, path)
    return Line(number, text, value)


def problem(text: str, flaw: Flaw, number: int, path: str, hint: str = "") -> Problem:
    """Return a flaw of a line as a problem, with the part of a long line that matters as its excerpt."""
    excerpt = text if len(text) <= SHOWN else ""
    source = Source(path, number, flaw.offset + 1)
    return found(flaw.code, source, flaw.message, hint=hint, excerpt=excerpt, width=flaw.width)
