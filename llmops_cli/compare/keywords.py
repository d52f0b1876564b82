"""How one keyword of a JSON Schema differs on two sides: does it now let more through, less, or who knows?"""

from collections.abc import Iterator, Mapping
from typing import Literal

from llmops_cli.model.diff import Json
from llmops_cli.model.prompt import canonical

Reach = Literal["wider", "narrower", "unknown"]
Found = tuple[str, Reach, str]
"""The keyword, its reach, and what happened in words."""

# Keywords that say something to people or give a place a name.
ANNOTATIONS = frozenset(
    {"title", "description", "examples", "example", "$comment", "default", "deprecated", "readOnly", "writeOnly"}
    | {"$schema", "$id", "$anchor", "$defs", "definitions", "$vocabulary"}
)
# What schemas.py walks into, or what is compared here by its meaning.
WALKED = frozenset({"type", "enum", "const", "items", "prefixItems", "properties", "required", "additionalProperties"})
WALKED |= {"anyOf", "oneOf", "allOf"}
ALL = frozenset({"null", "boolean", "object", "array", "string", "integer", "fraction"})
_NUMBERS = frozenset({"integer", "fraction"})

# keyword: the kind it speaks of, and whether more is stricter (1) or looser (-1)
_LIMITS: dict[str, tuple[str, int]] = {
    "minLength": ("string", 1),
    "maxLength": ("string", -1),
    "minItems": ("array", 1),
    "maxItems": ("array", -1),
    "minProperties": ("object", 1),
    "maxProperties": ("object", -1),
}
# Keywords that only take away, alone or together: brought in they narrow, dropped they widen, changed nobody knows.
_RESTRICTIONS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("pattern",), "string"),
    (("contentEncoding", "contentMediaType", "contentSchema"), "string"),
    (("format",), ""),
    (("not",), ""),
    (("if", "then", "else"), ""),
    (("contains", "minContains", "maxContains"), "array"),
    (("propertyNames",), "object"),
    (("dependentRequired",), "object"),
    (("dependentSchemas",), "object"),
)
_BOUNDS = frozenset({"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf", "uniqueItems"})
KNOWN = ANNOTATIONS | WALKED | _BOUNDS | set(_LIMITS) | {key for keys, _ in _RESTRICTIONS for key in keys}


def kinds(schema: Mapping[str, Json]) -> frozenset[str]:
    """Return the kinds of values that type, enum and const let through; `number` is `integer` and `fraction`."""
    allowed = _declared(schema)
    listed = values(schema)
    return allowed if listed is None else frozenset(_kind(value) for value in listed)


def type_text(schema: Mapping[str, Json]) -> str:
    """Return the declared type in words."""
    said = schema.get("type")
    if said is None:
        return "any" if values(schema) is None else "enum"
    return "|".join(map(str, said)) if isinstance(said, list) else str(said)


def values(schema: Mapping[str, Json]) -> list[Json] | None:
    """Return the values that enum or const leave, or None where both are silent."""
    listed = schema.get("enum") if isinstance(schema.get("enum"), list) else None
    if "const" in schema:
        same = listed is None or canonical(schema["const"]) in map(canonical, listed)
        listed = [schema["const"]] if same else []
    return None if listed is None else [value for value in listed if _kind(value) in _declared(schema)]


def compare(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Found]:
    """Yield what differs in the keywords that hold no schemas, but for restrictions."""
    one, other = kinds(before), kinds(after)
    if one != other and (_open(before) or _open(after)):
        yield "type", _reach(one, other), f"{type_text(before)} → {type_text(after)}"
    yield from _enum(before, after)
    both = one & other
    for key, (kind, sign) in _LIMITS.items():
        if kind in both:
            yield from _limit(key, before.get(key), after.get(key), sign)
    if both & _NUMBERS:
        yield from _bounds(before, after)
    if "array" in both and bool(before.get("uniqueItems")) != bool(after.get("uniqueItems")):
        yield "uniqueItems", "narrower" if after.get("uniqueItems") else "wider", "uniqueItems"


def restrictions(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[tuple[str, ...]]:
    """Yield the groups of restricting keywords that stand on a side and speak of values that both let through."""
    both = kinds(before) & kinds(after)
    for keys, kind in _RESTRICTIONS:
        if (not kind or kind in both) and any(key in side for key in keys for side in (before, after)):
            yield keys


def _enum(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Found]:
    one, other = values(before), values(after)
    if one is None and other is None:
        return
    key = "const" if "const" in before or "const" in after else "enum"
    if one is None or other is None:
        reach: Reach = "narrower" if one is None else "wider"
        yield key, reach, f"{key} {'introduced' if one is None else 'dropped'}"
        return
    old, new = [canonical(value) for value in one], [canonical(value) for value in other]
    grown, gone = [text for text in new if text not in old], [text for text in old if text not in new]
    if grown or gone:
        words = ", ".join([f"+ {text}" for text in grown] + [f"− {text}" for text in gone])
        yield key, _reach(frozenset(old), frozenset(new)), f"{key} {words}"


def _limit(key: str, one: Json, other: Json, sign: int) -> Iterator[Found]:
    old, new = (None if value == 0 and sign > 0 else value for value in (one, other))
    if canonical(old) == canonical(new):
        return
    words = f"{key} {'none' if one is None else one} → {'none' if other is None else other}"
    if old is None or new is None:
        yield key, "narrower" if old is None else "wider", words
    elif _is_number(old) and _is_number(new):
        yield key, "narrower" if (new > old) == (sign > 0) else "wider", words
    else:
        yield key, "unknown", words


def _bounds(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Found]:
    for key, strict, sign in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
        limits = [side.get(name) for side in (before, after) for name in (key, strict)]
        if all(limit is None or _is_number(limit) for limit in limits):
            one, other = (_strictest(side.get(key), side.get(strict), sign) for side in (before, after))
            if one != other:
                narrower = one is None or (other is not None and other > one)
                yield key if other is None or not other[1] else strict, "narrower" if narrower else "wider", key
        elif canonical(limits[:2]) != canonical(limits[2:]):
            yield key, "unknown", key
    one, other = before.get("multipleOf"), after.get("multipleOf")
    if canonical(one) != canonical(other):
        yield "multipleOf", _multiples(one, other), "multipleOf"


def _strictest(limit: Json, strict: Json, sign: int) -> tuple[float, bool] | None:
    """Return the bound that holds, larger for stricter, and whether the bound itself is out."""
    said = [(sign * value, out) for value, out in ((limit, False), (strict, True)) if value is not None]
    return max(said, default=None)


def _multiples(one: Json, other: Json) -> Reach:
    if one is None or other is None:
        return "narrower" if one is None else "wider"
    whole = isinstance(one, int) and isinstance(other, int) and one > 0 and other > 0
    if whole and one % other == 0:
        return "wider"
    return "narrower" if whole and other % one == 0 else "unknown"


def _open(schema: Mapping[str, Json]) -> bool:
    return values(schema) is None


def _declared(schema: Mapping[str, Json]) -> frozenset[str]:
    said = schema.get("type")
    if said is None:
        return ALL
    names = [said] if isinstance(said, str) else list(said) if isinstance(said, list) else []
    return frozenset(kind for name in names for kind in (_NUMBERS if name == "number" else (str(name),)))


def _kind(value: Json) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, (int, float)):
        return "integer" if float(value).is_integer() else "fraction"
    return "string" if isinstance(value, str) else "array" if isinstance(value, (list, tuple)) else "object"


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _reach(one: frozenset[str], other: frozenset[str]) -> Reach:
    return "wider" if one < other else "narrower" if one > other else "unknown"
