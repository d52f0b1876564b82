"""Python files → the places where they use a prompt, found in the syntax tree. Nothing is imported, nothing runs."""

import ast
import re
import warnings
from dataclasses import dataclass, field

from llmops_cli.load.call_kinds import ELSEWHERE, METHODS, OURS, RUN_TIME, Handle, direct, got, values_of
from llmops_cli.load.call_names import UNKNOWN, dotted, imported, literal, meaning, targets
from llmops_cli.model.usage import CallSite

_HINT = re.compile(rb"llmops_cli|litellm|langfuse|langsmith|langchain|pmpt_|openai")
_LAYERS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match, ast.TryStar)
Env = dict[str, tuple[Handle, ...]]


def mentions(data: bytes) -> bool:
    """Return whether a file names any of the libraries at all."""
    return _HINT.search(data) is not None


def call_sites(data: bytes, path: str) -> tuple[CallSite, ...]:
    """Return the call sites of one file, in order. Raises `ValueError` in words for what is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the file, not of ours
            tree = ast.parse(data, path)
        scan = _Scan(path, data.decode("utf-8", "replace").splitlines(), imported(tree))
        scan.run(tree)
    except SyntaxError as error:
        raise ValueError(f"{path}:{error.lineno or 1}: {error.msg}") from None
    except (RecursionError, MemoryError):
        raise ValueError(f"{path}:1: nested too deeply to be read") from None
    except ValueError as error:
        raise ValueError(f"{path}:1: {error}") from None
    return tuple(sorted(scan.sites, key=lambda site: (site.line, site.column)))


@dataclass(slots=True)
class _Scan:
    """One file: what its names stand for, and what was found. Bodies of functions are read after their module."""

    path: str
    lines: list[str]
    names: dict[str, str]
    sites: list[CallSite] = field(default_factory=list)
    handles: dict[int, Handle] = field(default_factory=dict)
    clients: set[str] = field(default_factory=set)
    waiting: list[tuple[ast.AST, Env]] = field(default_factory=list)

    def run(self, tree: ast.Module) -> None:
        """Read everything, then tell what was got and never given values in sight."""
        env: Env = {}
        self._all(tree.body, env)
        while self.waiting:
            function, outer = self.waiting.pop(0)
            self._function(function, outer)
        for handle in self.handles.values():
            if not handle.used:
                reason = ELSEWHERE if handle.prompt else RUN_TIME
                self._add(handle.node, handle, handle.call, ({}, False), reason)

    def _all(self, nodes: "list[ast.stmt]", env: Env) -> None:
        for node in nodes:
            self._visit(node, env)

    def _visit(self, node: ast.AST, env: Env) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            for inner in (*node.args.defaults, *node.args.kw_defaults, *getattr(node, "decorator_list", ())):
                if inner is not None:
                    self._visit(inner, env)
            first = getattr(node, "name", "") in ("__init__", "__post_init__", "setUp")
            self.waiting.insert(0 if first else len(self.waiting), (node, env))
        elif isinstance(node, _LAYERS):
            self._branches(node, env)
        else:
            for inner in ast.iter_child_nodes(node):
                self._visit(inner, env)
            if isinstance(node, ast.Call):
                self._call(node, env)
            for name, value in targets(node):
                self._bind(name, value, env)

    def _branches(self, node: ast.AST, env: Env) -> None:
        """Read each branch from the same start; after it a name may stand for what any of them gave it."""
        ends: list[Env] = [dict(env)]
        for _, value in ast.iter_fields(node):
            parts = value if isinstance(value, list) else [value]
            branch = dict(env)
            for part in parts:
                if isinstance(part, (ast.match_case, ast.ExceptHandler)):
                    ends.append(dict(env))
                    self._all(part.body, ends[-1])
                elif isinstance(part, ast.AST):
                    self._visit(part, branch if isinstance(part, ast.stmt) else env)
            ends.append(branch)
        for name in {name for end in ends for name in end}:
            found = {id(handle): handle for end in ends for handle in end.get(name, ())}
            env[name] = tuple(found.values())

    def _function(self, node: ast.AST, outer: Env) -> None:
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        env = dict(outer)
        arguments = node.args
        named = [*arguments.posonlyargs, *arguments.args]
        for argument in (*named, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
            if argument is not None and argument.arg not in ("self", "cls"):
                env[argument.arg] = ()
        for argument, default in zip(reversed(named), reversed(arguments.defaults), strict=False):
            env[argument.arg] = self._held(default, outer)
        for argument, preset in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            env[argument.arg] = self._held(preset, outer) if preset is not None else ()
        if isinstance(node, ast.Lambda):
            self._visit(node.body, env)
        else:
            self._all(node.body, env)
        outer.update({name: held for name, held in env.items() if name.startswith(("self.", "cls."))})

    def _bind(self, name: str, value: ast.expr, env: Env) -> None:
        env[name] = self._held(value, env)
        full = meaning(value, self.names) or (meaning(value.func, self.names) if isinstance(value, ast.Call) else "")
        if full.startswith(OURS) and not env[name]:
            self.clients.add(name)

    def _held(self, node: ast.AST, env: Env) -> tuple[Handle, ...]:  # noqa: PLR0911 - a case a kind of expression
        """Return what an expression may hold; the bound method of a prompt counts as the prompt."""
        match node:
            case ast.Call() if id(node) in self.handles:
                return (self.handles[id(node)],)
            case ast.Name() | ast.Attribute() if dotted(node) in env:
                return env[dotted(node)]
            case ast.Attribute(value=inner, attr=name):
                return tuple(handle for handle in self._held(inner, env) if name in METHODS.get(handle.kind, ()))
            case ast.IfExp(body=one, orelse=other):
                return (*self._held(one, env), *self._held(other, env))
            case ast.BoolOp(values=several):
                return tuple(handle for one in several for handle in self._held(one, env))
            case ast.NamedExpr(value=inner) | ast.Await(value=inner):
                return self._held(inner, env)
            case _:
                return ()

    def _call(self, node: ast.Call, env: Env) -> None:
        receiver = dotted(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        handle = got(node, self.names, client=receiver in self.clients)
        if handle is not None:
            self.handles[id(node)] = handle
            return
        found = direct(node, self.names)
        if found is not None:
            self._add(node, found, found.call, found.values, "" if found.prompt else RUN_TIME)
        for held in self._held(node.func, env):
            call = node.func.attr if isinstance(node.func, ast.Attribute) else "render"
            held.used = True
            self._add(node, held, call, values_of(node, held.kind), "" if held.prompt else RUN_TIME)

    def _add(
        self, node: ast.Call, said: object, call: str, values: "tuple[dict[str, ast.expr], bool] | None", reason: str
    ) -> None:
        named, more = values or ({}, True)
        literals = {name: value for name, one in named.items() if (value := literal(one)) is not UNKNOWN}
        line = self.lines[node.lineno - 1] if node.lineno <= len(self.lines) else ""
        self.sites.append(
            CallSite(
                path=self.path,
                line=node.lineno,
                column=len(line.encode()[: node.col_offset].decode("utf-8", "replace")) + 1,
                kind=said.kind,  # type: ignore[attr-defined]
                prompt=said.prompt,  # type: ignore[attr-defined]
                ref=said.ref,  # type: ignore[attr-defined]
                call=call,
                keywords=tuple(named),
                literals=literals,
                unchecked=reason or ("" if not more else "other values are only known at run time"),
                open_ended=more,
            )
        )
