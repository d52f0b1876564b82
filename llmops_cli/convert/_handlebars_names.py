"""The variables that a Handlebars template reads: what each is used for, and how it is declared here.

Handlebars prints nothing where a value is missing; ours raises. So each name gets a declaration under which it renders
alike: an empty default where it is only printed, else `required: false` and filters that take it for nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from llmops_cli.convert._handlebars_refs import ANY, Ref, kinds

Json = Any
Use = Literal["print", "test", "other"]
EVERYTHING = ["string", "number", "boolean", "array", "object", "null"]
_ONLY_TEXT = frozenset(("type", "description", "title", "examples"))
REST = "all_inputs"
"""The variable that takes all inputs where a template prints them as one, and nothing names them."""
UNSAID = frozenset(("$ref", "$defs", "definitions", "if", "then", "else", "$schema", "$id"))


@dataclass(slots=True)
class Names:
    """Root names of one prompt. `schemas`: what the file says of each; `required`: those that must be given.

    `uses` fills up while a template is translated; `declared` then says how each variable is declared.
    """

    schemas: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    defaults: Mapping[str, Json] = field(default_factory=dict)
    open: bool = True
    rest: bool = False
    uses: dict[str, set[Use]] = field(default_factory=dict)
    inputs: set[str] = field(default_factory=set)
    context: set[str] = field(default_factory=set)
    locals: set[str] = field(default_factory=set)

    def ref(self, name: str) -> Ref:
        """Return a variable as an expression."""
        said = self.declaration(name)
        sure = said.get("required", "default" not in said) is not False and "default" not in said
        sure = sure or said.get("default") is not None
        found = kinds(said)
        return Ref(name, found, said, sure=sure and "null" not in found, root=name)

    def use(self, ref: Ref, how: Use) -> Ref:
        """Note what a value is used for, and return it. A path through a variable is some other use."""
        if ref.root:
            self.uses.setdefault(ref.root, set()).add(how)
        return ref

    def read(self, name: str) -> None:
        """Note that a name is read, whatever for."""
        self.uses.setdefault(name, set())

    def local(self, wanted: str) -> str:
        """Return a name for an item of a loop that no variable and no loop around it has."""
        name, number = wanted, 1
        while name in self.uses or name in self.schemas or name in self.defaults or name in self.locals:
            number += 1
            name = f"{wanted}_{number}"
        self.locals.add(name)
        return name

    def declared(self) -> dict[str, dict[str, Json]]:
        """Return the declarations by name: those of the file first, then defaults, then what is used besides."""
        names = dict.fromkeys([*self.schemas, *self.defaults, *self.uses])
        rest = {REST: {"type": "object", "rest": True, "default": {}}} if self.rest else {}
        return {**{name: self.declaration(name) for name in names}, **rest}

    def declaration(self, name: str) -> dict[str, Json]:
        """Return how a variable is declared, by what the file says of it and by its uses so far."""
        if name in self.schemas:
            return self._said(name)
        uses = self.uses.get(name, set())
        if name in self.defaults:
            default = self.defaults[name]
            narrow = isinstance(default, str) and uses <= {"print", "test"}
            return {"type": ["string", "integer", "boolean", "null"] if narrow else EVERYTHING, "default": default}
        if uses and uses <= {"print", "test"}:
            if uses == {"test"}:
                return {"type": ["string", "number", "boolean", "array"], "required": False}
            return {"type": ["string", "integer", "boolean"], "default": ""}
        return {"type": EVERYTHING, "required": False}

    def _said(self, name: str) -> dict[str, Json]:
        said = {key: value for key, value in self.schemas[name].items() if key not in UNSAID}
        if kinds(said) == ANY and "type" not in said:
            said = {"type": EVERYTHING, **said}
        if name in self.defaults:
            return {**said, "default": self.defaults[name]}
        if name in self.required:
            return said
        if "other" not in self.uses.get(name, ()):
            said = _without_null(said)
        only_text = said.get("type") == "string" and said.keys() <= _ONLY_TEXT
        if only_text and self.uses.get(name, set()) <= {"print", "test"}:
            return {**said, "default": ""}
        return {**said, "default": None} if "required" in said else {**said, "required": False}


def _without_null(said: Mapping[str, Json]) -> dict[str, Json]:
    """Return the schema of an optional value: that it may be missing is said elsewhere."""
    types = said.get("type")
    if not isinstance(types, list) or "null" not in types or types == EVERYTHING:
        return dict(said)
    rest = [name for name in types if name != "null"]
    return {**said, "type": rest[0] if len(rest) == 1 else rest}
