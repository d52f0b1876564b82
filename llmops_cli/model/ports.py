"""The shapes that stages hand to one another."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

if TYPE_CHECKING:  # records cost 1 ms each at start-up: who uses them imports them
    from llmops_cli.model.completion import Answer, Completion, Request
    from llmops_cli.model.evalset import Case
    from llmops_cli.model.problem import Problem, Subject
    from llmops_cli.model.run import Score

Complete = Callable[["Request"], "Answer"]
"""A provider, or a wrapper around one. Returns a Failure instead of raising; safe to call from many threads."""

Scorer = Callable[["Case", "Completion"], "Score"]
"""Judges one answer. Returns an unscored Score instead of raising; safe to call from many threads."""

Ask = Callable[[Mapping[str, Any], "Case"], "Answer"]
"""Renders a judge's rubric prompt with these inputs and asks its model."""

Rule = Callable[["Subject"], Iterable["Problem"]]
"""A lint rule."""


class Tree(Protocol):
    """The files of one moment: the working tree, or a commit. Paths are relative to the project root, with `/`."""

    @property
    def name(self) -> str:
        """`worktree`, or the full commit id."""
        ...

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Raises `FileNotFoundError`; `PermissionError` for a symlink or a way out."""
        ...

    def open(self, path: str) -> BinaryIO:
        """Return an open binary stream of a file, to be closed by the caller. Raises as `read` does."""
        ...

    def entries(self, folder: str) -> Mapping[str, str]:
        """Return the regular files below `folder` with their git blob ids (40 or 64 hex), sorted by path."""
        ...


class Answers(Protocol):
    """A layer that may know an answer already: recordings, the cache."""

    def get(self, fingerprint: str) -> "Completion | None":
        """Return the stored answer to the request with this fingerprint."""
        ...

    def put(self, request: "Request", answer: "Completion") -> None:
        """Keep an answer."""
        ...
