"""JSON data → YAML text that our own strict loader reads back as the same data, and that a person reviews gladly.

Texts of several lines are block scalars, short collections of plain values stand in one line, everything that another
YAML reader would take for a number, a date or a boolean is quoted. The same data gives the same bytes.
"""

import re
from collections.abc import Mapping
from typing import Any

WIDTH = 100
_INLINE_ITEMS = 6
_ODD = re.compile(r"[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_PLAIN = re.compile(r"[A-Za-z_./@][A-Za-z0-9_./@+ -]*")
_WORDS = frozenset(["true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"])


def dump(document: Mapping[str, Any]) -> str:
    """Return the YAML text of a mapping, keys in the order given. NaN and infinity raise `ValueError`."""
    return "".join(f"{line}\n" for line in _mapping(document, 0))


def _mapping(value: Mapping[str, Any], indent: int) -> list[str]:
    lines: list[str] = []
    for key, item in value.items():
        lines += _entry(f"{' ' * indent}{_scalar(str(key))}:", item, indent)
    return lines


def _entry(head: str, item: Any, indent: int) -> list[str]:
    """Return `head` with a value after it or below it."""
    if isinstance(item, str) and _is_block(item):
        return _block(head, item, indent)
    inline = _inline(item)
    if inline is not None and len(head) + len(inline) < WIDTH:
        return [f"{head} {inline}"]
    if isinstance(item, Mapping) and item:
        return [head, *_mapping(item, indent + 2)]
    if isinstance(item, (list, tuple)) and item:
        return [head, *_sequence(item, indent + 2)]
    return [f"{head} {_scalar(item) if not isinstance(item, (Mapping, list, tuple)) else inline}"]


def _sequence(items: list[Any] | tuple[Any, ...], indent: int) -> list[str]:
    lines: list[str] = []
    for item in items:
        head = f"{' ' * indent}-"
        inline = _inline(item)
        if isinstance(item, Mapping) and item and (inline is None or len(head) + len(inline) >= WIDTH):
            first, *rest = _mapping(item, indent + 2)
            lines += [f"{head} {first.lstrip(' ')}", *rest]
        elif isinstance(item, (list, tuple)) and item and inline is None:
            first, *rest = _sequence(item, indent + 2)
            lines += [f"{head} {first.lstrip(' ')}", *rest]
        else:
            lines += _entry(head, item, indent)
    return lines


def _inline(item: Any) -> str | None:
    """Return a collection of few plain values, or a scalar, in one line; None where it needs more."""
    if isinstance(item, str):
        return None if _is_block(item) else _scalar(item)
    if not isinstance(item, (Mapping, list, tuple)):
        return _scalar(item)
    values = list(item.values()) if isinstance(item, Mapping) else list(item)
    parts = [None if isinstance(value, (Mapping, list, tuple)) and value else _inline(value) for value in values]
    texts = [text for text in parts if text is not None]
    if len(texts) < len(values):
        return None
    if not isinstance(item, Mapping):
        return f"[{', '.join(texts)}]"
    if len(item) > _INLINE_ITEMS:
        return None
    return "{" + ", ".join(f"{_scalar(str(key))}: {text}" for key, text in zip(item, texts, strict=True)) + "}"


def _is_block(text: str) -> bool:
    """Return whether a text is written as a block: several lines, nothing that a block scalar cannot hold."""
    body = text.rstrip("\n")
    if "\n" not in text or not body or _ODD.search(text) or "\t" in text:
        return False
    lines = body.split("\n")
    return bool(lines[0]) and not lines[0].startswith(" ") and not any(line and not line.strip(" ") for line in lines)


def _block(head: str, text: str, indent: int) -> list[str]:
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    mark = {0: "|-", 1: "|"}.get(ends, "|+")
    pad = " " * (indent + 2)
    return [f"{head} {mark}", *(f"{pad}{line}" if line else "" for line in body.split("\n")), *[""] * (ends - 1)]


def _scalar(value: Any) -> str:
    """Return a scalar; text is quoted wherever a reader could take it for something else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value)
    plain = _PLAIN.fullmatch(value) and not value.endswith(" ") and value.lower() not in _WORDS
    return value if plain and not value.startswith(("@", ".")) else quoted(value)


def _number(value: float) -> str:
    import json

    return json.dumps(value, allow_nan=False)


def quoted(text: str) -> str:
    """Return a text in double quotes, as JSON writes it, which YAML reads alike."""
    import json

    written = json.dumps(text, ensure_ascii=False)
    return _ODD.sub(lambda odd: _escaped(odd[0]), written)


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004 - four hex digits
