"""The command tree. Each command's module is imported only when it is asked for, which keeps every command quick."""

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from llmops_cli import __version__
from llmops_cli.cli.terminal import Terminal

COMMANDS = {
    "init": "setup",
    "demo": "demo",
    "validate": "validate",
    "prompt": "prompt",
    "evalset": "evalset",
    "eval": "evals",
    "baseline": "baseline",
    "gate": "gate",
    "schema": "schema",
}
"""Command → the module of `cli/` that has it."""


class Commands(TyperGroup):
    """A group whose members are imported when they are named."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands in the order in which a user meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return one command, imported now."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"llmops_cli.cli.{COMMANDS[cmd_name]}")
        found = typer.main.get_command(module.app)
        found.name = cmd_name
        return _with_examples_as_written(found)


def _with_examples_as_written(found: Any) -> Any:
    """Mark the paragraphs of examples, so that help shows a command a line instead of one long text."""
    paragraphs = (found.help or "").split("\n\n")
    found.help = "\n\n".join(f"\b\n{text}" if _is_example(text) else text for text in paragraphs)
    for inner in getattr(found, "commands", {}).values():
        _with_examples_as_written(inner)
    return found


def _is_example(paragraph: str) -> bool:
    return paragraph.lstrip().startswith(("llmops ", "Start: "))


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"auto_envvar_prefix": "LLMOPS", "help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:  # noqa: FBT001 - the library calls it so
    if value:
        typer.echo(f"llmops {__version__}")
        raise typer.Exit


@app.callback()
def main(  # noqa: PLR0913 - the global flags of CLI.md
    ctx: typer.Context,
    *,
    directory: Annotated[Path | None, typer.Option("-C", "--directory", help="Work in this folder.")] = None,
    config: Annotated[str, typer.Option(help="Another file than llmops.yaml.")] = "",
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="More about what happens.")] = False,
    color: Annotated[str, typer.Option(help="auto, always or never.")] = "auto",
    offline: Annotated[bool, typer.Option(help="Refuse every call over the network.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """A git-native prompt registry and CI regression gate.

    Start:    llmops init          a first prompt, eval set and config
    Look:     llmops prompt diff   what an edit means
    Measure:  llmops eval run      the prompt on its cases
    Decide:   llmops gate          worse than the stored baseline?
    """
    del version
    ctx.obj = Terminal.of(
        directory=directory, config=config, quiet=quiet, verbose=verbose, color=color, offline=offline
    )


def command() -> Any:
    """Return the whole command, ready to run."""
    return _with_examples_as_written(typer.main.get_command(app))
