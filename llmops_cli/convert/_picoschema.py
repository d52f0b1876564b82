"""Picoschema, dotprompt's short form of JSON Schema ↔ JSON Schema.

`name?: string, what it is`, `tags(array): string`, `kind(enum): [a, b]`, `(*): any`; https://google.github.io/dotprompt.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

Json = Any
SCALARS = ("any", "boolean", "integer", "null", "number", "string")
WILDCARD = "(*)"
MAX_DEPTH = 24
_KEY = re.compile(r"(?P<name>[^(?]+)(?P<optional>\??)(?:\((?P<kind>[a-z]+)(?:, *(?P<about>.*))?\))?", re.DOTALL)
_SIMPLE_NAME = re.compile(r"[^(?)\s,]+")


class PicoschemaError(ValueError):
    """What is no Picoschema: where in it, and why."""

    def __init__(self, path: str, message: str) -> None:
        """Keep the parts."""
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


Named = Callable[[str, str], dict[str, Json]]
"""A path in the schema and the name of another schema → that schema; it may raise `PicoschemaError`."""


def _unnamed(path: str, name: str) -> dict[str, Json]:
    raise PicoschemaError(path, f"{name!r} is no type of Picoschema, but the name of a schema")


def to_json_schema(schema: Json, named: Named = _unnamed) -> dict[str, Json]:
    """Return the JSON Schema; one that already is JSON Schema as it is. Raises `PicoschemaError`."""
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str) and schema["type"] in (*SCALARS, "object", "array"):
            return schema
        if isinstance(schema.get("properties"), dict):
            return {"type": "object", **schema}
    return _node(schema, "", 0, named)


def _typed(text: str) -> tuple[str, str]:
    """Return the type and the description of `type, description`."""
    kind, _, about = text.partition(",")
    return kind, about.lstrip(" ")


def _node(said: Json, path: str, depth: int, named: Named) -> dict[str, Json]:
    if depth > MAX_DEPTH:
        raise PicoschemaError(path, f"nested deeper than {MAX_DEPTH}")
    if isinstance(said, str):
        kind, about = _typed(said)
        described = {"description": about} if about else {}
        if kind not in SCALARS:
            return {**named(path, kind), **described}
        return described if kind == "any" else {"type": kind, **described}
    if not isinstance(said, dict):
        raise PicoschemaError(path, f"a schema is a text or a mapping, not {said!r:.40}")
    properties: dict[str, Json] = {}
    required: list[str] = []
    extra: Json = False
    for key, value in said.items():
        here = f"{path}.{key}".lstrip(".")
        if key == WILDCARD:
            extra = _node(value, here, depth + 1, named)
            continue
        found = _key(key, here)
        inner = partial(_node, path=here, depth=depth + 1, named=named)
        properties[found["name"]] = _property(found, value, here, inner)
        if not found["optional"]:
            required.append(found["name"])
    listed = {"required": required} if required else {}
    return {"type": "object", "properties": properties, **listed, "additionalProperties": extra}


def _key(key: str, path: str) -> re.Match[str]:
    found = _KEY.fullmatch(key)
    if found is None:
        raise PicoschemaError(path, "a key is `name`, `name?`, `name(array)`, `name(object)` or `name(enum)`")
    return found


def _property(key: re.Match[str], value: Json, path: str, node: Callable[[Json], dict[str, Json]]) -> dict[str, Json]:
    optional = bool(key["optional"])
    match key["kind"]:
        case None:
            made = node(value)
        case "array":
            made = {"type": "array", "items": node(value)}
        case "object":
            made = node(value)
        case "enum" if isinstance(value, list):
            made = {"enum": [*value, None] if optional and None not in value else list(value)}
        case other:
            raise PicoschemaError(path, f"({other}) is not array, object or enum, or its value does not fit")
    if optional and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return {**made, "description": key["about"]} if key["about"] else made


def from_json_schema(schema: Mapping[str, Json]) -> Json:
    """Return the Picoschema that means exactly this, or None where there is none."""
    try:
        made = _said(schema)
        return made if to_json_schema(made) == schema else None
    except (PicoschemaError, TypeError, AttributeError, KeyError):
        return None


def _said(schema: Mapping[str, Json]) -> Json:
    """Return Picoschema that may mean this; the caller compares."""
    about = schema.get("description", "")
    if "properties" not in schema:
        return f"{schema.get('type', 'any')}, {about}" if about else schema.get("type", "any")
    made: dict[str, Json] = {}
    required = schema.get("required", [])
    for name, inner in schema["properties"].items():
        if not _SIMPLE_NAME.fullmatch(name):
            raise PicoschemaError(name, "is no name of Picoschema")
        key, value = _entry(inner, optional=name not in required)
        made[f"{name}{key}"] = value
    if schema.get("additionalProperties") is not False:
        made[WILDCARD] = _said(schema["additionalProperties"])
    return made


def _entry(inner: Mapping[str, Json], *, optional: bool) -> tuple[str, Json]:
    """Return what stands behind a property's name in its key, and its value."""
    mark = "?" if optional else ""
    types = inner.get("type")
    if optional and isinstance(types, list):
        inner = {**inner, "type": next((name for name in types if name != "null"), "null")}
    about = f", {inner['description']}" if inner.get("description") else ""
    bare = {key: value for key, value in inner.items() if key != "description"}
    if "enum" in inner:
        values = [value for value in inner["enum"] if value is not None or not optional]
        return f"{mark}(enum{about})", values
    if inner.get("type") == "array":
        return f"{mark}(array{about})", _said(bare["items"])
    if "properties" in inner:
        return f"{mark}(object{about})", _said(bare)
    return mark, _said(inner)
