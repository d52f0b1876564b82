"""A schema as it counts: references followed, `allOf` joined into one where it can be, `nullable` as a type."""

from collections.abc import Mapping
from typing import Any

from llmops_cli.compare.keywords import ANNOTATIONS, declared_names
from llmops_cli.compare.refs import Node, node, target_of
from llmops_cli.model.diff import Json
from llmops_cli.model.prompt import canonical

_MAX_HOPS = 50
# What looks at its neighbours means another thing beside other neighbours.
_OBJECT = frozenset({"properties", "patternProperties", "additionalProperties"})
_TOGETHER = (
    _OBJECT,
    frozenset({"items", "prefixItems"}),
    frozenset({"contains", "minContains", "maxContains"}),
    frozenset({"if", "then", "else"}),
    frozenset({"unevaluatedProperties", "unevaluatedItems"}),
)
_HIGHEST = frozenset({"minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum"})
_LOWEST = frozenset({"maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum"})


def followed(start: Node, root: Json) -> Node:
    """Return the schema behind a local `$ref`, or behind an `allOf` of one; a `$ref` with siblings as an `allOf`."""
    here = start
    for _ in range(_MAX_HOPS):
        said = here.schema
        if said is None:
            return here
        if "$ref" in said and not assertions(said) - {"$ref"}:
            target = target_of(said["$ref"], root)
            if target is None:
                return here
            here = node(target[0], target[1], start.part)
        elif assertions(said) == {"allOf"} and len(_listed(said["allOf"])) == 1:
            here = node(said["allOf"][0], (*here.path, "allOf", 0), start.part)
        elif {"$ref", "allOf", "nullable", "unevaluatedProperties"} & said.keys() or _single(said):
            return _joined(Node(here.schema, here.path, start.part), root)
        else:
            return here
    return here


def assertions(schema: Mapping[str, Json]) -> set[str]:
    """Return the keywords that let less through."""
    return {key for key in schema if key not in ANNOTATIONS and not key.startswith("x-")}


def _joined(here: Node, root: Json) -> Node:
    said = dict(here.schema or {})
    if "$ref" in said:
        said["allOf"] = [{"$ref": said.pop("$ref")}, *_listed(said.get("allOf"))]
    for key in _single(said):
        said["allOf"] = [*_listed(said.get("allOf")), *said.pop(key)]
    whole = _flat(said, root, 0)
    if whole is None or whole == here.schema:
        return Node(_simple(said), here.path, f"{here.part}/joined")
    return Node(_simple(whole), here.path, f"{here.part}/joined")


def _single(said: Mapping[str, Json]) -> list[str]:
    """Return which lists of alternatives hold a single one: that one always holds."""
    return [key for key in ("anyOf", "oneOf") if len(_listed(said.get(key))) == 1]


def _simple(said: dict[str, Json]) -> dict[str, Json]:
    """Return the schema with `nullable` as a type more, and without a name for what another keyword says."""
    nullable = said.pop("nullable", None)
    if nullable is True and "type" in said:
        names = said["type"] if isinstance(said["type"], list) else [said["type"]]
        said["type"] = [*names, *(["null"] if "null" not in names else [])]
        if isinstance(said.get("enum"), list) and None not in said["enum"]:
            said["enum"] = [*said["enum"], None]
    elif nullable is not None and not isinstance(nullable, bool):
        said["not a schema"] = nullable
    alone = not said.keys() & {"allOf", "anyOf", "oneOf", "if", "$ref", "dependentSchemas", "additionalProperties"}
    if alone and said.get("unevaluatedProperties") in (False, True):
        said["additionalProperties"] = said.pop("unevaluatedProperties")
    return said


def _flat(said: Mapping[str, Json], root: Json, depth: int) -> dict[str, Json] | None:
    """Return the schema without its `allOf` and `$ref`; None where that cannot be said in one schema."""
    whole: dict[str, Json] | None = {key: value for key, value in said.items() if key not in ("allOf", "$ref")}
    members = [*_listed(said.get("allOf")), *([{"$ref": said["$ref"]}] if "$ref" in said else [])]
    for member in members:
        target = member
        for _ in range(_MAX_HOPS):
            if not (isinstance(target, Mapping) and "$ref" in target and not assertions(target) - {"$ref"}):
                break
            found = target_of(target["$ref"], root)
            if found is None:
                return None
            target = found[0]
        if target is True:
            continue
        if not isinstance(target, Mapping) or depth > _MAX_HOPS // 2:
            return None
        inner = _flat(target, root, depth + 1)
        whole = None if inner is None or whole is None else _both(whole, inner)
        if whole is None:
            return None
    return whole


def _both(one: dict[str, Json], other: dict[str, Json]) -> dict[str, Json] | None:
    """Return one schema that lets through what both do; None where no single one does."""
    if not all(_independent(group, one, other) for group in _TOGETHER):
        return None
    whole = dict(one)
    for key, value in other.items():
        if key not in whole or key in ANNOTATIONS or key.startswith("x-"):
            whole.setdefault(key, value)
            continue
        found = _agreed(key, whole[key], value)
        if found is None:
            return None
        whole[key] = found
    return whole


def _independent(group: frozenset[str], one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    here, there = group & one.keys(), group & other.keys()
    if not here or not there or here == there == {"properties"}:
        return True
    return all(canonical(one.get(key)) == canonical(other.get(key)) for key in here | there)


def _agreed(key: str, one: Any, other: Any) -> Json:  # noqa: PLR0911 - a keyword a return
    """Return the value of a keyword that says what both values say; None where there is none."""
    if canonical(one) == canonical(other):
        return one
    if key == "type":
        return declared_names(one, other)
    if key == "required" and isinstance(one, list) and isinstance(other, list):
        return list(dict.fromkeys([*one, *other]))
    if key == "properties" and isinstance(one, Mapping) and isinstance(other, Mapping):
        shared = {name: {"allOf": [one[name], other[name]]} for name in one if name in other}
        return {**one, **other, **shared}
    if key == "enum" and isinstance(one, list) and isinstance(other, list):
        return [value for value in one if canonical(value) in map(canonical, other)] or None
    if (key in _HIGHEST or key in _LOWEST) and all(_is_number(value) for value in (one, other)):
        return max(one, other) if key in _HIGHEST else min(one, other)
    return None


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
