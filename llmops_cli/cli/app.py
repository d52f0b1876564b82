"""The command tree. Each command's module is imported only when it is asked for, which keeps every command quick."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from llmops_cli import __version__
from llmops_cli.cli.lazy import LazyGroup, finished
from llmops_cli.cli.terminal import Terminal
from llmops_cli.errors import UsageError

COMMANDS = {
    "init": "setup",
    "demo": "demo",
    "validate": "validate",
    "fmt": "fmt",
    "explain": "explain",
    "prompt": "prompt",
    "evalset": "evalset",
    "eval": "evals",
    "baseline": "baseline",
    "review": "review",
    "gate": "gate",
    "git": "git",
    "doctor": "doctor",
    "schema": "schema",
    "completion": "completion",
}
"""Command → the module of `cli/` that has it."""


class Commands(LazyGroup):
    """The top of the tree: every member lies elsewhere."""

    elsewhere = COMMANDS


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
    if directory is not None:
        ctx.call_on_close(_work_in(directory))
    ctx.obj = Terminal.of(config=config, quiet=quiet, verbose=verbose, color=color, offline=offline)


def _work_in(folder: Path) -> Callable[[], None]:
    """Go to a folder, as `git -C` does: every path of the command line is meant from there. Return the way back."""
    before = Path.cwd()
    try:
        os.chdir(folder)
    except OSError as error:
        raise UsageError(f"-C {folder}: {error.strerror or error}", hint="name a folder that is there") from error
    return lambda: os.chdir(before)


def command() -> Any:
    """Return the whole command, ready to run."""
    return finished(typer.main.get_command(app))
