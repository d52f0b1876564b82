"""Where a path of a Handlebars template leads: what `this`, `../`, `@index` and names stand for in a block."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from llmops_cli.convert._handlebars_names import REST, Names
from llmops_cli.convert._handlebars_nodes import Path
from llmops_cli.convert._handlebars_refs import Ref, names_variable

LOOP_DATA = ("index", "key", "first", "last")


class UnsaidError(Exception):
    """Something that has no counterpart; the message says what, the hint what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        """Keep both."""
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(slots=True)
class Loop:
    """A loop around: the expression of its key, and whether its `loop` is needed from a loop inside it."""

    key: str
    alias: str = ""
    pairs: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean in one place. `this` None: the inputs themselves. `outer` are the scopes that `../` leads to.

    `params`: parameters of the partial that we are in; `bound`: names after `as |…|`; `loops` from outside to inside.
    """

    names: Names
    this: Ref | None = None
    outer: tuple["Scope", ...] = ()
    params: Mapping[str, Ref] = field(default_factory=dict)
    bound: Mapping[str, Ref] = field(default_factory=dict)
    loops: tuple[Loop, ...] = ()
    partials: tuple[str, ...] = ()

    def enter(self, this: Ref, bound: Mapping[str, Ref], loop: Loop | None = None) -> "Scope":
        """Return the scope inside a block that has its own `this`."""
        loops = (*self.loops, loop) if loop else self.loops
        inner = replace(self, this=this, outer=(*self.outer, self), params={}, loops=loops)
        return replace(inner, bound={**self.bound, **bound})

    def partial(self, name: str, this: "Scope", params: Mapping[str, Ref]) -> "Scope":
        """Return the scope inside a partial: it sees its own `this` and the loops around, and no `../`."""
        return replace(
            self, this=this.this, params={**this.params, **params}, outer=(), bound={}, partials=(*self.partials, name)
        )

    def find(self, path: Path) -> Ref:
        """Return the value at a path. Raises `UnsaidError` for what nobody could know before a case is rendered."""
        if path.data:
            return self._data(path)
        if path.ups:
            if path.ups > len(self.outer):
                where = "the partial" if self.partials else "the template"
                raise UnsaidError(f"{path.text} leads out of {where}")
            upper = self.outer[len(self.outer) - path.ups]
            return replace(upper, bound={}).find(replace(path, ups=0, own=not path.parts))
        if not path.parts:
            return self._this(path)
        first, *rest = path.parts
        if first in self.bound and not path.own:
            found = self.bound[first]
        elif first in self.params:
            found = self.params[first]
        elif self.this is not None:
            found, rest = self.this, [first, *rest]
        else:
            found = self._variable(first)
        return self._along(found, rest)

    def _this(self, path: Path) -> Ref:
        if self.params:
            raise UnsaidError(f"{path.text} in a partial with parameters", "name the values that it takes")
        return self.this or self.everything()

    def everything(self) -> Ref:
        """Return all inputs as one object, which can only be said where a schema names them."""
        if self.names.open and not {*self.names.uses, *self.names.defaults, *self.names.schemas} - self.names.context:
            self.names.rest = True
            return Ref(REST, frozenset(("object",)), sure=True)
        if self.names.open:
            hint = "list the inputs under `input.schema` of the prompt, or name one instead of `this`"
            raise UnsaidError("`this` stands for all inputs, and no input.schema says which there are", hint)
        known = list(self.names.schemas)
        more = sorted({*self.names.uses, *self.names.defaults} - {*known, *self.names.context})
        if more:
            hint = "list it under `input.schema` of the prompt"
            raise UnsaidError(f"`this` stands for all inputs, and input.schema does not name {', '.join(more)}", hint)
        for name in known:
            self.names.use(Ref(name, root=name), "other")
        pairs = ", ".join(f"'{name}': {name}" for name in known)
        return Ref(f"{{{pairs}}}", frozenset(("object",)), sure=True, unordered=len(known) > 1)

    def _variable(self, name: str) -> Ref:
        if not names_variable(name):
            hint = "rename it: letters, digits and _, and no word of Jinja's"
            raise UnsaidError(f"{name!r} cannot be the name of a variable here", hint)
        if self.names.rest:
            raise UnsaidError(
                f"{name} besides `this`, and no input.schema names them", "list the inputs under `input.schema`"
            )
        if name in self.names.context:
            raise UnsaidError(f"{name} and @{name} are two values with one name", "rename the input")
        self.names.inputs.add(name)
        self.names.read(name)
        return self.names.ref(name)

    def _along(self, found: Ref, parts: list[str]) -> Ref:
        for part in parts:
            self.names.use(found, "other")
            found = found.step(part)
        return found

    def _data(self, path: Path) -> Ref:
        if not path.parts:
            raise UnsaidError(f"{path.text} names nothing")
        first, *rest = path.parts
        if first == "root" and not path.ups:
            top = Scope(self.names)
            return self._along(top._variable(rest[0]), rest[1:]) if rest else top.everything()
        if first in LOOP_DATA:
            return self._loop(path, first)
        if path.ups:
            raise UnsaidError(f"{path.text} names nothing")
        return self._along(self._context(first), rest)

    def _context(self, name: str) -> Ref:
        """Return a value that comes from the program around, `@state`; here it is a variable like all others."""
        taken = name in self.names.schemas or name in self.names.inputs
        if taken or not names_variable(name):
            raise UnsaidError(f"{name} and @{name} are two values with one name", "rename the input")
        self.names.context.add(name)
        self.names.read(name)
        return self.names.ref(name)

    def _loop(self, path: Path, name: str) -> Ref:
        if path.ups >= len(self.loops) or len(path.parts) > 1:
            raise UnsaidError(f"{path.text} stands in no loop that it could be of")
        loop = self.loops[len(self.loops) - 1 - path.ups]
        if name == "key" and loop.pairs:
            return Ref(loop.key, frozenset(("string", "integer")), sure=True)
        inside = "loop"
        if path.ups:
            loop.alias = inside = loop.alias or self.names.local("loop_of_outer")
        kind, attribute = ("integer", "index0") if name in ("index", "key") else ("boolean", name)
        return Ref(f"{inside}.{attribute}", frozenset((kind,)), sure=True)
