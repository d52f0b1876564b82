"""Plain text and names → a template of ours that prints just that; another tool's name of a prompt → an id."""

import re
from collections.abc import Iterable

from llmops_cli.convert._escape import literal
from llmops_cli.convert._flat import Name

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def template(parts: Iterable[str | Name]) -> str:
    """Return the template: text is printed as it is, whatever it looks like; a name is `{{ name }}`."""
    return "".join(_printed(part) if isinstance(part, Name) else literal(part) for part in _whole(parts))


def _printed(name: Name) -> str:
    return name.written or f"{{{{ {name.name} }}}}"


def _whole(parts: Iterable[str | Name]) -> list[str | Name]:
    """Return the parts with neighbouring texts as one: `{` and `%` must not be escaped apart."""
    made: list[str | Name] = []
    for part in parts:
        if isinstance(part, str) and made and isinstance(made[-1], str):
            made[-1] += part
        else:
            made.append(part)
    return made


def slug(name: str) -> str:
    """Return an id of ours for another tool's name: small letters, digits, `. _ -`, folders kept; "" for no letter."""
    parts = (re.sub(r"[^a-z0-9._-]+", "-", part.casefold()).strip("-._") for part in name.split("/"))
    return "/".join(part for part in parts if part)
