"""What jinja2 knows of one template: names, includes, errors, and whether its cost is linear. Runs nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.meta import find_undeclared_variables

from llmops_cli.render.environment import PromptEnvironment

MAX_NODES = 20_000
MAX_KEPT = 20_000
"""Longer texts are read anew each time: what is kept of them must stay small."""

# Nodes whose cost is at most that of their input; a template of only these renders without a child process.
LINEAR = (
    nodes.And,
    nodes.Compare,
    nodes.CondExpr,
    nodes.Const,
    nodes.Filter,
    nodes.Getattr,
    nodes.Getitem,
    nodes.If,
    nodes.Include,
    nodes.Keyword,
    nodes.Name,
    nodes.Not,
    nodes.Operand,
    nodes.Or,
    nodes.Output,
    nodes.Template,
    nodes.TemplateData,
    nodes.Test,
)
SUPPORTED = (
    *LINEAR,
    nodes.Assign,
    nodes.AssignBlock,
    nodes.BinExpr,
    nodes.Call,
    nodes.Concat,
    nodes.Dict,
    nodes.FilterBlock,
    nodes.For,
    nodes.List,
    nodes.Macro,
    nodes.Pair,
    nodes.Slice,
    nodes.Tuple,
    nodes.UnaryExpr,
    nodes.With,
)
INSTEAD = {
    "Import": "import is not supported; use include",
    "FromImport": "import is not supported; use include",
    "Extends": "extends is not supported; use include",
    "Block": "block is not supported; use include",
    "CallBlock": "call blocks are not supported",
}


@dataclass(frozen=True, slots=True)
class Syntax:
    """One template, read. `bound`: names that it gives values itself; `error` with its `line` if it does not parse.

    `linear`: one pass over it costs at most in proportion to its `parts`, of which `filters` walk over a value.
    """

    names: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()
    includes: tuple[str, ...] = ()
    linear: bool = False
    parts: int = 0
    filters: int = 0
    error: str = ""
    line: int = 0


def read(environment: PromptEnvironment, text: str) -> Syntax:
    """Return what a template names; its error, if it has one."""
    return _read(environment, text) if len(text) > MAX_KEPT else _kept(environment, text)


@lru_cache(maxsize=256)
def _kept(environment: PromptEnvironment, text: str) -> Syntax:
    return _read(environment, text)


def _read(environment: PromptEnvironment, text: str) -> Syntax:
    try:
        tree = environment.parse(text)
        found = list(_nodes(tree))
        includes = tuple(_include(node) for node in found if isinstance(node, nodes.Include))
        names = find_undeclared_variables(tree)
    except TemplateSyntaxError as error:
        return Syntax(error=error.message or "syntax error", line=error.lineno or 1)
    except (RecursionError, ValueError, MemoryError) as error:
        return Syntax(error=f"too deep or too large to read ({type(error).__name__})", line=1)
    bound = {node.name for node in found if isinstance(node, nodes.Name) and node.ctx != "load"}
    bound |= {node.name for node in found if isinstance(node, nodes.Macro)}
    return Syntax(
        names=frozenset(names) - {"range"},
        bound=frozenset(bound),
        includes=includes,
        linear=all(isinstance(node, LINEAR) for node in found),
        parts=len(found),
        filters=sum(isinstance(node, nodes.Filter) for node in found),
    )


def _nodes(tree: nodes.Template) -> Iterator[nodes.Node]:
    """Yield every node, in the order of the text. Raises `TemplateSyntaxError` for what is not supported."""
    pending: list[nodes.Node] = [tree]
    count = 0
    while pending:
        node = pending.pop()
        count += 1
        if count > MAX_NODES:
            raise TemplateSyntaxError(f"the template has more than {MAX_NODES} parts", 1)
        if not isinstance(node, SUPPORTED):
            kind = type(node).__name__
            raise TemplateSyntaxError(INSTEAD.get(kind, f"{kind} is not supported"), node.lineno)
        yield node
        pending.extend(reversed(list(node.iter_child_nodes())))


def _include(node: nodes.Include) -> str:
    path = node.template
    if not isinstance(path, nodes.Const) or not isinstance(path.value, str):
        raise TemplateSyntaxError("an include names one file, as text: {% include 'partials/rules.j2' %}", node.lineno)
    if node.ignore_missing or not node.with_context:
        raise TemplateSyntaxError("an include takes neither `ignore missing` nor `without context`", node.lineno)
    return path.value
