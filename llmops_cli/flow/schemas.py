"""JSON Schemas of a project's files, judged: a quick yes for what is surely right, jsonschema for the rest."""

import re
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from llmops_cli.errors import UsageError
from llmops_cli.load.quick import holds
from llmops_cli.render.child import Child
from llmops_cli.render.errors import RenderError
from llmops_cli.render.values import is_slow, schema_misfit

Json = Any
DEADLINE_S = 1.0
KINDS = frozenset({"object", "array", "string", "boolean", "null", "integer", "number"})
NESTED = 64


def _is_schema(value: Json, depth: int) -> bool:
    return isinstance(value, bool) or surely(value, depth + 1)


def _are_schemas(value: Json, depth: int) -> bool:
    return isinstance(value, Mapping) and all(_is_schema(part, depth) for part in value.values())


def _is_type(value: Json, _depth: int) -> bool:
    kinds = value if isinstance(value, (list, tuple)) else [value]
    return (
        bool(kinds) and all(isinstance(kind, str) and kind in KINDS for kind in kinds) and len({*kinds}) == len(kinds)
    )


def _are_names(value: Json, _depth: int) -> bool:
    is_list = isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value)
    return is_list and len({*value}) == len(value)


def _are_branches(value: Json, depth: int) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(_is_schema(part, depth) for part in value)


def _is_count(value: Json, _depth: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Json, _depth: int) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_text(value: Json, _depth: int) -> bool:
    return isinstance(value, str)


def _is_list(value: Json, _depth: int) -> bool:
    return isinstance(value, (list, tuple))


KEYWORDS: Mapping[str, Callable[[Json, int], bool]] = {
    "type": _is_type,
    "properties": _are_schemas,
    "$defs": _are_schemas,
    "items": _is_schema,
    "additionalProperties": _is_schema,
    "required": _are_names,
    "enum": lambda value, _: _is_list(value, 0) and bool(value),
    "const": lambda _value, _depth: True,
    "default": lambda _value, _depth: True,
    "examples": _is_list,
    "title": _is_text,
    "description": _is_text,
    "format": _is_text,
    "anyOf": _are_branches,
    "oneOf": _are_branches,
    "minLength": _is_count,
    "maxLength": _is_count,
    "minItems": _is_count,
    "maxItems": _is_count,
    "minimum": _is_number,
    "maximum": _is_number,
}
LIMITS = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minimum", "maximum"))


def surely(schema: Json, depth: int = 0) -> bool:
    """Return true only for a JSON Schema of the everyday keywords, each with a value that it may have."""
    if not isinstance(schema, Mapping) or depth > NESTED:
        return False
    return all(keyword in KEYWORDS and KEYWORDS[keyword](said, depth) for keyword, said in schema.items())


class Schemas:
    """Judges schemas and values. `with Schemas() as schemas`: a pattern is tried in a child that can be killed."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._child = Child({"texts": [], "includes": {}, "constants": {}}, DEADLINE_S)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child, if there is one."""
        self._child.close()

    def flaw(self, schema: Json) -> str:
        """Return what keeps a value from being a JSON Schema, as words that follow "the output's"; "" for nothing."""
        flaw = _crossed(schema) or _bad_pattern(schema)
        if flaw or surely(schema):
            return flaw
        from llmops_cli.score.json_schema import build  # 130 ms: jsonschema

        try:
            build(schema=schema)
        except (UsageError, RecursionError) as error:
            return str(error) or "schema is nested too deeply"
        return ""

    def misfit(self, schema: Mapping[str, Json], value: Json) -> str:
        """Return why a value does not fit a schema that has no flaw; "" where it does."""
        if is_slow(schema):
            try:
                return self._child.ask({"schema": schema, "value": value})
            except RenderError:
                return "takes too long to check against its schema"
        if holds(schema, value):
            return ""
        try:
            return schema_misfit(schema, value)
        except RecursionError:
            return "has a schema that refers to itself without end"


def _crossed(schema: Json) -> str:
    """Return the pair of limits of which the lower one is above the upper one."""
    if not isinstance(schema, Mapping):
        return ""
    for low, high in LIMITS:
        if _is_number(schema.get(low), 0) and _is_number(schema.get(high), 0) and schema[low] > schema[high]:
            return f"schema allows nothing: {low} {schema[low]} is above {high} {schema[high]}"
    return ""


def _bad_pattern(schema: Json) -> str:
    """Return the first regular expression that is none."""
    if isinstance(schema, (list, tuple)):
        return next(filter(None, map(_bad_pattern, schema)), "")
    if not isinstance(schema, Mapping):
        return ""
    patterns = [schema["pattern"]] if isinstance(schema.get("pattern"), str) else []
    patterns += list(schema["patternProperties"]) if isinstance(schema.get("patternProperties"), Mapping) else []
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            return f"schema has a pattern that is no regular expression: {error}"
    return next(filter(None, map(_bad_pattern, schema.values())), "")
