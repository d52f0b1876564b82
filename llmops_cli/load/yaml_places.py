"""Where the parts of a YAML file lie, counted as editors count: lines end at a line feed and nowhere else."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

OTHER_BREAKS = re.compile("[\x85\u2028\u2029]|\r(?!\n)")

Place = tuple[int, int]


def split(text: str) -> list[str]:
    """Return the lines of a text without their ends."""
    lines = text.split("\n")
    return [line.removesuffix("\r") for line in lines] if "\r" in text else lines


class Places:
    """The places of one file's parts."""

    def __init__(self, text: str, lines: Sequence[str]) -> None:
        """Count line starts anew where the parser sees line ends that editors do not."""
        self.lines = lines
        self.starts: list[int] | None = None
        if OTHER_BREAKS.search(text):
            self.starts = [0]
            for line in text.split("\n"):
                self.starts.append(self.starts[-1] + len(line) + 1)

    def at(self, mark: Any) -> Place:
        """Return line and column, from 1, of a mark of the parser."""
        if self.starts is None:
            return mark.line + 1, mark.column + 1
        line = bisect_right(self.starts, mark.index)
        return line, mark.index - self.starts[line - 1] + 1

    def text(self, text: str, style: str | None, place: Place) -> tuple[int, int, int] | None:
        """Return (line, column, indent) of a scalar's first character, if its text lies in the file as it is."""
        line, column = place
        if style == "|":
            return self._block(text, line)
        source = self.lines[line - 1]
        if not style:
            return (line, column, 0) if source.startswith(text, column - 1) else None
        after = column + len(text)
        if source.startswith(text, column) and source[after : after + 1] == style:
            return line, column + 1, 0
        return None

    def _block(self, text: str, line: int) -> tuple[int, int, int] | None:
        content = text.lstrip("\n")
        if not content or self.starts is not None:
            return None
        first = content.split("\n", 1)[0]
        source = self.excerpt(line + 1 + len(text) - len(content))
        if not source.endswith(first):
            return None
        indent = len(source) - len(first)
        return line + 1, indent + 1, indent

    def excerpt(self, line: int) -> str:
        """Return a line of the file, or nothing."""
        return self.lines[line - 1] if 0 < line <= len(self.lines) else ""
