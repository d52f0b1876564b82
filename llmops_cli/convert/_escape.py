"""Another tool's plain text → Jinja text that renders to exactly that text, and the braces that need to be named.

Foreign formats know one kind of placeholder; everything else in them is text, also `{{`, `{% raw`, `{word}`.
"""

import re
from collections.abc import Callable, Collection, Iterable

from llmops_cli.render.braces import bare as _bare

# What jinja2 reads as an opening: `{{`, `{%`, `{#`; a `{` at the end could become one with what is written behind it.
_OPENING = re.compile(r"\{+[{%#]|\{+\Z")
_RETURN = re.compile(r"\r")


def literal(text: str) -> str:
    r"""Return Jinja text that renders to `text`, also where something else is written right behind it.

    Only what jinja2 would read is written as `{{ '{{' }}`; a carriage return, which jinja2 turns into `\n`, too.
    """
    safe = _OPENING.sub(lambda found: f"{{{{ '{found[0]}' }}}}", text)
    return _RETURN.sub(r"{{ '\\r' }}", safe)


def bare(text: str, declared: Collection[str] = ()) -> tuple[str, ...]:
    """Return the names of a template's bare `{word}`, each once: what a prompt file must list under `literals:`.

    `declared`: the prompt's variables, which count inside JSON too.
    """
    return tuple(dict.fromkeys(brace.name for brace in _bare(text, declared)))


def bare_in(texts: Iterable[str], declared: Collection[str] = ()) -> tuple[str, ...]:
    """Return the names of the bare `{word}` of several templates, each once."""
    return tuple(dict.fromkeys(name for text in texts for name in bare(text, declared)))


def substituted(text: str, placeholder: re.Pattern[str], name_of: Callable[[str], str]) -> str:
    """Return Jinja text in which each match of `placeholder` prints a variable and all else is plain text.

    Group 1 of the expression is the foreign name, `name_of` gives ours; the text is read once, left to right.
    """
    parts, last = [], 0
    for found in placeholder.finditer(text):
        parts += [literal(text[last : found.start()]), f"{{{{ {name_of(found[1])} }}}}"]
        last = found.end()
    return "".join((*parts, literal(text[last:])))
