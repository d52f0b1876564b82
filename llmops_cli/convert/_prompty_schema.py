"""Prompty's `Property` (kind, required, default, example, enumValues, …) ↔ JSON Schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from llmops_cli.convert._draft import Draft

Json = Any

TYPES = {
    "string": "string",
    "integer": "integer",
    "float": "number",
    "number": "number",
    "boolean": "boolean",
    "array": "array",
    "object": "object",
}
KINDS = {"string": "string", "integer": "integer", "number": "float", "boolean": "boolean"}
KINDS |= {"array": "array", "object": "object"}
RICH = ("thread", "image", "file", "audio")
ANY = ["string", "number", "boolean", "array", "object"]
_KNOWN = frozenset(["name", "kind", "description", "required", "nullable", "default", "example", "enumValues"])
_KNOWN |= {"items", "properties"}


def listed(value: Json) -> list[tuple[str, dict[str, Json], str]] | None:
    """Return (name, property, path) of a list, a mapping, or a `properties:` of either; None for anything else.

    A plain value in a mapping is the default of a property of its kind.
    """
    if isinstance(value, dict) and isinstance(value.get("properties"), (list, dict)):
        inner = listed(value["properties"])
        return inner and [(name, spec, f"properties.{path}") for name, spec, path in inner]
    if isinstance(value, list):
        if not all(isinstance(item, dict) and isinstance(item.get("name"), str) for item in value):
            return None
        return [(item["name"], item, str(index)) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return [(name, _spelt(spec), name) for name, spec in value.items()]
    return None


def _spelt(spec: Json) -> dict[str, Json]:
    if isinstance(spec, dict) and ("kind" in spec or _is_old(spec)):
        return spec
    return {"kind": kind_of(spec), "default": spec}


def _is_old(spec: Mapping[str, Json]) -> bool:
    """Return whether a mapping is a declaration of the first format: `{type: string, description: …}`."""
    return isinstance(spec.get("type"), str) and (spec["type"] in TYPES or spec["type"] in (*RICH, "list", "bool"))


def kind_of(value: Json) -> str:
    """Return the kind of a plain value."""
    kinds = ((bool, "boolean"), (int, "integer"), (float, "float"), (str, "string"), (list, "array"), (dict, "object"))
    return next((kind for type_, kind in kinds if isinstance(value, type_)), "string")


def schema(draft: Draft, spec: Mapping[str, Json], path: str) -> dict[str, Json]:
    """Return the JSON Schema of a property; what it cannot say is reported at its path."""
    made = _type(draft, spec, path)
    for theirs, ours in (("description", "description"), ("enumValues", "enum"), ("default", "default")):
        if theirs in spec and (spec[theirs] is not None or theirs == "default"):
            made[ours] = spec[theirs]
    if spec.get("example") is not None:
        made["examples"] = [spec["example"]]
    made |= _inner(draft, spec, path)
    for key in spec:
        if key not in _KNOWN and not (key == "type" and "kind" not in spec):
            draft.lose(f"{path}.{key}", f"`{key}` has no counterpart", "leave it out, or --lossy")
    return made


def _type(draft: Draft, spec: Mapping[str, Json], path: str) -> dict[str, Json]:
    kind = spec.get("kind", spec.get("type"))
    kind = {"list": "array", "bool": "boolean"}.get(kind, kind) if isinstance(kind, str) else kind
    if kind == "any" or (kind is None and "default" not in spec):
        return {"type": list(ANY)}
    if kind is None:
        return {"type": TYPES[kind_of(spec["default"])]}
    if not isinstance(kind, str) or kind not in TYPES:
        draft.lose(f"{path}.kind", f"the kind {kind!r} has no counterpart", f"one of {', '.join(TYPES)}, thread")
        return {"type": "string"}
    return {"type": [TYPES[kind], "null"] if spec.get("nullable") is True else TYPES[kind]}


def _inner(draft: Draft, spec: Mapping[str, Json], path: str) -> dict[str, Json]:
    made: dict[str, Json] = {}
    if spec.get("items") == {"kind": "any"}:
        pass  # as an export writes a list of anything: Prompty loads none without `items`
    elif isinstance(spec.get("items"), dict):
        made["items"] = schema(draft, spec["items"], f"{path}.items")
    elif "items" in spec:
        draft.lose(f"{path}.items", "`items` is one property", "write a mapping with a kind")
    if "properties" in spec:
        properties = listed(spec["properties"])
        if properties is None:
            draft.lose(f"{path}.properties", "`properties` is a list or a mapping", "give each a name and a kind")
        else:
            made |= object_of(draft, properties, f"{path}.properties", typed=False)
    return made


def object_of(
    draft: Draft, properties: list[tuple[str, dict[str, Json], str]], path: str, *, typed: bool = True
) -> dict[str, Json]:
    """Return the schema of an object with these properties."""
    made: dict[str, Json] = {"type": "object"} if typed else {}
    made["properties"] = {name: schema(draft, spec, f"{path}.{at}") for name, spec, at in properties}
    required = [name for name, spec, _ in properties if spec.get("required") is True]
    return made | ({"required": required} if required else {})


def properties_of(said: Mapping[str, Json]) -> list[dict[str, Json]] | None:
    """Return the properties of an object schema; None where they could not say all of it."""
    if not set(said) <= {"type", "properties", "required", "additionalProperties"} or said.get("type") != "object":
        return None
    required = said.get("required", [])
    made = [_property(name, spec, required=name in required) for name, spec in said.get("properties", {}).items()]
    good = [item for item in made if item is not None]
    known = said.get("additionalProperties", False) is False and set(required) <= set(said.get("properties", {}))
    return good if len(good) == len(made) and known else None


def _property(name: str, spec: Json, *, required: bool = False) -> dict[str, Json] | None:
    """Return a schema as a property; None where it says more than one can."""
    keys = {"type", "description", "enum", "default", "examples", "items", "properties", "required"}
    if not isinstance(spec, dict) or not set(spec) <= keys:
        return None
    said, nullable = spec.get("type"), False
    if isinstance(said, list) and len(said) == 2 and said[1] == "null":  # noqa: PLR2004 - a type and null
        said, nullable = said[0], True
    if said != ANY and (not isinstance(said, str) or said not in KINDS):
        return None
    made: dict[str, Json] = {"name": name} if name else {}
    made["kind"] = "any" if said == ANY else KINDS[said]
    made |= {
        theirs: spec[ours] for theirs, ours in (("description", "description"), ("default", "default")) if ours in spec
    }
    made |= {"required": True} if required else {}
    made |= {"nullable": True} if nullable else {}
    if len(spec.get("examples", [0])) != 1:
        return None
    made |= {"example": spec["examples"][0]} if "examples" in spec else {}
    made |= {"enumValues": spec["enum"]} if "enum" in spec else {}
    for key, value in _nested(spec):
        if value is None:
            return None
        made[key] = value
    return made


def _nested(spec: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    if "items" in spec or spec.get("type") in ("array", ["array", "null"]):
        yield "items", _property("", spec.get("items", {"type": ANY}))
    if "properties" in spec or "required" in spec:
        inner = {key: spec[key] for key in ("properties", "required") if key in spec}
        yield "properties", properties_of({"type": "object", **inner})


def property_of(name: str, spec: Mapping[str, Json], *, required: bool) -> dict[str, Json] | None:
    """Return a variable's schema as an input; None where an input cannot say it."""
    return _property(name, spec, required=required)
