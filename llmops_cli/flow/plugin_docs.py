"""What a plug-in is for and which options it has: the documentation at the top of its own file."""

import inspect
import sys
from collections.abc import Iterator
from importlib import import_module

from llmops_cli.errors import UnknownNameError
from llmops_cli.model.problem import Explanation
from llmops_cli.plugins import Room, find, names

KINDS: dict[Room, str] = {
    "score": "scorer",
    "complete": "provider",
    "ingest": "reader of rows",
    "convert": "prompt format",
    "publish": "remote registry",
}
_NO_PLUG_IN = {("ingest", "rows")}


def built_in() -> Iterator[Explanation]:
    """Yield the documentation of every plug-in of the house, scorers first."""
    for room in KINDS:
        for name in names(room):
            if (room, name) not in _NO_PLUG_IN:
                yield _explained(room, name, _own(room, name))


def installed(name: str) -> Iterator[Explanation]:
    """Yield the documentation of a scorer or provider that another package brings under this name."""
    for room in ("score", "complete"):
        try:
            module = find(room, name).__module__
        except UnknownNameError:
            continue
        yield _explained(room, name, sys.modules[module].__doc__ or "")


def _own(room: Room, name: str) -> str:
    try:
        return import_module(f"llmops_cli.{room}.{name}").__doc__ or ""
    except ModuleNotFoundError:
        return import_module(f"llmops_cli.{room}.{name}_").__doc__ or ""


def _explained(room: Room, name: str, doc: str) -> Explanation:
    text = inspect.cleandoc(doc) or "Its file has no documentation."
    shown = name.replace("_", "-") if room == "convert" else name
    return Explanation(shown, shown, KINDS[room], text.partition("\n\n")[0].replace("\n", " "), text)
