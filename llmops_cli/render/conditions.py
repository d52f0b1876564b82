"""What a condition of a template says in one world: its variables' values are known. Runs nothing of the template."""

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import nodes

ABSENT = object()
"""The value of an optional variable that is not given."""

World = Mapping[str, Any]


def answer(node: nodes.Node, world: World) -> bool:
    """Return the truth of a condition that one variable decides."""
    if not isinstance(node, nodes.Compare):
        value = _value(node, world)
        return value is not ABSENT and bool(value)
    operator = node.ops[0].op
    left, right = (_value(part, world) for part in (node.expr, node.ops[0].expr))
    if operator in ("eq", "ne"):
        return bool(left == right) == (operator == "eq")
    try:
        return (left in right) == (operator == "in")
    except TypeError:
        return False


def _value(node: nodes.Node, world: World) -> Any:
    if isinstance(node, nodes.Name):
        return world[f"value {node.name}"]
    if isinstance(node, (nodes.List, nodes.Tuple)):
        return [_value(item, world) for item in node.items]
    assert isinstance(node, nodes.Const)
    return node.value


def operands(node: nodes.Compare) -> Iterator[nodes.Node]:
    """Yield both sides of a comparison, and what a list there holds."""
    for part in (node.expr, node.ops[0].expr):
        yield part
        if isinstance(part, (nodes.List, nodes.Tuple)):
            yield from part.items


def is_unequal(node: nodes.Node) -> bool:
    """Return whether a condition is `a != b`."""
    return isinstance(node, nodes.Compare) and len(node.ops) == 1 and node.ops[0].op == "ne"


def names(node: nodes.Node) -> Iterator[nodes.Name]:
    """Yield each name in a condition."""
    if isinstance(node, nodes.Name):
        yield node
    yield from node.find_all(nodes.Name)
