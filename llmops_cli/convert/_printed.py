"""What a template prints by its name alone, and how the values of its type come out in other languages."""

import re

from llmops_cli.model.prompt import Prompt, Variable
from llmops_cli.render.pieces import split

_TOJSON = re.compile(r"\|\s*tojson\b")
_NAME = re.compile(r"\{\{[-+]?\s*([A-Za-z_][A-Za-z0-9_]*)\s*[-+]?\}\}")


def kinds(variable: Variable) -> frozenset[str]:
    """Return the JSON types that a variable is declared with; none for an undeclared one."""
    said = variable.schema.get("type", ())
    return frozenset((said,) if isinstance(said, str) else said)


def printed(prompt: Prompt, kind: str) -> list[str]:
    """Return the variables with this type that a template prints as they are."""
    texts = [*(message.content for message in prompt.texts), *prompt.includes.values()]
    found = [_NAME.fullmatch(piece.text) for text in texts for piece in split(text) if piece.kind == "print"]
    names = {name[1] for name in found if name}
    return [item.name for item in prompt.variables if item.name in names and kind in kinds(item)]


def printed_numbers(prompt: Prompt) -> list[str]:
    """Return a note for each number that JavaScript prints: 1.0 is 1 there."""
    return [f"{name} is a number: 1.0 prints 1 there, and 1.0 here" for name in printed(prompt, "number")]


def printed_booleans(prompt: Prompt, tool: str) -> list[str]:
    """Return a note for each boolean that Python prints."""
    names = printed(prompt, "boolean")
    return [f"{name} is a boolean: {tool} prints True and False, and ours true and false" for name in names]


def values_there(text: str) -> list[str]:
    """Return notes on what Python's own jinja2 prints otherwise for a template: booleans, JSON."""
    code = [piece.text for piece in split(text) if piece.kind in ("print", "tag")]
    notes = []
    if any(each.startswith("{{") and not each.startswith(("{{ '", '{{ "')) for each in code):
        notes.append("its Jinja prints a boolean as true here, and printed True there; no list is printed")
    if any(_TOJSON.search(each) for each in code):
        notes.append("`tojson` writes <, >, & and ' as \\u003c and so on there, and é as \\u00e9; here they stay")
    return notes
