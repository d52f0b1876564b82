"""`llmops completion`: commands, flags and prompt ids for the shell to complete."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from llmops_cli.cli.flags import Output, choice
from llmops_cli.cli.output import emit

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

SHELLS = ("bash", "zsh", "fish", "powershell")


@app.command()
def completion(
    shell: Annotated[str, typer.Argument(help="bash, zsh, fish or powershell.")], output: Output = None
) -> None:
    """Print the script by which a shell completes commands, flags and prompt ids.

    llmops completion bash >> ~/.bashrc

    llmops completion zsh >> ~/.zshrc

    llmops completion fish > ~/.config/fish/completions/llmops.fish
    """
    from typer._completion_shared import get_completion_script

    from llmops_cli.cli.run import COMPLETION

    name = choice(shell, SHELLS, "SHELL")
    emit(get_completion_script(prog_name="llmops", complete_var=COMPLETION, shell=name), output)


def prompt_argument(*, help: str, metavar: str | None = None) -> Any:  # noqa: A002 - as the library has it
    """Return an argument that names a prompt, which a shell completes."""
    return typer.Argument(help=help, metavar=metavar, autocompletion=prompt_ids)


def prompt_ids(incomplete: str) -> list[str]:
    """Return the ids that begin with what was typed, of the project around the current folder; never an error."""
    from llmops_cli.errors import LlmopsError
    from llmops_cli.flow.project import open_project

    try:
        project = open_project(Path(os.environ.get("LLMOPS_DIRECTORY", ".")))
    except LlmopsError:
        return []
    folder = f"{project.settings.prompts}/"
    paths = (path.removeprefix(folder) for path in project.tree.entries(project.settings.prompts))
    own = (path for path in paths if path.endswith((".yaml", ".yml")) and not path.startswith((".", "_")))
    return sorted(name for name in (path.rpartition(".")[0] for path in own) if name.startswith(incomplete))
