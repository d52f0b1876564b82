"""What the names of a Python file may hold, scope by scope, as Python looks them up."""

import ast
from dataclasses import dataclass, field
from typing import Literal

from llmops_cli.model.usage import Kind

NONE = "None"
"""What `None` stands for among full names: a name that holds it only waits for something else."""


@dataclass(slots=True, eq=False)
class Handle:
    """What a program holds once it got a prompt; `used` says that a call with its values was seen.

    `keyed`: it was got with a `key=`, or may have been.
    """

    kind: Kind
    prompt: str
    ref: str
    call: str
    node: ast.Call
    used: bool = False
    keyed: bool = True


@dataclass(frozen=True, slots=True)
class Bound:
    """The method of a prompt that takes its values: `prompts.get("greet").render`."""

    handle: Handle
    name: str


@dataclass(frozen=True, slots=True)
class Const:
    """What is written out in the source: a text, or a dict."""

    node: ast.expr


@dataclass(slots=True, eq=False)
class Scope:
    """A module, function, class or comprehension.

    `bound` counts the places that bind a name here, `moved` are the names that `global` and `nonlocal` give to another
    scope. `env` is what names hold at the point that was read. `shared` is what others bind here: functions with
    `global`, methods with `self.x = …`; in which order they run nobody knows, so what one of them binds to something
    else is `spoiled`. A class stands for its instances too; `heirs` are its subclasses in this file.
    """

    kind: Literal["module", "function", "class", "comprehension"]
    outer: "Scope | None" = None
    bound: dict[str, int] = field(default_factory=dict)
    moved: "dict[str, Scope]" = field(default_factory=dict)
    env: "dict[str, Held]" = field(default_factory=dict)
    shared: "dict[str, Held]" = field(default_factory=dict)
    spoiled: set[str] = field(default_factory=set)
    parents: "list[Scope]" = field(default_factory=list)
    heirs: "list[Scope]" = field(default_factory=list)

    def find(self, name: str) -> "Held":
        """Return what a name, or `app.state.prompt` of a name, may hold here; () where nobody can say."""
        if name in self.env:
            return self.env[name]
        root = name.partition(".")[0]
        scope: Scope | None = self
        while scope is not None:
            if root in scope.moved:
                scope = scope.moved[root]
            if root in scope.bound and (scope.kind != "class" or name in scope.env):
                return scope.seen(name)
            scope = scope.enclosing
        return ()

    def bind(self, name: str, held: "Held") -> None:
        """Let a name hold something from here on."""
        if self.bound.get(name, 0) > 1 or name in self.moved:
            held = tuple(one for one in held if not isinstance(one, Const))  # which of them it is nobody can say
        for key in [key for key in self.env if "." in key and key.startswith(f"{name}.")]:
            del self.env[key]
        self.env[name] = held
        if name in self.moved and self.kind == "class":  # its body runs at once
            self.moved[name].bind(name, held)
        elif name in self.moved:
            self.moved[name].share(name, held)

    def share(self, name: str, held: "Held") -> None:
        """Let a name hold something from some point in time on."""
        held = tuple(one for one in held if not isinstance(one, Const))
        if not held:
            self.spoiled.add(name)
        self.shared[name] = union(self.shared.get(name, ()), held)

    def seen(self, name: str) -> "Held":
        """Return what another scope may find under a name of this one."""
        if name in self.spoiled:
            return ()
        return union(self.env.get(name, ()), self.shared.get(name, ()))

    def attribute(self, name: str) -> "Held":
        """Return what an attribute of a class or its instances may hold; () where a subclass has its own."""
        if any(heir.has(name) for heir in self.heirs):
            return ()
        if self.has(name):
            return self.seen(name)
        return next((parent.seen(name) for parent in self.parents if parent.has(name)), ())

    def has(self, name: str) -> bool:
        """Return whether a class has an attribute of its own."""
        return name in self.bound or name in self.shared

    @property
    def enclosing(self) -> "Scope | None":
        """The next scope in which a name is looked up: never a class."""
        outer = self.outer
        while outer is not None and outer.kind == "class":
            outer = outer.outer
        return outer

    @property
    def owner(self) -> "Scope":
        """The scope in which `:=` binds: never a comprehension."""
        scope = self
        while scope.kind == "comprehension" and scope.outer is not None:
            scope = scope.outer
        return scope


Held = tuple[Handle | Bound | Const | Scope | str, ...]
"""What an expression may hold; a text is the full name of something imported: `llmops_cli.prompts.get`."""


def union(*several: Held) -> Held:
    """Return what any of them holds, each once."""
    return tuple(dict.fromkeys(one for held in several for one in held))
