"""Hunks of an edit → the lines of the files that they stand in."""

from dataclasses import dataclass

from llmops_cli.flow.registry import Entry, Registry, read_prompt
from llmops_cli.model.explained import Placed
from llmops_cli.model.hunk import Hunk
from llmops_cli.model.problem import Document
from llmops_cli.model.prompt import Message, Prompt
from llmops_cli.model.source import Source


@dataclass(frozen=True, slots=True)
class Files:
    """The prompt's files on both sides, parsed; None where a side cannot be read again."""

    before: Entry | None
    after: Entry | None

    @classmethod
    def of(cls, before: tuple[Registry, Prompt], after: tuple[Registry, Prompt]) -> "Files":
        """Return the files of two versions."""
        return cls(*(read_prompt(side.tree, side.settings, one.source.path)[0] for side, one in (before, after)))

    def placed(self, hunk: Hunk) -> Placed:
        """Return the hunk with its place: after the edit, of what was removed before it."""
        entry = self.before if hunk.kind == "removed" else self.after
        return Placed(hunk, _place(entry, hunk) if entry else Source(""))


def _place(entry: Entry, hunk: Hunk) -> Source:
    prompt, document = entry.prompt, entry.document
    top, *rest = hunk.path
    if top == "messages" and rest:
        message = prompt.messages[int(rest[0])]
        if not isinstance(message, Message) or not message.path:
            return document.where(*hunk.path)
        return _line(document.inside(message.path, message.content, _offset(message.content, hunk)))
    if top == "includes":
        text = prompt.includes.get(str(rest[0]), "")
        return Source(str(rest[0]), text.count("\n", 0, hunk.offset) + 1)
    return _line(_key(document, hunk.path))


def _offset(text: str, hunk: Hunk) -> int:
    """Return where the sentence begins in a text that still has the line ends of its file."""
    return hunk.offset + text.count("\r\n", 0, hunk.offset) if "content" in hunk.path else 0


def _key(document: Document, path: tuple[str | int, ...]) -> Source:
    """Return the place of a key; a parameter may stand at the top of the file instead."""
    own = path[1:] if path[0] == "params" and path[:2] not in document.marks else path
    return document.where_key(*own) if own in document.keys else document.where(*own)


def _line(source: Source) -> Source:
    return Source(source.path, source.line)
