"""Where in a prompt's files something stands: a name that a template uses, a pattern in a line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from llmops_cli.model.problem import Problem, Severity, Subject
from llmops_cli.model.prompt import NameUse
from llmops_cli.model.source import Source

SUFFIX = re.compile(r"(\.prompt)?\.ya?ml$")


class Place(NamedTuple):
    """A place, the line there, and whether the characters lie in the file as they are (else `source` is coarse)."""

    source: Source
    excerpt: str
    exact: bool = True


def of_use(subject: Subject, use: NameUse) -> Place:
    """Return where a template uses a name."""
    if use.include:
        text = subject.prompt.includes.get(use.include, "")
        line = text.count("\n", 0, use.offset) + 1
        source = Source(include_path(subject, use.include), line, use.offset - text.rfind("\n", 0, use.offset))
        return Place(source, text.split("\n")[line - 1].removesuffix("\r"))
    message = subject.prompt.texts[use.message]
    source = subject.document.inside(message.path, message.content, use.offset)
    return Place(source, subject.document.excerpt(source), message.path in subject.document.texts)


def of_value(subject: Subject, *path: str | int) -> Place:
    """Return where a value of the file stands: behind its quote, if it has one."""
    document = subject.document
    source = document.inside(path, "", 0) if path in document.texts else document.where(*path)
    return Place(source, document.excerpt(source), path in document.texts)


def of_key(subject: Subject, *path: str | int) -> Place:
    """Return where a key of the file stands."""
    source = subject.document.where_key(*path)
    return Place(source, subject.document.excerpt(source), path in subject.document.keys)


def of_param(subject: Subject, name: str) -> Place:
    """Return where the key of a sampling parameter stands: in `params:`, or at the top of the file."""
    params = subject.raw.get("params")
    inside = isinstance(params, Mapping) and name in params
    return of_key(subject, "params", name) if inside else of_key(subject, name)


def of_tool(subject: Subject, index: int) -> Place:
    """Return where a tool stands: a file of several has one place for all."""
    listed = subject.raw.get("tools", ())
    one_each = len(listed) == len(subject.prompt.tools)
    return of_value(subject, "tools", index if one_each else 0)


def templates(subject: Subject) -> Iterator[tuple[NameUse, str]]:
    """Yield each template's text, messages first, then includes; `replace(use, offset=…)` is a place in it."""
    for index, message in enumerate(subject.prompt.texts):
        yield NameUse("", index, 0), message.content
    for path, text in subject.prompt.includes.items():
        yield NameUse("", 0, 0, path), text


def template_of(subject: Subject, use: NameUse) -> str:
    """Return the text of the template in which a use stands."""
    return subject.prompt.includes[use.include] if use.include else subject.prompt.texts[use.message].content


def files(subject: Subject) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield path and lines of the prompt's file and of each include."""
    yield subject.document.path, subject.document.lines
    for name, text in subject.prompt.includes.items():
        yield include_path(subject, name), text.split("\n")


def include_path(subject: Subject, name: str) -> str:
    """Return the path of an include, relative to the project root."""
    folder = subject.folder
    if not folder:
        stem = SUFFIX.sub("", subject.prompt.source.path)
        folder = stem.removesuffix(f"/{subject.prompt.id}") if stem.endswith(f"/{subject.prompt.id}") else ""
    return f"{folder}/{name}" if folder else name


def problem(  # noqa: PLR0913 - the fields of a Problem
    code: str, slug: str, severity: Severity, place: Place, message: str, *, hint: str = "", width: int = 1
) -> Problem:
    """Return a problem at a place; `width` counts only where the place is exact."""
    return Problem(code, slug, severity, place.source, message, hint, place.excerpt, width if place.exact else 1)
