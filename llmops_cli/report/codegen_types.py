"""A JSON Schema → a Python annotation; objects become TypedDicts that are written above the functions."""

from collections.abc import Mapping
from typing import Any

from llmops_cli.report.codegen_names import WORD, pascal

Json = Any
ANY = "_Any"
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
NOTES = frozenset(("title", "description", "examples", "default", "deprecated", "$comment", "readOnly"))
TURNS = f"_Sequence[_Mapping[str, {ANY}]]"


class Types:
    """Annotations of one module; `definitions` are its TypedDicts in the order in which they must stand."""

    def __init__(self) -> None:
        """Begin with none."""
        self.definitions: list[str] = []
        self._names: set[str] = set()

    def of(self, schema: Json, hint: str) -> str:
        """Return the annotation of what a schema allows; `hint` names the TypedDict of an object."""
        if not isinstance(schema, Mapping):
            return ANY
        if "const" in schema:
            return literal([schema["const"]])
        if isinstance(schema.get("enum"), list):
            return literal(schema["enum"])
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                return union([self.of(one, hint) for one in schema[keyword]])
        named = schema.get("type")
        if isinstance(named, list):
            return union([self._one(str(name), schema, hint) for name in named])
        return self._one(named, schema, hint) if isinstance(named, str) else ANY

    def _one(self, name: str, schema: Mapping[str, Json], hint: str) -> str:
        if name == "messages":
            return TURNS
        if name == "array":
            return f"list[{self.of(schema.get('items'), f'{hint} item')}]"
        if name == "object":
            return self._object(schema, hint)
        return PLAIN.get(name, ANY)

    def _object(self, schema: Mapping[str, Json], hint: str) -> str:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping) or not properties:
            return f"dict[str, {self.of(schema.get('additionalProperties'), f'{hint} value')}]"
        required = schema.get("required", ())
        fields = []
        for key, said in properties.items():
            kind = self.of(said, f"{hint} {key}")
            fields.append(f"{key!r}: {kind if key in required else f'_NotRequired[{kind}]'}")
        name = self._free(pascal(WORD.findall(hint)))
        # As a call: a key may be what no class body can name.
        self.definitions.append(f"{name} = _TypedDict({name!r}, {{{', '.join(fields)}}})")
        return name

    def _free(self, name: str) -> str:
        number, free = 2, name
        while free in self._names:
            free, number = f"{name}{number}", number + 1
        self._names.add(free)
        return free


def of_variable(types: Types, schema: Mapping[str, Json], hint: str) -> str:
    """Return the annotation of a variable: without a type it is text, where nothing says otherwise."""
    if schema.keys() <= NOTES | {"minLength", "maxLength", "pattern", "format"}:
        return "str"
    return types.of(schema, hint)


def literal(values: list[Json]) -> str:
    """Return `Literal[…]` of texts, whole numbers, booleans and null; anything else is Any."""
    if not values or any(not isinstance(value, (str, int, bool, type(None))) for value in values):
        return ANY
    return f"_Literal[{', '.join(dict.fromkeys(map(repr, values)))}]"


def union(kinds: list[str]) -> str:
    """Return `a | b`, Any where one of them is."""
    return ANY if ANY in kinds or not kinds else " | ".join(dict.fromkeys(kinds))
