"""A group of commands whose modules are imported when a command is named: each command stays quick."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup


class LazyGroup(TyperGroup):
    """A group that also has members elsewhere: `elsewhere` maps a command to the module of `cli/` that has it.

    Such a module has an `app`: of one command (the member itself), or of several (the one of that name is taken).
    """

    elsewhere: ClassVar[Mapping[str, str]] = {}
    order: ClassVar[tuple[str, ...]] = ()

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands in the order in which a user meets them."""
        known = [*super().list_commands(ctx), *self.elsewhere]
        return [name for name in self.order if name in known] + [name for name in known if name not in self.order]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return one command, imported now if it lies elsewhere."""
        if cmd_name not in self.elsewhere:
            return super().get_command(ctx, cmd_name)
        module = importlib.import_module(f"llmops_cli.cli.{self.elsewhere[cmd_name]}")
        found = typer.main.get_command(module.app)
        inner = getattr(found, "commands", {})
        found = inner.get(cmd_name, found)
        found.name = cmd_name
        return finished(found)


def finished(found: Any) -> Any:
    """Return a command, and those in it, with help and environment variables as a user expects them.

    Paragraphs of examples are marked, so that help shows a command a line instead of one long text. A flag's variable
    is named after the flag: `LLMOPS_GATE_FORMAT` stands for `gate --format`, whatever the function calls it.
    """
    paragraphs = (found.help or "").split("\n\n")
    found.help = "\n\n".join(f"\b\n{text}" if _is_example(text) else text for text in paragraphs)
    called = {name: parameter for parameter in found.params if (name := _flag(parameter)) != parameter.name}
    if called:
        found.callback = _renamed(found.callback, {name: parameter.name for name, parameter in called.items()})
    for name, parameter in called.items():
        parameter.name = name
    for inner in getattr(found, "commands", {}).values():
        finished(inner)
    return found


def _flag(parameter: Any) -> str:
    flags = [option for option in parameter.opts if option.startswith("--")]
    return str(flags[0][2:].replace("-", "_") if flags else parameter.name)


def _renamed(callback: Callable[..., Any], names: Mapping[str, str]) -> Callable[..., Any]:
    return lambda **given: callback(**{names.get(name, name): value for name, value in given.items()})


def _is_example(paragraph: str) -> bool:
    return paragraph.lstrip().startswith(("llmops ", "Start: "))
