"""One pass over the tree of one template: what it surely reads. The only way through is what runs on every call."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from jinja2 import nodes

from llmops_cli.render.environment import METHODS

# Filters that take a value that is not there.
LENIENT = frozenset({"default", "d", "text", "dig", "holds", "entries", "same", "not_blank"})
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Collects the paths that are read and printed, and the includes that surely come in."""

    read: set[Path]
    printed: set[Path]
    includes: list[str] = field(default_factory=list)

    def statements(self, body: Iterable[nodes.Node]) -> None:  # noqa: C901 - a kind of node a case
        """Look at statements that run; the branches of a condition and the body of a loop may not."""
        for node in body:
            match node:
                case nodes.Output():
                    for part in node.nodes:
                        self._print(part)
                case nodes.If():
                    self._condition(node.test)
                case nodes.For():
                    self._value(node.iter)
                case nodes.Assign():
                    self._lenient(node.node)
                case nodes.With():
                    for value in node.values:
                        self._lenient(value)
                    self.statements(node.body)
                case nodes.FilterBlock() | nodes.AssignBlock():
                    self.statements(node.body)
                case nodes.Include(template=nodes.Const(value=str() as path)):
                    self.includes.append(path)
                case _:
                    pass

    def _print(self, node: nodes.Node) -> None:
        path = _path(node)
        if path:
            self.printed.add(path)
        self._value(node)

    def _value(self, node: nodes.Node) -> None:  # noqa: C901 - a kind of node a case
        """Look at an expression whose value must be there."""
        match node:
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                self._read(node)
            case nodes.Filter(node=nodes.Node() as inner):
                (self._lenient if node.name in LENIENT else self._value)(inner)
            case nodes.Test():
                self._lenient(node.node)
            case nodes.And() | nodes.Or() | nodes.Not() | nodes.CondExpr():
                self._condition(node)
            case nodes.Compare():
                self._compared(node)
            case nodes.Concat() | nodes.BinExpr() | nodes.UnaryExpr():
                for part in node.iter_child_nodes():
                    self._value(part)
            case nodes.Call(node=nodes.Getattr() as method):
                self._value(method.node)
            case _:
                pass

    def _read(self, node: nodes.Name | nodes.Getattr | nodes.Getitem) -> None:
        if path := _path(node):
            self.read.add(path)
        if not isinstance(node, nodes.Name):
            self._value(node.node)

    def _lenient(self, node: nodes.Node) -> None:
        """Look at an expression that may come to nothing in its last step."""
        match node:
            case nodes.Name():
                pass
            case nodes.Getattr() | nodes.Getitem():
                self._value(node.node)
            case _:
                self._value(node)

    def _condition(self, node: nodes.Node) -> None:
        """Look at a condition: a variable that is not there is false, a field that is not there is an error."""
        match node:
            case nodes.Name():
                pass
            case nodes.And() | nodes.Or():
                self._condition(node.left)
            case nodes.Not():
                self._condition(node.node)
            case nodes.CondExpr():
                self._condition(node.test)
            case _:
                self._value(node)

    def _compared(self, node: nodes.Compare) -> None:
        first = node.ops[0]
        if first.op in ("in", "notin"):
            self._lenient(node.expr)
        else:
            self._value(node.expr)
        self._value(first.expr)


def _path(node: nodes.Node) -> Path:
    """Return the names from a variable down to a field; nothing where a step is no name or may be a method."""
    steps: list[str] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        step = node.attr if isinstance(node, nodes.Getattr) else _word(node.arg)
        if not step or step in METHODS:
            return ()
        steps.append(step)
        node = node.node
    return (node.name, *reversed(steps)) if isinstance(node, nodes.Name) else ()


def _word(node: nodes.Node) -> str:
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else ""
