"""A commit of a prompt's history."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: full hex id, parents, who, when (ISO 8601 with zone), and the first line of its message."""

    id: str
    parents: tuple[str, ...]
    author: str
    email: str
    date: str
    subject: str
