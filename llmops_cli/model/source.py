"""Where something was read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a file: path relative to the project root with `/`, line and column from 1 (0 = not known)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return `path:line:column`, as far as it is known."""
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part)


NOWHERE = Source("")
