"""A syntax tree → its scopes and the names that each of them binds, by every form that Python has."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from llmops_cli.load.call_scopes import Scope

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*FUNCTIONS, ast.ClassDef, *COMPREHENSIONS)
LEAVES = frozenset({ast.Constant, ast.Load, ast.Store, ast.Del, ast.Pass, ast.Break, ast.Continue})


@dataclass(slots=True)
class Bindings:
    """The scopes of a file by the id of their node, and the libraries that it imports anywhere."""

    scopes: dict[int, Scope] = field(default_factory=dict)
    libraries: set[str] = field(default_factory=set)
    declared: list[tuple[Scope, str, bool]] = field(default_factory=list)
    waiting: list[tuple[Scope, Sequence[ast.AST]]] = field(default_factory=list)


def bindings(tree: ast.Module) -> Bindings:
    """Return the scopes of a file."""
    found = Bindings()
    module = found.scopes[id(tree)] = Scope("module")
    found.waiting.append((module, tree.body))
    while found.waiting:
        scope, nodes = found.waiting.pop()
        stack = list(nodes)
        while stack:
            node = stack.pop()
            if type(node) not in LEAVES:
                stack += _read(scope, node, found)
    for scope, name, outermost in found.declared:
        _move(scope, name, module if outermost else None)
    return found


def _read(scope: Scope, node: ast.AST, found: Bindings) -> Iterable[ast.AST]:
    """Note what a node binds in a scope, and return what below it belongs to the same scope."""
    if isinstance(node, ast.Name):
        if not isinstance(node.ctx, ast.Load):
            _add(scope, node.id)
        return ()
    if isinstance(node, _SCOPES):
        inner = found.scopes[id(node)] = _opened(scope, node)
        here, inside = _parts(node)
        found.waiting.append((inner, inside))
        return here
    if isinstance(node, ast.NamedExpr):
        _add(scope.owner, node.target.id)
        return (node.value,)
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        found.declared += [(scope, name, isinstance(node, ast.Global)) for name in node.names]
        return ()
    for name in _names(node, found.libraries):
        _add(scope, name)
    return children(node)


def children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands below a node, in order."""
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            for one in value:
                if isinstance(one, ast.AST):
                    yield one
        elif isinstance(value, ast.AST):
            yield value


def arguments(node: Function) -> Iterator[ast.arg]:
    """Yield the parameters of a function, of whatever sort."""
    given = node.args
    yield from (*given.posonlyargs, *given.args, *given.kwonlyargs)
    yield from (one for one in (given.vararg, given.kwarg) if one is not None)


def around(node: Function | ast.ClassDef) -> list[ast.AST]:
    """Return what of a function or class is read where it is defined: decorators, defaults, annotations, bases."""
    found: list[ast.AST] = list(getattr(node, "decorator_list", ()))
    if isinstance(node, ast.ClassDef):
        return [*found, *node.bases, *node.keywords]
    found += [one for one in (*node.args.defaults, *node.args.kw_defaults) if one is not None]
    found += [one.annotation for one in arguments(node) if one.annotation is not None]
    returns = getattr(node, "returns", None)
    return [*found, returns] if returns is not None else found


def star(module: str) -> dict[str, str]:
    """Return what `from module import *` binds, as far as it hands out prompts."""
    if module in ("llmops_cli", "llmops_cli.runtime"):
        return {"prompts": f"{module}.prompts", "Loader": "llmops_cli.runtime.Loader"}
    return {"hub": "langchain.hub"} if module == "langchain" else {}


def _opened(scope: Scope, node: ast.AST) -> Scope:
    """Return the scope of a function, class or comprehension; the name of what is defined is bound around it."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        _add(scope, node.name)
    if isinstance(node, ast.ClassDef):
        return Scope("class", scope)
    if not isinstance(node, FUNCTIONS):
        return Scope("comprehension", scope)
    kinds = [one.name for one in getattr(node, "type_params", ())]
    return Scope("function", scope, dict.fromkeys([*kinds, *(one.arg for one in arguments(node))], 1))


def _parts(node: ast.AST) -> tuple[list[ast.AST], Sequence[ast.AST]]:
    """Return what is read around a scope, and what inside."""
    if isinstance(node, COMPREHENSIONS):
        first = node.generators[0]
        return [first.iter], [one for one in _inside(node) if one is not first.iter]
    assert isinstance(node, (*FUNCTIONS, ast.ClassDef))
    return around(node), node.body if isinstance(node.body, list) else [node.body]


def _inside(node: Comprehension) -> Iterator[ast.AST]:
    for one in node.generators:
        yield from (one.target, one.iter, *one.ifs)
    yield from (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)


def _names(node: ast.AST, libraries: set[str]) -> Iterator[str]:
    """Yield the names that a node binds without a `Name` of their own."""
    match node:
        case ast.Import(names=found):
            libraries.update(alias.name.partition(".")[0] for alias in found)
            yield from (alias.asname or alias.name.partition(".")[0] for alias in found)
        case ast.ImportFrom(module=module, names=found):
            libraries.add((module or "").partition(".")[0])
            starred = star(module or "")
            yield from (
                name for alias in found for name in (starred if alias.name == "*" else [alias.asname or alias.name])
            )
        case (
            ast.ExceptHandler(name=str(name))
            | ast.MatchAs(name=str(name))
            | ast.MatchStar(name=str(name))
            | ast.MatchMapping(rest=str(name))
        ):
            yield name
        case _:
            return


def _add(scope: Scope, name: str) -> None:
    scope.bound[name] = scope.bound.get(name, 0) + 1


def _move(scope: Scope, name: str, target: Scope | None) -> None:
    """Give a name that is declared `global` or `nonlocal` to the scope that it belongs to."""
    if target is None:
        target = scope.enclosing
        while target is not None and name not in target.bound and target.kind != "module":
            target = target.enclosing
    if target is not None and target is not scope:
        scope.moved[name] = target
        target.bound[name] = target.bound.get(name, 0) + scope.bound.pop(name, 0)
