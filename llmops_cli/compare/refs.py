"""`$ref` in a JSON Schema, followed inside its own document; and whether two parts say the same, targets included."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from llmops_cli.compare.keywords import ANNOTATIONS
from llmops_cli.compare.paths import Path
from llmops_cli.model.diff import Json
from llmops_cli.model.prompt import canonical

_MAX_HOPS = 50


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


def followed(start: Node, root: Json) -> Node:
    """Return the schema behind a local `$ref`, or behind an `allOf` of one; a `$ref` with siblings as an `allOf`."""
    here = start
    for _ in range(_MAX_HOPS):
        said = here.schema
        if said is None:
            return here
        alone = not _assertions(said) - {"$ref"} if "$ref" in said else False
        if alone:
            target = target_of(said["$ref"], root)
            if target is None:
                return here
            here = node(target[0], target[1], start.part)
        elif "$ref" in said:
            rest = {key: value for key, value in said.items() if key != "$ref"}
            return Node({**rest, "allOf": [{"$ref": said["$ref"]}, *_listed(said.get("allOf"))]}, here.path, "merged")
        elif _assertions(said) == {"allOf"} and len(_listed(said["allOf"])) == 1:
            here = node(said["allOf"][0], (*here.path, "allOf", 0), start.part)
        else:
            return here
    return here


def target_of(ref: Json, root: Json) -> tuple[Json, Path] | None:
    """Return what a reference into its own document points to, and its path; None where there is no such place."""
    if not isinstance(ref, str) or not (ref == "#" or ref.startswith("#/")):
        return None
    value: Json = root
    path: Path = ()
    for raw in ref.split("/")[1:]:
        key = unquote(raw).replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and key in value:
            value, path = value[key], (*path, key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value, path = value[int(key)], (*path, int(key))
        else:
            return None
    return value, path


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


def _assertions(schema: Mapping[str, Json]) -> set[str]:
    return {key for key in schema if key not in ANNOTATIONS and not key.startswith("x-")}


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
