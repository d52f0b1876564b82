"""A name in a file → the thing it names. The file name is the plug-in's name: `type: exact` is `score/exact.py`."""

import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, Literal

from llmops_cli.errors import UnknownNameError
from llmops_cli.model.ports import Rule

Room = Literal["score", "complete", "report", "ingest", "convert", "publish"]
NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
RULE = re.compile(r"lp\d{3}_[a-z0-9_]+")


def names(room: Room) -> tuple[str, ...]:
    """Return the names of the built-in plug-ins of a room, sorted."""
    package = importlib.import_module(f"llmops_cli.{room}")
    modules = (module.name for module in pkgutil.iter_modules(package.__path__))
    return tuple(sorted(name.removesuffix("_") for name in modules if NAME.fullmatch(name.removesuffix("_"))))


def find(room: Room, name: str) -> Callable[..., Any]:
    """Return the `build` function of a plug-in. Raises `UnknownNameError` with the nearest names."""
    module_name = name.replace("-", "_")
    if NAME.fullmatch(name):
        for candidate in (module_name, f"{module_name}_"):
            if importlib.util.find_spec(f"llmops_cli.{room}.{candidate}") is not None:
                module = importlib.import_module(f"llmops_cli.{room}.{candidate}")
                if hasattr(module, "build"):
                    build: Callable[..., Any] = module.build
                    return build
        found: Callable[..., Any] | None = _entry_point(room, name)
        if found is not None:
            return found
    near = get_close_matches(name, names(room), n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(names(room))}"
    raise UnknownNameError(f"unknown {room} plug-in {name!r}", hint=hint)


def module(room: Room, name: str) -> Any:
    """Return a plug-in that is a module with functions of its own (`convert`: `read`, `write`).

    `semantic-kernel` and `semantic_kernel` are one name. Raises `UnknownNameError` with the nearest names.
    """
    if NAME.fullmatch(name):
        for candidate in (name.replace("-", "_"), f"{name.replace('-', '_')}_"):
            if importlib.util.find_spec(f"llmops_cli.{room}.{candidate}") is not None:
                return importlib.import_module(f"llmops_cli.{room}.{candidate}")
        found = _entry_point(room, name)
        if found is not None:
            return found
    known = tuple(one.replace("_", "-") for one in names(room))
    near = get_close_matches(name.lower().replace("_", "-"), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    raise UnknownNameError(f"unknown {room} plug-in {name!r}", hint=hint)


def rules() -> tuple[Rule, ...]:
    """Return every lint rule, in the order of their codes."""
    package = importlib.import_module("llmops_cli.check")
    modules = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if RULE.fullmatch(module.name))
    return tuple(importlib.import_module(f"llmops_cli.check.{name}").check for name in modules)


def _entry_point(room: Room, name: str) -> Any:
    from importlib.metadata import entry_points  # 45 ms; asked only when no file matches

    for entry in entry_points(group=f"llmops.{room}", name=name):
        return entry.load()
    return None
