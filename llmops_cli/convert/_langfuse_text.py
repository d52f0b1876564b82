"""The text of a Langfuse prompt: `{{name}}` is a variable, `@@@langfusePrompt:…@@@` another prompt's text.

All else is text. Variables are found as Langfuse's Python client finds them: from `{{` to the next `}}`. Its
JavaScript client reads Mustache; where the two differ (`{{#list}}`, `{{a.b}}`), that is a loss and not a guess.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from llmops_cli.convert._flat import Name
from llmops_cli.convert._names import RESERVED, identifier
from llmops_cli.convert._plain import IDENTIFIER

REFERENCE = re.compile(r"@@@langfusePrompt:(.*?)@@@", re.DOTALL)
_MUSTACHE = ("#", "^", "/", ">", "&", "!", "{", "=")
_CALLABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_. -]*")
Lose = Callable[[str, str], None]
"""What is lost and what to do."""


class Reference(NamedTuple):
    """Another prompt's text, put in here: its name, and the version or label that is meant. `tag` is as written."""

    name: str
    version: str
    label: str
    tag: str


def cut(text: str, lose: Lose) -> Iterator[str | Name | Reference]:
    """Yield the parts of a text in order; neighbouring texts are not joined."""
    last = 0
    for tag in REFERENCE.finditer(text):
        yield from _variables(text[last : tag.start()], lose)
        yield _reference(tag)
        last = tag.end()
    yield from _variables(text[last:], lose)


def names_in(text: str) -> list[str]:
    """Return what Langfuse would take for a variable, in order; names as they stand there."""
    return [found for _, found, _ in _regions(text)]


def _reference(tag: re.Match[str]) -> Reference:
    said = dict(pair.split("=", 1) for pair in tag[1].split("|") if "=" in pair)
    return Reference(said.get("name", ""), said.get("version", ""), said.get("label", ""), tag[0])


def _regions(text: str) -> Iterator[tuple[int, str, int]]:
    start = text.find("{{")
    while start >= 0 and (end := text.find("}}", start + 2)) >= 0:
        yield start, text[start + 2 : end].strip(), end + 2
        start = text.find("{{", end + 2)


def _variables(text: str, lose: Lose) -> Iterator[str | Name]:
    last = 0
    for start, name, end in _regions(text):
        yield text[last:start]
        if IDENTIFIER.fullmatch(name):
            if name in RESERVED:
                hint = "callers give it under its new name"
                lose(f"the variable {name} is called {identifier(name)}: {name} is a word of our templates", hint)
            yield Name(identifier(name)) if name in RESERVED else Name(name, text[start:end])
        else:
            _doubt(text[start:end], name, lose)
            yield text[start:end]
        last = end
    yield text[last:]


def _doubt(written: str, name: str, lose: Lose) -> None:
    """Report what one of Langfuse's clients may fill in, and we keep as text. JSON in double braces is only text."""
    shown = written if len(written) < 60 else f"{written[:56]} …"  # noqa: PLR2004 - a line's worth
    if name.startswith(_MUSTACHE) or "{{" in name:
        lose(f"{shown!r} is text to Langfuse's Python client and logic to its JavaScript client; kept as text",
             "write the prompt without it, or import with --lossy and write the logic in Jinja")  # fmt: skip
    elif _CALLABLE.fullmatch(name):
        lose(f"{shown!r} is no variable's name here; kept as text", "rename it there to letters, digits and _")
