"""The wrong fields of a broken case: what was expected in each, and what came, cut where the two differ."""

import json
from collections.abc import Callable
from typing import Any

from llmops_cli.model.broken import Broken
from llmops_cli.report.figures import count
from llmops_cli.report.sanitize import clip

Json = Any
NOTHING = "nothing"
"""What stands for a value that is not there."""

Row = tuple[str, str, str]
Name = Callable[[str], str]


def rows(example: Broken, limit: int) -> list[Row]:
    """Return field, expected and got for each wrong field; foreign text, not yet made harmless."""
    return [(one.field, *apart(_text(one.expected), _text(one.got), limit)) for one in example.wrong]


def fields(example: Broken, name: Name, *, shown: int, limit: int) -> str:
    """Return the first wrong fields as one line; `name` makes a foreign text harmless for the sink."""
    found = rows(example, limit)
    said = [f"{name(field)}: expected {name(wanted)}, got {name(got)}" for field, wanted, got in found[:shown]]
    return "; ".join(said) + (f" (+{count(len(found) - shown)})" if len(found) > shown else "")


def apart(one: str, other: str, limit: int) -> tuple[str, str]:
    """Return two texts, each at most `limit` characters: what they share at the front gives way to where they part."""
    if max(len(one), len(other)) > limit:
        same = next(
            (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
        )
        start = same - limit // 4
        if start > 1:
            one, other = f"…{one[start:]}", f"…{other[start:]}"
    return clip(one, limit), clip(other, limit)


def _text(value: Json) -> str:
    return NOTHING if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
