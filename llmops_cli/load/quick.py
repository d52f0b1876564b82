"""Whether a value surely satisfies a JSON Schema: a fast yes for files that are right, which most are.

It knows the keywords that our own schemas use, and says no to whatever else it meets. A yes is sound (a law in the
tests holds it against jsonschema); a no means "ask jsonschema", which costs 130 ms to import and words the problem.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from llmops_cli.model.dialect import is_multiple, pattern

Json = Any
TYPES: Mapping[str, Callable[[Json], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
}
SAYS_NOTHING = frozenset({"$schema", "$id", "$defs", "title", "description", "errorMessage", "then", "else"})


def holds(schema: Json, value: Json, root: Mapping[str, Json] | None = None) -> bool:
    """Return true only if `value` satisfies `schema`; `root` is the document that `$ref: #/$defs/…` points into."""
    if isinstance(schema, bool):
        return schema
    top = schema if root is None else root
    for keyword, said in schema.items():
        if keyword in SAYS_NOTHING:
            continue
        rule = RULES.get(keyword)
        if rule is None or not rule(said, value, schema, top):
            return False
    return True


def _type(said: Json, value: Json, _schema: Json, _root: Json) -> bool:
    return any(TYPES[name](value) for name in ([said] if isinstance(said, str) else said))


def _enum(said: Json, value: Json, _schema: Json, _root: Json) -> bool:
    return any(_same(value, one) for one in said)


def _const(said: Json, value: Json, _schema: Json, _root: Json) -> bool:
    return _same(value, said)


def _same(one: Json, other: Json) -> bool:
    """Return whether two values are surely equal: `[1]` is not `[true]`, however deep it lies."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _ref(said: Json, value: Json, _schema: Json, root: Json) -> bool:
    if said == "#":
        return holds(root, value, root)
    if not said.startswith("#/$defs/"):
        return False
    return holds(root["$defs"][said.removeprefix("#/$defs/")], value, root)


def _properties(said: Json, value: Json, _schema: Json, root: Json) -> bool:
    return not isinstance(value, dict) or all(holds(said[key], value[key], root) for key in value if key in said)


def _patterns(said: Json, value: Json, _schema: Json, root: Json) -> bool:
    if not isinstance(value, dict):
        return True
    return all(holds(schema, value[key], root) for names, schema in said.items() for key in value if _found(names, key))


def _additional(said: Json, value: Json, schema: Json, root: Json) -> bool:
    if not isinstance(value, dict):
        return True
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    rest = [key for key in value if key not in named and not any(_found(one, key) for one in patterns)]
    return all(holds(said, value[key], root) for key in rest)


def _names(said: Json, value: Json, _schema: Json, root: Json) -> bool:
    return not isinstance(value, dict) or all(holds(said, key, root) for key in value)


def _required(said: Json, value: Json, _schema: Json, _root: Json) -> bool:
    return not isinstance(value, dict) or all(key in value for key in said)


def _items(said: Json, value: Json, _schema: Json, root: Json) -> bool:
    return not isinstance(value, list) or all(holds(said, item, root) for item in value)


def _pattern(said: Json, value: Json, _schema: Json, _root: Json) -> bool:
    return not isinstance(value, str) or _found(pattern(said), value)


def _multiple(said: Json, value: Json, _schema: Json, _root: Json) -> bool:
    return not TYPES["number"](value) or is_multiple(value, said)


@cache
def _compiled(said: str) -> re.Pattern[str]:
    return re.compile(said)


def _found(said: str, text: str) -> bool:
    return _compiled(said).search(text) is not None


def _any_of(said: Json, value: Json, _schema: Json, root: Json) -> bool:
    return any(holds(one, value, root) for one in said)


def _all_of(said: Json, value: Json, _schema: Json, root: Json) -> bool:
    return all(holds(one, value, root) for one in said)


def _is_exact(schema: Json) -> bool:
    """Return whether a no of `holds` is as sure as a yes: only then may `if` and `oneOf` rest on it."""
    if isinstance(schema, bool):
        return True
    plain = set(schema) <= {"type", "required", "const", "enum", "properties"} | SAYS_NOTHING
    return plain and all(_is_exact(one) for one in schema.get("properties", {}).values())


def _one_of(said: Json, value: Json, _schema: Json, root: Json) -> bool:
    return all(map(_is_exact, said)) and sum(holds(one, value, root) for one in said) == 1


def _if(said: Json, value: Json, schema: Json, root: Json) -> bool:
    branch = "then" if holds(said, value, root) else "else"
    return _is_exact(said) and holds(schema.get(branch, True), value, root)


def _length(
    kind: type[str | list[Json]], compare: Callable[[Json, Json], bool]
) -> Callable[[Json, Json, Json, Json], bool]:
    return lambda said, value, _schema, _root: not isinstance(value, kind) or compare(len(value), said)


def _size(compare: Callable[[Json, Json], bool]) -> Callable[[Json, Json, Json, Json], bool]:
    return lambda said, value, _schema, _root: not TYPES["number"](value) or compare(value, said)


RULES: Mapping[str, Callable[[Json, Json, Json, Json], bool]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "$ref": _ref,
    "properties": _properties,
    "patternProperties": _patterns,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "required": _required,
    "items": _items,
    "pattern": _pattern,
    "multipleOf": _multiple,
    "anyOf": _any_of,
    "allOf": _all_of,
    "oneOf": _one_of,
    "if": _if,
    "minLength": _length(str, lambda size, bound: size >= bound),
    "maxLength": _length(str, lambda size, bound: size <= bound),
    "minItems": _length(list, lambda size, bound: size >= bound),
    "maxItems": _length(list, lambda size, bound: size <= bound),
    "minimum": _size(lambda value, bound: value >= bound),
    "maximum": _size(lambda value, bound: value <= bound),
    "exclusiveMinimum": _size(lambda value, bound: value > bound),
    "exclusiveMaximum": _size(lambda value, bound: value < bound),
}
