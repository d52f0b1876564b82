"""What the templates of a prompt name, found without running them, and their normal form for the digest.

A template of text and `{{ name }}` is read by one regular expression; only others import jinja2.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from llmops_cli.model.prompt import NameUse, Prompt, TemplateFacts
from llmops_cli.render.braces import bare
from llmops_cli.render.pieces import SIMPLE, Piece, cut, split_simple

_WORDS = re.compile(
    r"(?P<string>'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\")|(?P<space>\s+)|(?P<other>[^\s'\"]+|['\"])", re.DOTALL
)
_BRACED = re.compile(r"\{([A-Za-z_]\w*)\}", re.ASCII)
_TAGGED = re.compile(r"\{([{%#])([-+]?)(.*?)([-+]?)[}%#]\}", re.DOTALL)


@dataclass(slots=True)
class _Found:
    """The facts while they are collected."""

    prompt: Prompt
    variables: list[NameUse] = field(default_factory=list)
    braces: list[NameUse] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    errors: list[tuple[NameUse, str]] = field(default_factory=list)
    has_double: bool = False


def facts(prompt: Prompt) -> TemplateFacts:
    """Return what the message templates and their includes name; includes that are not read in are only listed.

    `NameUse.message` counts in `prompt.texts`: placeholders have no template.
    """
    found = _Found(prompt)
    for index, message in enumerate(prompt.texts):
        _look(found, message.content, NameUse("", index, 0), frozenset())
    return TemplateFacts(
        variables=tuple(found.variables),
        braces=tuple(found.braces),
        includes=tuple(found.includes),
        errors=tuple(found.errors),
        has_double=found.has_double,
    )


def unsettled(prompt: Prompt, found: TemplateFacts) -> tuple[NameUse, ...]:
    """Return the bare braces of which nobody has said what they are: the lint error `mixed-placeholders`.

    A `{name}` that is a declared variable is always one: it would be lost.
    """
    settled = {*prompt.constants, *prompt.literals}
    variables = {variable.name for variable in prompt.variables if variable.declared}
    return tuple(use for use in found.braces if use.name not in settled and (found.has_double or use.name in variables))


def normalise(text: str) -> str:
    r"""Return the template with one spacing inside `{{ }}` and `{% %}`, without comments and newlines as `\n`.

    A comment that takes white space away, or keeps others from doing so, stays, emptied.

    Two templates with the same normal form render alike: strings, raw text and plain text stay as they are.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if split_simple(text) is not None:
        return SIMPLE.sub(r"{{ \1 }}", text)
    pieces = cut(text)
    silent = [_is_silent(pieces, at) for at in range(len(pieces))]
    less = "".join(_normal(piece) for piece, gone in zip(pieces, silent, strict=True) if not gone)
    whole = "".join(_normal(piece) for piece in pieces)
    return less if not any(silent) or _braces(less) == _braces(whole) else whole


def _is_silent(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether a piece is a comment without which its neighbours print what they print with it."""
    if pieces[at].kind != "comment" or _strips(pieces[at].text[2:3]) or _strips(pieces[at].text[-3:-2]):
        return False
    before = pieces[at - 1] if at else None
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    held = before is not None and before.kind != "text" and _strips(before.text[-3:-2])
    return not held and not (after is not None and after.kind != "text" and _strips(after.text[2:3]))


def _strips(mark: str) -> bool:
    return mark in ("-", "+")


def _braces(text: str) -> tuple[list[str], list[str]]:
    """Return the bare braces that may be constants, with and without those inside of JSON."""
    names = set(_BRACED.findall(text))
    return [brace.name for brace in bare(text, names)], [brace.name for brace in bare(text, ())]


def _normal(piece: Piece) -> str:
    if piece.kind not in ("print", "tag", "comment"):
        return piece.text
    match = _TAGGED.fullmatch(piece.text)
    if match is None:
        return piece.text
    mark, left, inner, right = match.groups()
    shut = "}" if mark == "{" else mark
    if mark == "#":
        return f"{{#{left} {right}#}}"
    return f"{{{mark}{left} {_spaced(inner)} {right}{shut}}}"


def _spaced(code: str) -> str:
    """Return code with each run of white space outside strings as one space, none at the ends."""
    return "".join(" " if word.lastgroup == "space" else word.group() for word in _WORDS.finditer(code)).strip()


def _look(found: _Found, text: str, place: NameUse, bound: frozenset[str]) -> None:
    """Add what one template names. `bound`: names that the templates around this include give values."""
    declared = {*found.prompt.constants, *(variable.name for variable in found.prompt.variables)}
    for brace in bare(text, declared):
        found.braces.append(_at(place, brace.name, brace.start))
    if split_simple(text) is None:
        _look_deeper(found, text, place, bound)
        return
    for match in SIMPLE.finditer(text):
        found.has_double = True
        if match[1] not in bound:
            found.variables.append(_at(place, match[1], match.start(1)))


def _look_deeper(found: _Found, text: str, place: NameUse, bound: frozenset[str]) -> None:
    from llmops_cli.render.environment import reader  # 65 ms: jinja2
    from llmops_cli.render.syntax import read

    syntax = read(reader(), text)
    pieces = cut(text)
    if syntax.error:
        found.errors.append((_at(place, "", _line_offset(text, syntax.line)), syntax.error))
        return
    if pieces[-1].kind == "broken":  # jinja2 drops a `{#` or `{% raw %}` at the very end without a word
        found.errors.append((_at(place, "", pieces[-1].offset), f"{pieces[-1].text} is never closed"))
        return
    found.has_double = found.has_double or any(piece.kind == "print" for piece in pieces)
    found.variables += [_at(place, name, at) for name, at in _uses(pieces, syntax.names - bound)]
    for path in syntax.includes:
        if path not in found.includes:
            found.includes.append(path)
            if path in found.prompt.includes:
                inner = NameUse("", place.message, 0, include=path)
                _look(found, found.prompt.includes[path], inner, bound | syntax.bound)


def _uses(pieces: Sequence[Piece], names: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Yield each place where a name stands in code, in order: not in a string, not behind a point."""
    if not names:
        return
    alternatives = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    string = r"'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\""
    use = re.compile(rf"{string}|(?<![\w.|])({alternatives})(?!\w|\s*=[^=])", re.DOTALL)
    for piece in pieces:
        if piece.kind in ("print", "tag"):
            for match in use.finditer(piece.text):
                if match[1]:
                    yield match[1], piece.offset + match.start(1)


def _at(place: NameUse, name: str, offset: int) -> NameUse:
    return NameUse(name, place.message, offset, place.include)


def _line_offset(text: str, line: int) -> int:
    """Return the offset of the first piece of code on or after a line, else of the line (jinja2 knows no more)."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1 or start
    opening = re.compile(r"\{[{%]").search(text, start)
    return opening.start() if opening else start
