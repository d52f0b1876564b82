"""What a path of a Handlebars template is in ours: an expression, and what is known of its value.

The more a schema says, the plainer the expression: `user.name` where there is certainly one, else `user | dig('name')`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from llmops_cli.convert._names import RESERVED

Json = Any
Schema = Mapping[str, Json]
ANY = frozenset(("string", "number", "integer", "boolean", "array", "object", "null"))
PRINTED_PLAIN = frozenset(("string", "integer", "boolean"))
_OF_CLASS = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Ref:
    """A value as an expression: `base`, then `keys` that may lead nowhere.

    `sure`: the value is there and not null. `root`: the variable that it is, without a path. `fixed`: a literal.
    `unordered`: its keys stand in another order here than the caller gave them in.
    """

    base: str
    kinds: frozenset[str] = ANY
    schema: Schema = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    sure: bool = False
    root: str = ""
    fixed: bool = False
    value: Json = None
    unordered: bool = False

    @property
    def text(self) -> str:
        """The expression."""
        return f"{self.base} | dig({', '.join(self.keys)})" if self.keys else self.base

    def step(self, part: str) -> "Ref":
        """Return what lies one step further."""
        properties = self.schema.get("properties")
        inner = properties.get(part) if isinstance(properties, Mapping) else None
        known = self.sure and self.kinds == {"object"} and isinstance(inner, Mapping)
        sure = known and part in self.schema.get("required", ())
        schema: Schema = inner if isinstance(inner, Mapping) else {}
        sure = sure and "null" not in kinds(schema)
        found = replace(self, root="", schema=schema, kinds=kinds(schema), sure=sure, unordered=False)
        if sure and not self.keys and _IDENTIFIER.fullmatch(part) and part not in RESERVED and not hasattr(dict, part):
            return replace(found, base=f"{self.base}.{part}")
        return replace(found, keys=(*self.keys, quoted(part)))

    def item(self, name: str) -> "Ref":
        """Return one item of this list (or one value of this object), under its name in a loop."""
        items = self.schema.get("items")
        schema: Schema = items if isinstance(items, Mapping) and self.kinds == {"array"} else {}
        return Ref(name, kinds(schema), schema, sure="null" not in kinds(schema))

    @property
    def is_list(self) -> bool:
        """Whether the value is certainly a list."""
        return self.sure and self.kinds == {"array"}

    def printed(self) -> str:
        """Return the expression that prints the value as Handlebars does."""
        return self.text if self.sure and self.kinds <= PRINTED_PLAIN else f"{self.text} | text"

    def test(self, *, zero: bool = False) -> str:
        """Return the expression that is true where `{{#if}}` holds; with `zero`, 0 is something."""
        if self.fixed:
            return "true" if self.value and (self.value != 0 or zero) else "false"
        if "object" in self.kinds or (zero and self.kinds & {"integer", "number"}):
            return f"{self.text} | holds(true)" if zero else f"{self.text} | holds"
        return self.text

    def same(self, other: "Ref") -> str:
        """Return the expression that is true where both are equal and of one type."""
        for one, two in ((self, other), (other, self)):
            if one.fixed and isinstance(one.value, str) and one.value and two.sure and two.kinds == {"string"}:
                return f"{self.text} == {other.text}"
        return f"{self.text} | same({other.text})"


def fixed(value: Json) -> Ref:
    """Return a literal."""
    text = (
        {True: "true", False: "false", None: "none"}.get(value)
        if value is None or value is True or value is False
        else None
    )
    made = text or (quoted(value) if isinstance(value, str) else repr(value))
    kind = "null" if value is None else _OF_CLASS[type(value)]
    return Ref(made, frozenset((kind,)), sure=value is not None, fixed=True, value=value)


def quoted(text: str) -> str:
    """Return a text as a literal of Jinja."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


def kinds(schema: Schema) -> frozenset[str]:
    """Return the JSON types that a schema lets through, as far as it says."""
    said = schema.get("type")
    if isinstance(said, str):
        return frozenset((said,)) if said in ANY else ANY
    if isinstance(said, list):
        return frozenset(str(name) for name in said) & ANY or ANY
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if isinstance(values, list) and values:
        return frozenset("null" if value is None else _OF_CLASS.get(type(value), "object") for value in values)
    return ANY


def names_variable(name: str) -> bool:
    """Return whether a name may be a variable of ours as it is."""
    return bool(_IDENTIFIER.fullmatch(name)) and name not in RESERVED
