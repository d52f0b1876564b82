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
_FILTER = re.compile(r"\|\s*(\w+)")
FILTERS = frozenset(["trim", "lower", "upper", "capitalize", "default", "replace", "join", "length", "first", "last"])
FILTERS |= {"indent", "abs", "dump", "tojson", "safe"}
"""Filters that both languages spell and mean alike; `dump` and `safe` are rewritten."""
_DIFFERENT = (
    (re.compile(r"(?<![*/])/(?!/)"), "a division gives a whole number there and 2.0 here"),
    (re.compile(r"\[\s*-"), "an index from the end is nothing there and an item here"),
    (
        re.compile(r"(?:(?<![=!])[=!]=\s*-?\d)|(?:\d\s*[=!]=(?!=))"),
        "`==` takes a text of digits for the number there, and not here: write `===`",
    ),
)
_PAIRS = re.compile(r"(\{%[-+]?\s*for\s+\w+\s*,\s*\w+\s+in\s+)([\w.]+)(\s*[-+]?%\})")
_ITEMS = re.compile(r"\((\w[\w.]*)\.items\(\) if \1 is mapping else \1\)")
_NUMBER_EQUAL = re.compile(rf"({_STRING})|(?<![=!<>])[=!]=(?=\s*-?\d)")
_METHOD = re.compile(r"\.\s*\w+\s*\(")
_GIVEN = r"\b{name}\s*(?:\|\s*default\b|is\s+(?:not\s+)?defined\b|is\s+undefined\b)"
_KEYS = r"\{{%[-+]?\s*for\s+\w+\s+in\s+{name}\s*[-+]?%"
_TRUTH = r"\b(?:if|elif|elseif|not|and|or)\s+\(?\s*{name}\s*(?:[-+]?[%}}]\}}|\)|\band\b|\bor\b|\belse\b)"
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
    _differing(re.sub(_STRING, "''", code), lose)
    code = _PAIRS.sub(r"\1(\2.items() if \2 is mapping else \2)\3", code)
    code = _STRICT_EQUAL.sub(lambda found: found[1] or found[2][:-1], code)
    if (dumped := _DUMP.sub(lambda found: found[1] or "| tojson", code)) != code:
        note("dump became tojson: the same JSON, with a space after each comma and colon, and keys sorted")
        code = dumped
    return _SAFE.sub(lambda found: found[1] or "", code)


def _differing(code: str, lose: Lose) -> None:
    """Report what both languages know and mean otherwise; the texts in the code are taken out before."""
    for name in sorted({*_FILTER.findall(code)} - FILTERS):
        lose(f"the filter {name} works otherwise here, or not at all", "write the prompt without it")
    for pattern, what in _DIFFERENT:
        if pattern.search(code):
            lose(what, "write the prompt without it")


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
    return re.sub(rf"({_STRING})|\|\s*tojson\b(\s*\(\s*\))?", lambda found: found[1] or "| dump", code)


def is_shared(code: str) -> bool:
    """Return whether a piece of our template code means the same in Nunjucks."""
    tag = _TAG.match(code)
    plain = re.sub(_STRING, "''", _ITEMS.sub(r"\1", code))
    odd = [pattern for pattern, _ in _DIFFERENT[:2] if pattern.search(plain)] or {*_FILTER.findall(plain)} - FILTERS
    known = (tag is None or tag[1] in TAGS) and not odd and not _METHOD.search(plain)
    return known and not re.search(r"\bis\s+(?!not\b|defined\b|string\b|number\b)", plain)


def is_name(name: str) -> bool:
    """Return whether a variable of a test can be one here."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) is not None and name not in RESERVED
