"""Which names of a Python file stand for the libraries that hand out prompts, and what an expression says at sight."""

import ast
from collections.abc import Iterator
from typing import Any

LIBRARIES = ("llmops_cli", "litellm", "langfuse", "langsmith", "langchain", "langchainhub", "openai")
UNKNOWN = object()


def imported(tree: ast.AST) -> dict[str, str]:
    """Return what the names of a file stand for: `{"p": "llmops_cli.prompts"}`; imports at any depth count."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] in LIBRARIES:
                    names[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in LIBRARIES:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def dotted(node: ast.expr) -> str:
    """Return `self.prompt` for an attribute of a name; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def meaning(node: ast.expr, names: dict[str, str]) -> str:
    """Return the full name of an expression by the imports of its file: `p.get` → `llmops_cli.prompts.get`."""
    first, point, rest = dotted(node).partition(".")
    return f"{names[first]}{point}{rest}" if first in names else ""


def literal(node: ast.expr | None) -> Any:
    """Return the JSON value that stands in the source; `UNKNOWN` for what only running would tell."""
    if node is None:
        return UNKNOWN
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return UNKNOWN
    return value if _is_json(value) else UNKNOWN


def mapping(node: ast.expr | None) -> tuple[dict[str, ast.expr], bool] | None:
    """Return the written-out items of a dict, and whether there are others; None where it is no dict at sight."""
    items: dict[str, ast.expr] = {}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
        return keywords(node)
    if not isinstance(node, ast.Dict):
        return None
    more = False
    for key, value in zip(node.keys, node.values, strict=True):
        inner = mapping(value) if key is None else None
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            items[key.value] = value
        elif inner is not None:
            items, more = items | inner[0], more or inner[1]
        else:
            more = True
    return items, more


def keywords(call: ast.Call) -> tuple[dict[str, ast.expr], bool]:
    """Return the written-out keywords of a call, and whether `**` passes others."""
    items: dict[str, ast.expr] = {}
    more = False
    for keyword in call.keywords:
        inner = mapping(keyword.value) if keyword.arg is None else None
        if keyword.arg is not None:
            items[keyword.arg] = keyword.value
        elif inner is not None:
            items, more = items | inner[0], more or inner[1]
        else:
            more = True
    return items, more


def text(node: ast.expr | None) -> str | None:
    """Return the text that stands in the source; None for what is none."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def targets(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield each name that a statement binds with the expression it binds it to: `x = …`, `with … as x`, `x := …`."""
    match node:
        case ast.Assign(targets=found, value=value):
            for target in found:
                yield from _pairs(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield from _pairs(target, value)
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield from _pairs(target, value)
        case _:
            return


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
        for one, other in zip(target.elts, value.elts, strict=False):
            yield from _pairs(one, other)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for one in target.elts:
            yield from _pairs(one, value)
    elif name := dotted(target):
        yield name, value


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    return value is None or isinstance(value, (str, int, float))
