"""Nunjucks, as promptfoo's prompts are written in it → Jinja, where both say the same; the rest is a loss."""

import re
from collections.abc import Callable, Iterator

from llmops_cli.convert._names import RESERVED
from llmops_cli.convert._nunjucks import STRING, differing, rarely, sets_in_loops
from llmops_cli.model.prompt import Message, Prompt
from llmops_cli.model.source import NOWHERE
from llmops_cli.render.pieces import Piece, split
from llmops_cli.render.template import facts

TAGS = frozenset(["if", "elif", "else", "endif", "for", "endfor", "set", "raw", "endraw"])
"""Statements that both languages spell and mean alike."""
_TAG = re.compile(r"\{%[-+]?\s*(\w+)")
_ENV = re.compile(r"(?<![\w.])env\s*[.\[]")
_STRICT_EQUAL = re.compile(rf"({STRING})|(===|!==)")
_DUMP = re.compile(rf"({STRING})|\|\s*dump\b(\s*\(\s*\d*\s*\))?")
_SAFE = re.compile(rf"({STRING})|\|\s*safe\b(?!\s*\()")
_PAIRS = re.compile(r"(\{%[-+]?\s*for\s+\w+\s*,\s*\w+\s+in\s+)([\w.]+)(\s*[-+]?%\})")
_ITEMS = re.compile(r"\((\w[\w.]*)\.items\(\) if \1 is mapping else \1\)")
_NUMBER_EQUAL = re.compile(rf"({STRING})|(?<![=!<>])[=!]=(?=\s*-?\d)")
_STRINGIFY = re.compile(rf"({STRING})|\|\s*stringify\b(\s*\(\s*\d*\s*\))?")
_METHOD = re.compile(r"\.\s*\w+\s*\(")
_GIVEN = r"\b{name}\s*(?:\|\s*default\b|is\s+(?:not\s+)?defined\b|is\s+undefined\b)"
_KEYS = r"\{{%[-+]?\s*for\s+\w+\s+in\s+{name}\s*[-+]?%"
_TRUTH = r"\b(?:if|elif|elseif|not|and|or)\s+\(?\s*{name}\s*(?:[-+]?[%}}]\}}|\)|\band\b|\bor\b|\belse\b)"
Lose = Callable[[str, str], None]


def to_jinja(text: str, lose: Lose, note: Callable[[str], None]) -> str:
    """Return the template; what has no counterpart is reported and stays as it is."""
    made = "".join(_pieces(text, lose, note))
    found = facts(Prompt("", "", (Message("user", made),), NOWHERE))
    if sets_in_loops(made):
        lose(
            "a name that is set in a loop keeps its value after the turn there, and loses it here", "write it otherwise"
        )
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
    if _ENV.search(re.sub(STRING, "''", code)):
        lose("reads the environment: a prompt file does not", "make it a variable")
    for what in differing(code):
        lose(what, "write the prompt without it")
    for what in rarely(code):
        note(what)
    code = _PAIRS.sub(r"\1(\2.items() if \2 is mapping else \2)\3", code)
    code = _STRICT_EQUAL.sub(lambda found: found[1] or found[2][:-1], code)
    code = _DUMP.sub(lambda found: found[1] or f"| stringify{found[2] or ''}", code)
    return _SAFE.sub(lambda found: found[1] or "", code)


def asks_whether_empty(text: str, name: str) -> bool:
    """Return whether a template asks for the truth of a variable: an empty list is true there and false here."""
    return _in_code(text, _TRUTH, name)


def asks_whether_given(text: str, name: str) -> bool:
    """Return whether a template has something to say where a variable is left out."""
    return _in_code(text, _GIVEN, name)


def walks_keys(text: str, name: str) -> bool:
    """Return whether a template loops over a variable with one name: over the keys, where that is a mapping."""
    return _in_code(text, _KEYS, name)


def _in_code(text: str, pattern: str, name: str) -> bool:
    asked = re.compile(pattern.format(name=re.escape(name)))
    return any(piece.kind not in ("text", "comment", "raw") and asked.search(piece.text) for piece in split(text))


def to_nunjucks(code: str) -> str:
    """Return a piece of our template code as Nunjucks has it."""
    code = _ITEMS.sub(r"\1", code)
    code = _NUMBER_EQUAL.sub(lambda found: found[1] or f"{found[0]}=", code)
    return _STRINGIFY.sub(lambda found: found[1] or f"| dump{found[2] or ''}", code)


def unshared(code: str) -> str:
    """Return why a piece of our template code does not mean the same in Nunjucks; "" where it does."""
    tag = _TAG.match(code)
    plain = re.sub(STRING, "''", _ITEMS.sub(r"\1", code))
    if tag is not None and tag[1] not in TAGS:
        return f"Nunjucks does not know {{% {tag[1]} %}}"
    if re.search(r"\|\s*tojson\b", plain):
        return "Nunjucks writes JSON without spaces, and does not sort it: `stringify` does so here too"
    if _METHOD.search(plain) or re.search(r"\bis\s+(?!not\b|defined\b|string\b|number\b)", plain):
        return f"Nunjucks does not know {code[:60]!r}"
    return next(differing(_ITEMS.sub(r"\1", code), digits=False), "")


def is_name(name: str) -> bool:
    """Return whether a variable of a test can be one here."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) is not None and name not in RESERVED
