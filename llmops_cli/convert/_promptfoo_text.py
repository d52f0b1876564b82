"""Nunjucks, as promptfoo's prompts are written in it → Jinja, where both say the same; the rest is a loss."""

import re
from collections.abc import Callable, Iterator

from llmops_cli.convert._names import RESERVED
from llmops_cli.model.prompt import Message, Prompt
from llmops_cli.model.source import NOWHERE
from llmops_cli.render.pieces import Piece, split
from llmops_cli.render.template import facts

TAGS = frozenset(["if", "elif", "else", "endif", "for", "endfor", "set", "raw", "endraw"])
"""Statements that both languages spell and mean alike."""
_STRING = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_TAG = re.compile(r"\{%[-+]?\s*(\w+)")
_ENV = re.compile(r"(?<![\w.])env\s*[.\[]")
_STRICT_EQUAL = re.compile(rf"({_STRING})|(===|!==)")
_DUMP = re.compile(rf"({_STRING})|\|\s*dump\b(\s*\(\s*\))?")
_SAFE = re.compile(rf"({_STRING})|\|\s*safe\b(?!\s*\()")
Lose = Callable[[str, str], None]


def to_jinja(text: str, lose: Lose, note: Callable[[str], None]) -> str:
    """Return the template; what has no counterpart is reported and stays as it is."""
    made = "".join(_pieces(text, lose, note))
    found = facts(Prompt("", "", (Message("user", made),), NOWHERE))
    for _, message in found.errors:
        lose(f"is no template that both languages know: {message}", "write it in another way there")
    return made


def names_of(text: str) -> tuple[str, ...]:
    """Return the names of a template's variables, in order."""
    found = facts(Prompt("", "", (Message("user", text),), NOWHERE))
    return tuple(dict.fromkeys(use.name for use in found.variables))


def _pieces(text: str, lose: Lose, note: Callable[[str], None]) -> Iterator[str]:
    for piece in split(text):
        if piece.kind in ("text", "comment", "raw"):
            yield piece.text
        elif piece.kind == "broken":
            lose(f"{piece.text[:40]!r} is never closed", "write it as text: {{ '{{' }}")
            yield piece.text
        else:
            yield _code(piece, lose, note)


def _code(piece: Piece, lose: Lose, note: Callable[[str], None]) -> str:
    code = re.sub(r"(\{%[-+]?\s*)elseif\b", r"\1elif", piece.text)
    tag = _TAG.match(code)
    if tag is not None and tag[1] not in TAGS:
        lose(f"the statement {tag[1]} is not known here", "write the prompt without it")
    if _ENV.search(re.sub(_STRING, "''", code)):
        lose("reads the environment: a prompt file does not", "make it a variable")
    code = _STRICT_EQUAL.sub(lambda found: found[1] or found[2][:-1], code)
    if (dumped := _DUMP.sub(lambda found: found[1] or "| tojson", code)) != code:
        note("dump became tojson: the same JSON, with a space after each comma and colon, and keys sorted")
        code = dumped
    return _SAFE.sub(lambda found: found[1] or "", code)


def to_nunjucks(code: str) -> str:
    """Return a piece of our template code as Nunjucks has it."""
    return re.sub(rf"({_STRING})|\|\s*tojson\b(\s*\(\s*\))?", lambda found: found[1] or "| dump", code)


def is_shared(code: str) -> bool:
    """Return whether a piece of our template code means the same in Nunjucks."""
    tag = _TAG.match(code)
    return (tag is None or tag[1] in TAGS) and not re.search(r"\bis\s+(?!not\b|defined\b|string\b|number\b)", code)


def is_name(name: str) -> bool:
    """Return whether a variable of a test can be one here."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) is not None and name not in RESERVED
