"""What an expression may hold where it stands, and what a statement binds."""

import ast

from llmops_cli.load.call_bindings import Bindings
from llmops_cli.load.call_names import changed, dotted, text
from llmops_cli.load.call_scopes import NONE, Bound, Const, Held, Scope, union

METHODS = {
    "llmops": frozenset({"render"}),
    "langfuse": frozenset({"compile"}),
    "langsmith": frozenset({"invoke", "ainvoke", "format", "format_messages", "format_prompt", "aformat_messages"}),
}
"""The methods of what was got that take the values."""


class Values:
    """A point in a file: its scope, and what the calls before it gave back, by the id of their node."""

    def __init__(self, tree: ast.Module, known: Bindings) -> None:
        """`known` are the scopes of the tree; what they hold is forgotten, but for what they share."""
        self.tree = tree
        self.known = known
        self.scope = known.scopes[id(tree)]
        self.results: dict[int, Held] = {}
        self._changed: frozenset[str] | None = None
        for scope in known.scopes.values():
            scope.env = {}

    def held(self, node: ast.AST) -> Held:  # noqa: C901, PLR0911 - a case a kind of expression
        """Return what an expression may hold here."""
        match node:
            case ast.Name(id=name):
                return self.scope.find(name)
            case ast.Call():
                return self.results.get(id(node)) or ((Const(node),) if dotted(node.func) == "dict" else ())
            case ast.Attribute():
                return self._attribute(node)
            case ast.IfExp(body=one, orelse=other):
                return union(self.held(one), self.held(other))
            case ast.BoolOp(values=several):
                return union(*map(self.held, several))
            case ast.NamedExpr(value=inner) | ast.Await(value=inner):
                return self.held(inner)
            case ast.Constant(value=None):
                return (NONE,)
            case ast.Dict():
                return (Const(node),)
            case ast.Constant() | ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                found = text(node, self.look)
                return () if found is None else (Const(ast.copy_location(ast.Constant(found), node)),)
            case _:
                return ()

    def look(self, node: ast.expr) -> ast.expr | None:
        """Return the text or dict that a name stands for, if it is bound once, and never changed."""
        found = self.held(node)
        if len(found) != 1 or not isinstance(found[0], Const):
            return None
        said = found[0].node
        if isinstance(said, ast.Constant):
            return said
        if self._changed is None:
            self._changed = changed(self.tree)
        return None if dotted(node).rpartition(".")[2] in self._changed else said

    def _attribute(self, node: ast.Attribute) -> Held:
        key = dotted(node)
        if key in self.scope.env:
            return self.scope.env[key]
        found: list[Held] = [self.scope.find(key)] if key else []
        for one in self.held(node.value):
            if isinstance(one, str) and one != NONE:
                found.append((f"{one}.{node.attr}",))
            elif isinstance(one, Scope):
                found.append(one.attribute(node.attr))
            elif isinstance(one, (Const, Bound, str)):
                continue
            elif node.attr in METHODS.get(one.kind, ()):
                found.append((Bound(one, node.attr),))
        return union(*found)

    def bind(self, target: ast.expr, value: ast.expr | None) -> None:
        """Bind what stands left of `=`, after `as` or after `for`; without a value nobody knows to what."""
        if isinstance(target, (ast.Tuple, ast.List)):
            several = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            fits = len(several) == len(target.elts) and not any(isinstance(one, ast.Starred) for one in target.elts)
            for place, one in enumerate(target.elts):
                self.bind(one, several[place] if fits else None)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, None)
        elif name := dotted(target):
            self.name(name, self.held(value) if value is not None else ())
            if isinstance(target, ast.Attribute):
                self._share(target)

    def name(self, name: str, held: Held) -> None:
        """Bind a name."""
        self.scope.owner.bind(name, held)

    def _share(self, target: ast.Attribute) -> None:
        for one in self.held(target.value):
            if isinstance(one, Scope):
                one.share(target.attr, self.scope.env.get(dotted(target), ()))
