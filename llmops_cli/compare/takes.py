"""Whether a JSON Schema lets one value through: yes, no, or not known here. Patterns and formats are not judged."""

import math
from collections.abc import Callable, Iterable, Mapping, Sized

from llmops_cli.compare.bounds import exact
from llmops_cli.compare.follow import assertions
from llmops_cli.compare.keywords import ANNOTATIONS, KNOWN, OPAQUE, kind, kinds, values
from llmops_cli.compare.refs import target_of
from llmops_cli.model.diff import Json
from llmops_cli.model.prompt import canonical

_MAX_DEPTH = 24
_MAX_VALUES = 500


def takes(schema: Json, value: Json, root: Json, depth: int = 0) -> bool | None:
    """Return whether the schema, which stands in the document `root`, lets the value through; None where unknown."""
    if schema is True or schema is False:
        return bool(schema)
    if not isinstance(schema, Mapping) or depth > _MAX_DEPTH:
        return None
    return _all(_holds(key, schema, value, root, depth) for key in schema)


def finite(schema: Json, root: Json, depth: int = 0) -> list[Json] | None:
    """Return all values that a schema may let through; None where they are too many to list."""
    if not isinstance(schema, Mapping) or depth > _MAX_DEPTH:
        return [] if schema is False else None
    said = assertions(schema)
    if said == {"$ref"}:
        target = target_of(schema["$ref"], root)
        return None if target is None else finite(target[0], root, depth + 1)
    if said in ({"anyOf"}, {"oneOf"}):
        branches = next(schema[key] for key in said)
        parts = [finite(branch, root, depth + 1) for branch in branches] if isinstance(branches, list) else [None]
        listed = [value for part in parts for value in part or ()]
        return None if None in parts or len(listed) > _MAX_VALUES else listed
    listed = values(schema) or []
    if values(schema) is None:
        whole = _whole(schema) if "integer" in kinds(schema) else ()
        if whole is None or not kinds(schema) <= {"boolean", "null", "integer"}:
            return None
        listed = [*(value for value in (True, False, None) if kind(value) in kinds(schema)), *whole]
    return listed if len(listed) <= _MAX_VALUES else None


def _whole(schema: Mapping[str, Json]) -> range | None:
    """Return the whole numbers between the bounds; None where there is no end to them, or too many."""
    least = [schema.get("minimum"), schema.get("exclusiveMinimum")]
    most = [schema.get("maximum"), schema.get("exclusiveMaximum")]
    if not all(limit is None or exact(limit) is not None for limit in (*least, *most)):
        return None
    starts = [math.ceil(least[0])] if least[0] is not None else []
    starts += [math.floor(least[1]) + 1] if least[1] is not None else []
    ends = [math.floor(most[0])] if most[0] is not None else []
    ends += [math.ceil(most[1]) - 1] if most[1] is not None else []
    if not starts or not ends or min(ends) - max(starts) >= _MAX_VALUES:
        return None
    return range(max(starts), min(ends) + 1)


def _holds(key: str, schema: Mapping[str, Json], value: Json, root: Json, depth: int) -> bool | None:
    said = schema[key]
    if key in ANNOTATIONS or key not in KNOWN | OPAQUE:
        return True
    if key == "$ref":
        target = target_of(said, root)
        return None if target is None else takes(target[0], value, root, depth + 1)
    if key in _TESTS:
        return _TESTS[key](said, value)
    if key in ("allOf", "anyOf", "oneOf") and isinstance(said, list):
        return _MANY[key](takes(branch, value, root, depth + 1) for branch in said)
    if key == "not":
        inner = takes(said, value, root, depth + 1)
        return None if inner is None else not inner
    return _nested(key, schema, value, root, depth)


def _nested(key: str, schema: Mapping[str, Json], value: Json, root: Json, depth: int) -> bool | None:  # noqa: PLR0911 - a keyword a return
    """Judge the keywords that look into an object or a list; those that are not understood hold for other kinds."""
    said = schema[key]
    if key in ("minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType"):
        return None if isinstance(value, str) else True
    named = schema.get("properties")
    if key in ("properties", "required", "additionalProperties"):
        if not isinstance(value, Mapping):
            return True
        if key == "required":
            return all(name in value for name in said) if isinstance(said, list) else None
        if "patternProperties" in schema or not isinstance(named or {}, Mapping):
            return None
        inside = {name: item for name, item in value.items() if (name in (named or {})) == (key == "properties")}
        return _all(
            takes(said[name] if key == "properties" else said, inside[name], root, depth + 1) for name in inside
        )
    if key == "items" and "prefixItems" not in schema:
        return _all(takes(said, item, root, depth + 1) for item in value) if isinstance(value, list) else True
    return None


def _all(found: Iterable[bool | None]) -> bool | None:
    known = list(found)
    return False if False in known else None if None in known else True


def _any(found: Iterable[bool | None]) -> bool | None:
    known = list(found)
    return True if True in known else None if None in known else False


def _one(found: Iterable[bool | None]) -> bool | None:
    known = list(found)
    return None if None in known else known.count(True) == 1


def _typed(said: Json, value: Json) -> bool | None:
    return kind(value) in kinds({"type": said})


def _limit(of: type | tuple[type, ...], within: Callable[[int, int], bool]) -> Callable[[Json, Json], bool | None]:
    def holds(said: Json, value: Json) -> bool | None:
        if not isinstance(value, of):
            return True
        assert isinstance(value, Sized)
        return within(len(value), said) if isinstance(said, int) and not isinstance(said, bool) else None

    return holds


def _bound(within: Callable[[float, float], bool]) -> Callable[[Json, Json], bool | None]:
    def holds(said: Json, value: Json) -> bool | None:
        if not _is_number(value):
            return True
        return within(value, said) if _is_number(said) else None

    return holds


def _multiple(said: Json, value: Json) -> bool | None:
    if not _is_number(value):
        return True
    step, number = exact(said), exact(value)
    return None if step is None or step <= 0 or number is None else (number / step).denominator == 1


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_listed(said: Json, value: Json) -> bool | None:
    return canonical(value) in map(canonical, said) if isinstance(said, list) else None


def _distinct(said: Json, value: Json) -> bool | None:
    return not said or not isinstance(value, list) or len({*map(canonical, value)}) == len(value)


_MANY = {"allOf": _all, "anyOf": _any, "oneOf": _one}
_TESTS: Mapping[str, Callable[[Json, Json], bool | None]] = {
    "type": _typed,
    "enum": _is_listed,
    "const": lambda said, value: canonical(said) == canonical(value),
    "minLength": _limit(str, lambda size, said: size >= said),
    "maxLength": _limit(str, lambda size, said: size <= said),
    "minItems": _limit(list, lambda size, said: size >= said),
    "maxItems": _limit(list, lambda size, said: size <= said),
    "minProperties": _limit(dict, lambda size, said: size >= said),
    "maxProperties": _limit(dict, lambda size, said: size <= said),
    "minimum": _bound(lambda value, said: value >= said),
    "maximum": _bound(lambda value, said: value <= said),
    "exclusiveMinimum": _bound(lambda value, said: value > said),
    "exclusiveMaximum": _bound(lambda value, said: value < said),
    "multipleOf": _multiple,
    "uniqueItems": _distinct,
}
