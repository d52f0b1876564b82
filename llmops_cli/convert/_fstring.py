"""Python format strings (`{name}`, `{{` for a brace) → Jinja, and back.

Only plain names are read: `{a.b}`, `{a[0]}`, `{a!r}`, `{a:>10}` and `{}` would run code of the value or count
arguments, and are refused by name.
"""

import re

from llmops_cli.convert._escape import literal
from llmops_cli.convert._names import RESERVED
from llmops_cli.errors import UsageError

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def to_jinja(text: str, where: str = "") -> tuple[str, tuple[str, ...]]:
    """Return the template and the variables it names, in the order of their first use.

    Raises `UsageError` for a field that is no plain name and for a brace that stands alone.
    """
    parts: list[str] = []
    names: list[str] = []
    plain, last = "", 0
    for found in _PART.finditer(text):
        plain += text[last : found.start()]
        last = found.end()
        if found[0] in ("{{", "}}"):
            plain += found[0][0]
            continue
        name = _name(found, text, where)
        parts += [literal(plain), f"{{{{ {name} }}}}"]
        names.append(name)
        plain = ""
    return "".join((*parts, literal(plain + text[last:]))), tuple(dict.fromkeys(names))


def from_text(text: str) -> str:
    """Return plain text as a part of a format string: braces doubled."""
    return text.replace("{", "{{").replace("}", "}}")


def _name(found: re.Match[str], text: str, where: str) -> str:
    line = text.count("\n", 0, found.start()) + 1
    if found[1] is None:
        hint = "a brace that is text is written twice: {{ or }}"
        raise UsageError(f"f-string line {line}: a lone `{found[0]}`", where=where, hint=hint)
    name = found[1]
    if not _NAME.fullmatch(name):
        hint = "only {name} is read; JSON in an f-string needs doubled braces: {{ and }}"
        raise UsageError(f"f-string line {line}: `{found[0]}` is no plain variable", where=where, hint=hint)
    if name in RESERVED:
        hint = "rename it before the import: the word means something to Jinja"
        raise UsageError(f"f-string line {line}: a variable may not be called {name}", where=where, hint=hint)
    return name
