"""Templates in which a missing value prints nothing (stock Jinja) → ours, in which it must be said: `| default('')`."""

import re
from collections.abc import Callable, Collection

from llmops_cli.render.pieces import split

_TOKEN = re.compile(
    r"(?P<string>'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\")|(?P<space>\s+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>==|!=|<=|>=|//|\*\*|[^\sA-Za-z_'\"])",
    re.DOTALL,
)
_MARKED = re.compile(r"(\{[{%][-+]?)(.*?)([-+]?[}%]\})", re.DOTALL)
_SAFE = ("==", "!=", "~")
_FILLED = re.compile(r"(?<![\w.])([A-Za-z_][A-Za-z0-9_]*) \| default\((?:''|\[\])\)")


def filled(text: str, names: Collection[str]) -> str:
    """Return the template with `| default('')` behind each use of the names that stock Jinja takes without a value.

    Where stock Jinja itself would fail, or where nothing can be said in general, the use stays: it fails here too.
    """
    if not any(name in text for name in names):
        return text
    made = []
    for piece in split(text):
        code = _MARKED.fullmatch(piece.text) if piece.kind in ("print", "tag") else None
        made.append(code[1] + _filled(code[2], piece.kind, names) + code[3] if code else piece.text)
    return "".join(made)


def unfilled(text: str, names: Collection[str]) -> str:
    """Return the template as it was before `filled`: where `filled` would write the same again, it is left out."""
    made = []
    for piece in split(text):
        code = piece.text
        if piece.kind in ("print", "tag") and (shorter := _FILLED.sub(_plain(names), code)) != code:
            code = shorter if filled(shorter, names) == code else code
        made.append(code)
    return "".join(made)


def _plain(names: Collection[str]) -> Callable[[re.Match[str]], str]:
    return lambda found: found[1] if found[1] in names else found[0]


def _filled(code: str, kind: str, names: Collection[str]) -> str:
    tokens = [(found.lastgroup, found.group()) for found in _TOKEN.finditer(code)]
    made = []
    for place, (group, text) in enumerate(tokens):
        made.append(text)
        if group == "name" and text in names and _needs(tokens, place, kind):
            empty = "[]" if _is_loop(tokens, place) else "''"
            made.append(f" | default({empty})")
    return "".join(made)


def _needs(tokens: list[tuple[str | None, str]], place: int, kind: str) -> bool:
    before = next((text for group, text in reversed(tokens[:place]) if group != "space"), "")
    after = [text for group, text in tokens[place + 1 :] if group != "space"]
    if before in (".", "|", "is") or (after and after[0] in ("=", "is", "(", ".", "[")):
        return False
    if after[:1] == ["|"]:
        return after[1:2] not in (["default"], ["d"])
    alone = kind == "print" and not before and not after
    return alone or _is_loop(tokens, place) or before in _SAFE or (bool(after) and after[0] in _SAFE)


def _is_loop(tokens: list[tuple[str | None, str]], place: int) -> bool:
    """Return whether the name is all that a `for` goes over."""
    words = [text for group, text in tokens if group != "space"]
    ends = [text for group, text in tokens[place + 1 :] if group != "space"]
    before = [text for group, text in tokens[:place] if group != "space"]
    return words[:1] == ["for"] and before[-1:] == ["in"] and not ends
