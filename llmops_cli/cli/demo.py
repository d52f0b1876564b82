"""`llmops demo`."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from llmops_cli.cli.output import emit, tell
from llmops_cli.errors import ExitCode

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def demo(
    ctx: typer.Context,
    *,
    keep: Annotated[Path | None, typer.Option(help="Leave the repository in this new folder.")] = None,
) -> None:
    """Show the whole loop in a throw-away git repository: diff, eval run, gate. No key, no network, under 20 s.

    The model is a stand-in: a small rule-based program that follows the prompt's instructions.

    llmops demo
    llmops demo --keep /tmp/llmops-demo
    """
    from llmops_cli.errors import UsageError

    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise UsageError(f"{keep} is not empty", hint="name a new folder")
    start = time.monotonic()
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        told = _play(keep.resolve(), color=ctx.obj.color)
    else:
        with tempfile.TemporaryDirectory(prefix="llmops-demo-") as folder:
            told = _play(Path(folder), color=ctx.obj.color)
    if not told:
        tell("the demo did not go as told")
        raise typer.Exit(ExitCode.FINDINGS)
    emit(f"\nThat is the loop, in {time.monotonic() - start:.0f} s. Now your own prompt: llmops init")


def _play(root: Path, *, color: bool) -> bool:
    """Play every step; return whether each command exited as it should."""
    from llmops_cli.flow.demo import PROMPT, STEPS, edited, prepare

    emit("A throw-away git repository; the model is a stand-in program that follows the prompt's instructions.")
    prepare(root)
    for step in STEPS:
        if step.says:
            emit(f"\n— {step.says}")
        if step.edit:
            path = root / PROMPT
            path.write_text(edited(path.read_text(encoding="utf-8"), step.edit), encoding="utf-8")
        if step.argv and _run(root, step.argv, color=color) != step.code:
            return False
    return True


def _run(root: Path, argv: tuple[str, ...], *, color: bool) -> int:
    from llmops_cli.flow.demo import at_home
    from llmops_cli.load.settings import environment

    emit(f"\n$ llmops {' '.join(argv)}")
    command = [sys.executable, "-m", "llmops_cli", "-q", "--color", "always" if color else "never", *argv]
    done = subprocess.run(
        command, cwd=root, env=at_home(environment().variables), capture_output=True, text=True, check=False
    )
    emit((done.stdout + done.stderr).rstrip("\n"))
    return done.returncode
