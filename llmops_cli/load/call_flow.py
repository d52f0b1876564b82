"""A syntax tree, read in the order in which it would run: what each name holds where it is used."""

import ast
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from llmops_cli.load.call_bindings import (
    COMPREHENSIONS,
    LEAVES,
    Bindings,
    Comprehension,
    Function,
    arguments,
    around,
    children,
    star,
)
from llmops_cli.load.call_kinds import OURS
from llmops_cli.load.call_names import LIBRARIES, dotted, leaves
from llmops_cli.load.call_scopes import Const, Held, Scope, union
from llmops_cli.load.call_values import Values

Env = dict[str, Held]


class Flow(Values):
    """One reading of a file. Bodies of functions are read after everything around them has run.

    A branch is read from what names hold before it; after it a name may hold what any of them gave it.
    """

    def __init__(self, tree: ast.Module, known: Bindings) -> None:
        """`known` are the scopes of the tree."""
        super().__init__(tree, known)
        self._waiting: deque[tuple[Scope, Sequence[ast.AST]]] = deque()

    def call(self, node: ast.Call) -> Held:
        """Return what a call gives back; called once for each call, after what it is made of."""
        raise NotImplementedError

    def run(self) -> None:
        """Read everything."""
        self.all(self.tree.body)
        while self._waiting:
            self.scope, body = self._waiting.popleft()
            self.all(body)

    def all(self, nodes: Iterable[ast.AST]) -> None:
        """Read nodes in order."""
        for node in nodes:
            self.visit(node)

    def visit(self, node: ast.AST) -> None:
        """Read a node and what stands below it."""
        kind = type(node)
        if kind is ast.Name or kind in LEAVES:
            return
        special = self._SPECIAL.get(kind)
        if special is not None:
            special(self, node)
            return
        for one in children(node):  # and not `all`: a deep expression needs every frame
            self.visit(one)
        if isinstance(node, ast.Call):
            self.results[id(node)] = self.call(node)

    def _assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        self.all(node.targets)
        for target in node.targets:
            self.bind(target, node.value)

    def _assign_one(self, node: ast.AnnAssign | ast.AugAssign | ast.NamedExpr) -> None:
        self.all(children(node))
        if node.value is not None:
            self.bind(node.target, None if isinstance(node, ast.AugAssign) else node.value)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self.visit(target)
            self.bind(target, None)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            first = alias.name.partition(".")[0]
            full = (alias.name if alias.asname else first,) if first in LIBRARIES else ()
            self.name(alias.asname or first, full)

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        known = node.level == 0 and module.partition(".")[0] in LIBRARIES
        for alias in node.names:
            if alias.name != "*":
                self.name(alias.asname or alias.name, (f"{module}.{alias.name}",) if known else ())
            elif known:
                for name, full in star(module).items():
                    self.name(name, (full,))

    def _function(self, node: Function) -> None:
        self.all(around(node))
        scope = self.known.scopes[id(node)]
        self._parameters(node, scope)
        name = getattr(node, "name", "")
        if name:
            self.name(name, ())
        self._waiting.append((scope, node.body if isinstance(node.body, list) else [node.body]))

    def _parameters(self, node: Function, scope: Scope) -> None:
        """Let a parameter hold its default, a `Loader` that its annotation says, or the instance of a method."""
        given = node.args
        named = [*given.posonlyargs, *given.args]
        pairs = [
            *zip(reversed(named), reversed(given.defaults), strict=False),
            *zip(given.kwonlyargs, given.kw_defaults, strict=True),
        ]
        for argument, preset in pairs:
            held = self.held(preset) if preset is not None else ()
            scope.env[argument.arg] = tuple(one for one in held if not isinstance(one, Const))
        for argument in arguments(node):
            for one in self.held(argument.annotation) if argument.annotation is not None else ():
                if isinstance(one, str) and one.startswith(OURS) and one.endswith(".Loader"):
                    scope.env[argument.arg] = (f"{one}()",)
        static = any(dotted(one) == "staticmethod" for one in getattr(node, "decorator_list", ()))
        if named and self.scope.kind == "class" and not static and not isinstance(node, ast.Lambda):
            scope.env[named[0].arg] = (self.scope,)

    def _class(self, node: ast.ClassDef) -> None:
        self.all(around(node))
        outer, scope = self.scope, self.known.scopes[id(node)]
        bases = [one for base in node.bases for one in self.held(base) if isinstance(one, Scope) and one is not scope]
        scope.parents = [one for base in bases for one in (base, *base.parents)]
        for parent in scope.parents:
            parent.heirs.append(scope)
        self.scope = scope
        self.all(node.body)
        self.scope = outer
        self.name(node.name, (scope,))

    def _comprehension(self, node: Comprehension) -> None:
        outer = self.scope
        self.visit(node.generators[0].iter)
        self.scope = self.known.scopes[id(node)]
        for one in node.generators:
            if one is not node.generators[0]:
                self.visit(one.iter)
            self._target(one.target)
            self.all(one.ifs)
        self.all((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,))
        self.scope = outer

    def _target(self, target: ast.expr) -> None:
        """Bind what a comprehension counts with, which no `owner` has."""
        for one in ast.walk(target):
            if isinstance(one, ast.Name):
                self.scope.bind(one.id, ())

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, item.context_expr)
        self.all(node.body)

    def _if(self, node: ast.If) -> None:
        self.visit(node.test)
        self._merge([self._branch(node.body), self._branch(node.orelse)])

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        if isinstance(node, ast.While):
            self.visit(node.test)
        else:
            self.visit(node.iter)
            self.bind(node.target, None)
        self._merge([self.scope.env, self._branch(node.body)])
        self.all(node.orelse)

    def _try(self, node: ast.Try) -> None:
        tried = self._branch(node.body)
        self._merge([self.scope.env, tried])
        caught: list[Env | None] = []
        for handler in node.handlers:
            inside: list[ast.AST] = [handler.type] if handler.type is not None else []
            caught.append(self._branch([*inside, *handler.body], [handler.name] if handler.name else []))
        if tried is not None:
            self.scope.env = tried
            tried = self._branch(node.orelse)
        self._merge([tried, *caught])
        self.all(node.finalbody)

    def _match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        last = node.cases[-1]
        rest = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
        ends = [None if rest else self.scope.env]
        for case in node.cases:
            names = [
                name for one in ast.walk(case.pattern) if (name := getattr(one, "name", "") or getattr(one, "rest", ""))
            ]
            inside: list[ast.AST] = [case.guard] if case.guard is not None else []
            ends.append(self._branch([case.pattern, *inside, *case.body], names))
        self._merge(ends)

    def _branch(self, nodes: Sequence[ast.AST], names: Iterable[str] = ()) -> Env | None:
        """Return what names hold after a branch, which binds `names` first; None where nothing comes after it.

        What they held before it stays.
        """
        start = self.scope.env
        self.scope.env = dict(start)
        for name in names:
            self.name(name, ())
        for node in nodes:
            self.visit(node)
        end, self.scope.env = self.scope.env, start
        return None if nodes and leaves(nodes[-1]) else end

    def _merge(self, ends: Sequence[Env | None]) -> None:
        live = [end for end in ends if end is not None]
        if live:
            names = dict.fromkeys(name for end in live for name in end)
            self.scope.env = {name: union(*(end.get(name, ()) for end in live)) for name in names}

    _SPECIAL: ClassVar[dict[type[ast.AST], Callable[["Flow", Any], None]]] = {
        ast.Assign: _assign,
        ast.AnnAssign: _assign_one,
        ast.AugAssign: _assign_one,
        ast.NamedExpr: _assign_one,
        ast.Delete: _delete,
        ast.Import: _import,
        ast.ImportFrom: _import_from,
        ast.FunctionDef: _function,
        ast.AsyncFunctionDef: _function,
        ast.Lambda: _function,
        ast.ClassDef: _class,
        ast.With: _with,
        ast.AsyncWith: _with,
        ast.If: _if,
        ast.For: _loop,
        ast.AsyncFor: _loop,
        ast.While: _loop,
        ast.Try: _try,
        ast.TryStar: _try,
        ast.Match: _match,
        **dict.fromkeys(COMPREHENSIONS, _comprehension),
    }
