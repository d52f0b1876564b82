"""Python files → the places where they use a prompt, found in the syntax tree. Nothing is imported, nothing runs."""

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Protocol

from llmops_cli.load.call_bindings import Bindings, bindings
from llmops_cli.load.call_flow import Flow
from llmops_cli.load.call_kinds import ELSEWHERE, OURS, RUN_TIME, Sight, direct, got, loose, passed_on, values_of
from llmops_cli.load.call_names import HANDING, UNKNOWN, Items, literal
from llmops_cli.load.call_scopes import Bound, Handle, Held, Scope
from llmops_cli.model.usage import CallSite, Kind

_BREAK = re.compile(r"\r\n?|\n")
_HINT = re.compile(rb"llmops_cli|litellm|langfuse|langsmith|langchain|pmpt_|openai")


def mentions(data: bytes) -> bool:
    """Return whether a file names any of the libraries at all."""
    return _HINT.search(data) is not None


def call_sites(data: bytes, path: str) -> tuple[CallSite, ...]:
    """Return the call sites of one file, in order. Raises `ValueError` in words for what is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the file, not of ours
            tree = ast.parse(data, path)
        sites = _sites(tree, path, _BREAK.split(data.decode("utf-8", "replace")))
    except SyntaxError as error:
        raise ValueError(f"{path}:{error.lineno or 1}: {error.msg}") from None
    except (RecursionError, MemoryError):
        raise ValueError(f"{path}:1: nested too deeply to be read") from None
    except ValueError as error:
        raise ValueError(f"{path}:1: {error}") from None
    return tuple(sorted(sites, key=lambda site: (site.line, site.column)))


class _Said(Protocol):
    """What says which prompt is meant: what was got, or a call that names it."""

    @property
    def kind(self) -> Kind: ...
    @property
    def prompt(self) -> str: ...
    @property
    def ref(self) -> str: ...
    @property
    def keyed(self) -> bool: ...


def _sites(tree: ast.Module, path: str, lines: list[str]) -> list[CallSite]:
    """Read a file once, and again where functions give something to each other: only then all of it is known."""
    known = bindings(tree)
    scan = _Scan(tree, known, path, lines)
    scan.run()
    if known.libraries & HANDING and any(scope.shared for scope in known.scopes.values()):
        scan = _Scan(tree, known, path, lines, scan.handles)
        scan.run()
    scan.rest()
    return scan.sites


class _Scan(Flow):
    """One reading of a file that notes its call sites."""

    def __init__(
        self, tree: ast.Module, known: Bindings, path: str, lines: list[str], handles: dict[int, Handle] | None = None
    ) -> None:
        """`handles` are those of an earlier reading, by the id of their node."""
        super().__init__(tree, known)
        self.path = path
        self.lines = lines
        self.libraries = frozenset(known.libraries)
        self.names_prompts = bool(known.libraries & {"litellm", "openai"}) or any("pmpt_" in line for line in lines)
        self.sites: list[CallSite] = []
        self.handles = handles or {}
        for handle in self.handles.values():
            handle.used = False

    def call(self, node: ast.Call) -> Held:
        """Return what a call gives back, and note what it says of a prompt."""
        held = self.held(node.func)
        sight = Sight(next((one for one in held if isinstance(one, str)), ""), self.look, self.libraries)
        handle = got(node, sight)
        if handle is not None:
            return (self._kept(handle),)
        found = self.names_prompts and (direct(node, sight) or loose(node, self._loose(node), sight))
        if found:
            self._add(node, found, found.call, found.values, "" if found.prompt else RUN_TIME)
        for one in held:
            if isinstance(one, Bound):
                self._used(node, one, values_of(node, one, self.look))
        self._passed(node, sight.full)
        if sight.full.startswith(OURS):
            return (f"{sight.full}()",)
        return tuple(one for one in held if isinstance(one, Scope))

    def rest(self) -> None:
        """Note what was got and never given values in sight."""
        for handle in self.handles.values():
            if not handle.used:
                reason = ELSEWHERE if handle.prompt else RUN_TIME
                self._add(handle.node, handle, handle.call, ({}, False), reason)

    def _kept(self, handle: Handle) -> Handle:
        known = self.handles.setdefault(id(handle.node), handle)
        known.prompt, known.ref, known.keyed = handle.prompt, handle.ref, handle.keyed
        return known

    def _loose(self, node: ast.Call) -> Iterator[Held]:
        return (self.held(keyword.value) for keyword in node.keywords if keyword.arg is None)

    def _passed(self, node: ast.Call, full: str) -> None:
        """Note a method that is the argument of a call which calls it, or keeps values for it."""
        use = passed_on(node, full)
        for one in self.held(node.args[0]) if use and node.args else ():
            if isinstance(one, Bound):
                named, more = values_of(node, one, self.look, skip=1) or ({}, True)
                self._used(node, one, (named, more or use == "later"))

    def _used(self, node: ast.Call, taker: Bound, values: Items | None) -> None:
        taker.handle.used = True
        self._add(node, taker.handle, taker.name, values, "" if taker.handle.prompt else RUN_TIME)

    def _add(self, node: ast.Call, said: _Said, call: str, values: Items | None, reason: str) -> None:
        named, more = values or ({}, True)
        literals = {name: value for name, one in named.items() if (value := literal(one, self.look)) is not UNKNOWN}
        line = self.lines[node.lineno - 1] if node.lineno <= len(self.lines) else ""
        self.sites.append(
            CallSite(
                path=self.path,
                line=node.lineno,
                column=len(line.encode()[: node.col_offset].decode("utf-8", "replace")) + 1,
                kind=said.kind,
                prompt=said.prompt,
                ref=said.ref,
                call=call,
                keywords=tuple(named),
                literals=literals,
                unchecked=reason or ("" if not more else "other values are only known at run time"),
                open_ended=more,
                keyed=said.keyed,
            )
        )
