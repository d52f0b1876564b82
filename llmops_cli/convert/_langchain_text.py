"""A LangChain template in one of its formats → Jinja, its variables declared; few-shot examples filled in."""

import re
from collections.abc import Mapping
from typing import Any

from llmops_cli.convert import _fstring, _mustache
from llmops_cli.convert._draft import Draft
from llmops_cli.convert._printed import values_there
from llmops_cli.convert._prompty_optional import filled
from llmops_cli.errors import FindingsError, UsageError

Json = Any

FORMATS = ("f-string", "mustache", "jinja2")
ANY = ["string", "number", "boolean", "array", "object"]
_FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def to_jinja(draft: Draft, text: str, form: Json, where: str) -> str:
    """Return the template. Raises `FindingsError` for a format, or a template in it, that cannot be read."""
    try:
        if form in ("f-string", None):
            made, names = _fstring.to_jinja(text, where)
            for name in names:
                draft.variable(name)
            return made
        if form == "mustache":
            made, said = _mustache.to_jinja(text, where)
            for note in _mustache.printed_there(text)[:1]:
                draft.note(f"{draft.path}: {note}")
            for name, spec in said.items():  # a boolean prints as True there, and as true here
                plain = "array" not in spec["type"]
                draft.variable(name, {**spec, "type": ["string", "number"]} if plain else spec)
            return made
    except UsageError as error:
        raise FindingsError(error.message, where=error.where, hint=error.hint) from None
    if form == "jinja2":
        return _jinja(draft, text, where)
    raise FindingsError(f"the template format {form!r} is not known", where=where, hint=f"one of {', '.join(FORMATS)}")


def _jinja(draft: Draft, text: str, where: str) -> str:
    from llmops_cli.render.environment import environment  # 65 ms: jinja2
    from llmops_cli.render.syntax import read

    found = read(environment({}, {}), text)
    if found.error or found.includes:
        what = found.error or f"the include {found.includes[0]} is not followed"
        raise FindingsError(f"the template is not read: {what}", where=where, hint="write it without")
    for note in values_there(text):
        draft.note(f"{draft.path}: {note}")
    for name in sorted(found.names):
        draft.variable(name, {"type": list(ANY), "required": False})
    return filled(text, found.names)


def names_in(text: str) -> frozenset[str]:
    """Return the names that an f-string prints."""
    return frozenset(found[1] for found in _FIELD.finditer(text) if found[1])


def formatted(text: str, values: Mapping[str, Json], where: str) -> str:
    """Return an f-string with values in it, as they are: nothing in a value is read again."""

    def one(found: re.Match[str]) -> str:
        if found[0] in ("{{", "}}"):
            return found[0][0]
        if found[1] is None or found[1] not in values:
            raise FindingsError(f"an example has no {found[0]}", where=where, hint="give every example all values")
        value = values[found[1]]
        if isinstance(value, (dict, list)) or value is None:
            raise FindingsError(f"the value of {found[0]} is no text", where=where, hint="write it as one")
        return str(value)

    return _FIELD.sub(one, text)
