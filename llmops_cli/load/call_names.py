"""What an expression of a Python file says at sight: a dotted name, a text, a dict, a value."""

import ast
from collections.abc import Callable, Iterator
from typing import Any

HANDING = frozenset({"llmops_cli", "litellm", "langfuse", "langsmith", "langchain", "langchainhub", "openai"})
"""What hands out prompts."""
LIBRARIES = HANDING | {"functools", "asyncio"}
"""These, and what calls a function with the values that it is given."""
UNKNOWN = object()
Look = Callable[[ast.expr], "ast.expr | None"]
"""The text or dict that a name stands for, as it stands in the source; None where only running would tell."""
Items = tuple[dict[str, ast.expr], bool]
_READS = frozenset({"get", "items", "keys", "values", "copy"})


def dotted(node: ast.expr) -> str:
    """Return `self.prompt` for an attribute of a name; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def literal(node: ast.expr | None, look: Look) -> Any:
    """Return the JSON value that stands in the source; `UNKNOWN` for what only running would tell."""
    if node is None:
        return UNKNOWN
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        said = text(node, look)
        return UNKNOWN if said is None else said
    return value if _is_json(value) else UNKNOWN


def mapping(node: ast.expr | None, look: Look) -> Items | None:
    """Return the written-out items of a dict, and whether there are others; None where it is no dict at sight."""
    if isinstance(node, (ast.Name, ast.Attribute)):
        node = look(node)
    items: dict[str, ast.expr] = {}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
        return keywords(node, look)
    if not isinstance(node, ast.Dict):
        return None
    more = False
    for key, value in zip(node.keys, node.values, strict=True):
        inner = mapping(value, look) if key is None else None
        said = text(key, look)
        if said is not None:
            items[said] = value
        elif inner is not None:
            items, more = items | inner[0], more or inner[1]
        else:
            more = True
    return items, more


def keywords(call: ast.Call, look: Look) -> Items:
    """Return the written-out keywords of a call, and whether `**` passes others."""
    items: dict[str, ast.expr] = {}
    more = False
    for keyword in call.keywords:
        inner = mapping(keyword.value, look) if keyword.arg is None else None
        if keyword.arg is not None:
            items[keyword.arg] = keyword.value
        elif inner is not None:
            items, more = items | inner[0], more or inner[1]
        else:
            more = True
    return items, more


def text(node: ast.expr | None, look: Look) -> str | None:
    """Return the text that stands in the source, in one piece or in several; None for what is none."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=parts):
            return _joined(parts, look)
        case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
            return text(inner, look)
        case ast.BinOp(op=ast.Add()):
            return _joined(_summands(node), look)
        case ast.Name() | ast.Attribute():
            found = look(node)
            return found.value if isinstance(found, ast.Constant) and isinstance(found.value, str) else None
        case _:
            return None


def changed(tree: ast.AST) -> frozenset[str]:
    """Return the names whose dict something in a file might change: it does more than pass it on by name or read it."""
    nodes = [node for node in ast.walk(tree) if not isinstance(node, ast.expr_context)]
    read = {id(node) for parent in nodes for node in _readers(parent)}
    loads = (node for node in nodes if isinstance(node, (ast.Name, ast.Attribute)) and id(node) not in read)
    used = (node for node in loads if isinstance(node.ctx, ast.Load))
    return frozenset(node.id if isinstance(node, ast.Name) else node.attr for node in used)


def leaves(node: ast.AST) -> bool:
    """Return whether a statement leaves the function or the program."""
    match node:
        case ast.Return() | ast.Raise():
            return True
        case ast.Expr(value=ast.Call(func=called)):
            return dotted(called) in ("sys.exit", "exit", "quit")
        case _:
            return False


def _readers(parent: ast.AST) -> Iterator[ast.AST]:
    match parent:
        case ast.keyword(value=inner):
            yield inner
        case ast.Subscript(value=inner, ctx=ast.Load()):
            yield inner
        case ast.Attribute(value=inner, attr=name) if name in _READS:
            yield inner
        case ast.Dict(keys=keys, values=values):
            yield from (value for key, value in zip(keys, values, strict=True) if key is None)
        case ast.Call(func=ast.Attribute(attr="invoke" | "ainvoke"), args=given):
            yield from given
        case _:
            return


def _joined(parts: list[ast.expr], look: Look) -> str | None:
    said = []
    for part in parts:
        found = text(part, look)
        if found is None:
            return None
        said.append(found)
    return "".join(said)


def _summands(node: ast.expr) -> list[ast.expr]:
    """Return what a sum adds up; in a loop, as a sum is as deep as it is long."""
    found = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    return value is None or isinstance(value, (str, int, float))
