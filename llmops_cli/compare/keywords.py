"""How one keyword of a JSON Schema differs on two sides: does it now let more through, less, or who knows?"""

from collections.abc import Iterator, Mapping

from llmops_cli.compare import bounds
from llmops_cli.compare.bounds import Found, Reach
from llmops_cli.model.diff import Json
from llmops_cli.model.prompt import canonical

# Keywords that say something to people or give a place a name.
ANNOTATIONS = frozenset(
    {"title", "description", "examples", "example", "$comment", "default", "deprecated", "readOnly", "writeOnly"}
    | {"$schema", "$id", "$anchor", "$defs", "definitions", "$vocabulary"}
    # what OpenAPI and schema generators write beside JSON Schema, and what asserts nothing there either
    | {"discriminator", "xml", "externalDocs", "propertyOrdering", "enumNames", "errorMessage"}
)
# What schemas.py walks into, or what is compared here by its meaning.
WALKED = frozenset({"type", "enum", "const", "items", "prefixItems", "properties", "required", "additionalProperties"})
WALKED |= {"anyOf", "oneOf", "allOf", "patternProperties"}
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
# These assert something (here or in older drafts), but are not compared by their meaning: a change of them counts.
OPAQUE = frozenset(
    {"$ref", "$dynamicRef", "$recursiveRef", "not a schema", "dependencies", "additionalItems", "extends", "disallow"}
    | {"divisibleBy", "unevaluatedItems", "unevaluatedProperties"}
)
KNOWN = ANNOTATIONS | WALKED | _BOUNDS | set(_LIMITS) | {key for keys, _ in _RESTRICTIONS for key in keys}


def kinds(schema: Mapping[str, Json]) -> frozenset[str]:
    """Return the kinds of values that type, enum and const let through; `number` is `integer` and `fraction`."""
    allowed = _declared(schema) - ({"fraction"} if _steps_whole(schema) else set())
    listed = values(schema)
    return allowed if listed is None else frozenset(kind(value) for value in listed)


def declared_names(one: Json, other: Json) -> Json:
    """Return the `type` that says what two values of `type` say together; None where nothing fits both."""
    both = _declared({"type": one}) & _declared({"type": other})
    names = ["number"] if both >= _NUMBERS else []
    names += sorted(both - _NUMBERS if names else both)
    return None if not names or "fraction" in names else names[0] if len(names) == 1 else names


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
    return None if listed is None else [value for value in listed if kind(value) in _declared(schema)]


def compare(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Found]:
    """Yield what differs in the keywords that hold no schemas, but for restrictions."""
    one, other = kinds(before), kinds(after)
    if one != other and (_open(before) or _open(after)):
        stepped = _open(before) and _open(after) and _declared(before) == _declared(after)
        words = f"multipleOf {before.get('multipleOf', 'none')} → {after.get('multipleOf', 'none')}"
        typed = "type", f"{type_text(before)} → {type_text(after)}"
        key, told = ("multipleOf", words) if stepped else typed  # whole steps make the numbers whole
        yield key, _reach(one, other), told
    yield from _enum(before, after)
    both = one & other
    for key, (of, sign) in _LIMITS.items():
        if of in both:
            said = key in before or key in after
            one_least, other_least = (_least(key, side) if said else None for side in (before, after))
            yield from _limit(key, one_least, other_least, sign)
    if both & _NUMBERS:
        yield from bounds.compare(before, after, whole="fraction" not in both)
    if "array" in both and bool(before.get("uniqueItems")) != bool(after.get("uniqueItems")):
        yield "uniqueItems", "narrower" if after.get("uniqueItems") else "wider", "uniqueItems"


def restrictions(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[tuple[str, ...]]:
    """Yield the groups of restricting keywords that stand on a side and speak of values that both let through."""
    both = kinds(before) & kinds(after)
    for keys, of in _RESTRICTIONS:
        if (not of or of in both) and any(key in side for key in keys for side in (before, after)):
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


def _least(key: str, schema: Mapping[str, Json]) -> Json:
    """Return the limit; at least as many properties as are required, and no limit that a closed object keeps anyway."""
    said, required = schema.get(key), schema.get("required")
    closed = schema.get("additionalProperties") is False and "patternProperties" not in schema
    named = schema.get("properties", {})
    if key == "maxProperties" and closed and isinstance(named, Mapping):
        return None if isinstance(said, (int, float)) and said >= len(named) else said
    if key == "minProperties" and isinstance(required, list) and (said is None or bounds.is_number(said)):
        return max(said or 0, len(set(map(str, required)))) or said
    return said


def _limit(key: str, one: Json, other: Json, sign: int) -> Iterator[Found]:
    old, new = (None if value == 0 and sign > 0 else value for value in (one, other))
    if canonical(old) == canonical(new):
        return
    words = f"{key} {'none' if one is None else one} → {'none' if other is None else other}"
    if old is None or new is None:
        yield key, "narrower" if old is None else "wider", words
    elif bounds.is_number(old) and bounds.is_number(new):
        yield key, "narrower" if (new > old) == (sign > 0) else "wider", words
    else:
        yield key, "unknown", words


def _open(schema: Mapping[str, Json]) -> bool:
    return values(schema) is None


def _declared(schema: Mapping[str, Json]) -> frozenset[str]:
    said = schema.get("type")
    if said is None:
        return ALL
    names = [said] if isinstance(said, str) else list(said) if isinstance(said, list) else []
    return frozenset(kind for name in names for kind in (_NUMBERS if name == "number" else (str(name),)))


def _steps_whole(schema: Mapping[str, Json]) -> bool:
    said = schema.get("multipleOf")
    return isinstance(said, (int, float)) and said > 0 and float(said).is_integer() and said is not True


def kind(value: Json) -> str:
    """Return the kind of a value."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, (int, float)):
        return "integer" if float(value).is_integer() else "fraction"
    return "string" if isinstance(value, str) else "array" if isinstance(value, (list, tuple)) else "object"


def _reach(one: frozenset[str], other: frozenset[str]) -> Reach:
    return "wider" if one < other else "narrower" if one > other else "apart"
