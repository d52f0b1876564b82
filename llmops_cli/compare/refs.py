"""`$ref` in a JSON Schema, looked up inside its own document; whether two parts say the same, targets included."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from llmops_cli.compare.paths import Path
from llmops_cli.model.diff import Json
from llmops_cli.model.prompt import canonical


@dataclass(frozen=True, slots=True)
class Node:
    """A schema (None lets nothing through), where it lies, and which part of it is meant."""

    schema: Mapping[str, Json] | None
    path: Path
    part: str = ""


def node(value: Json, path: Path, part: str = "") -> Node:
    """Return the node of a value that stands where a schema should; what is no schema becomes an unknown keyword."""
    if value is True or value is None:
        return Node({}, path, part)
    if value is False:
        return Node(None, path, part)
    return Node(value if isinstance(value, Mapping) else {"not a schema": value}, path, part)


def target_of(ref: Json, root: Json) -> tuple[Json, Path] | None:
    """Return what a reference into its own document points to, and its path; None where there is no such place."""
    if isinstance(ref, str) and ref[:1] == "#" and ref[1:2] not in ("", "/"):
        return _anchored(root, ref[1:], ())
    if not isinstance(ref, str) or not (ref == "#" or ref.startswith("#/")):
        return None
    value: Json = root
    path: Path = ()
    for raw in ref.split("/")[1:]:
        key = _unquoted(raw).replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and key in value:
            value, path = value[key], (*path, key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value, path = value[int(key)], (*path, int(key))
        else:
            return None
    return value, path


def _unquoted(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote  # 3 ms

    return unquote(text)


def _anchored(value: Json, name: str, path: Path) -> tuple[Json, Path] | None:
    """Return the part that calls itself by this `$anchor`, and its path."""
    if isinstance(value, Mapping):
        if name in (value.get("$anchor"), value.get("$dynamicAnchor")):
            return value, path
        parts: list[tuple[str | int, Json]] = list(value.items())
    else:
        parts = list(enumerate(value)) if isinstance(value, list) else []
    found = (_anchored(inner, name, (*path, key)) for key, inner in parts)
    return next((one for one in found if one is not None), None)


def same(one: Json, other: Json, roots: tuple[Json, Json]) -> bool:
    """Return whether two parts are equal and everything that they refer to is; what lies elsewhere counts as changed
    unless it is named by a full address.
    """
    seen: set[str] = set()
    waiting = [(one, other)]
    while waiting:
        left, right = waiting.pop()
        if canonical(left) != canonical(right):
            return False
        for ref in _refs(left):
            if ref not in seen:
                seen.add(ref)
                targets = [target_of(ref, root) for root in roots]
                if targets[0] and targets[1]:
                    waiting.append((targets[0][0], targets[1][0]))
                elif "://" not in ref and canonical(roots[0]) != canonical(roots[1]):
                    return False
    return True


def _refs(value: Json) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in ("$ref", "$dynamicRef", "$recursiveRef"):
                yield inner if isinstance(inner, str) else json.dumps(inner)
            else:
                yield from _refs(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _refs(inner)
