"""`llmops prompt import`, `llmops prompt export`."""

from pathlib import Path
from typing import Annotated

import typer

from llmops_cli.cli.completion import prompt_argument
from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit, tell
from llmops_cli.errors import ExitCode, UsageError
from llmops_cli.model.exchange import Exported, Files

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

Lossy = Annotated[bool, typer.Option("--lossy", help="Go on although something is lost; the list is still shown.")]


@app.command("import")
def import_(  # noqa: PLR0913 - the flags of CLI.md
    ctx: typer.Context,
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="Whose prompts these are.")],
    source: Annotated[Path, typer.Argument(metavar="SRC", help="A file, or a folder.")],
    *,
    name: Annotated[str, typer.Option("--id", help="The id here, for a source with one prompt.")] = "",
    into: Annotated[str, typer.Option(help="A folder below prompts/ for what comes in.")] = "",
    history: Annotated[bool, typer.Option("--history", help="One commit a version, with author and date.")] = False,
    labels: Annotated[
        bool, typer.Option("--labels", help="Release what a label points to, and set the label.")
    ] = False,
    lossy: Lossy = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a prompt that is there; despite findings.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Bring another tool's prompts in. Exit 1 with the list, and nothing written, if something would be lost.

    llmops prompt import langfuse export.json --history
    llmops prompt import github summarize.prompt.yml --id support/summary
    llmops prompt import promptfoo promptfooconfig.yaml --dry-run

    TOOL: dotprompt, prompty, github, openai, llm, semantic-kernel, langchain-hub, humanloop, mlflow, langfuse,
    langsmith, promptfoo. What a tool says and a prompt file here has no place for is kept under x-TOOL or listed.
    Foreign files are data: nothing in them is run, and nothing outside SRC is read.

    --history makes a commit a version, oldest first, on the branch that is checked out. Other files, also staged
    ones, are left as they are, and no hook runs.
    """
    from llmops_cli.flow.exchange import Options, import_prompts
    from llmops_cli.report import exchange as report

    choice(fmt, ("text", "json"), "--format")
    options = Options(name, into, history=history, labels=labels, lossy=lossy, force=force, dry_run=dry_run)
    done = import_prompts(ctx.obj.project(), tool, source, options)
    errors = [problem for problem in done.problems if problem.severity == "error"]
    if errors and fmt == "text":
        from llmops_cli.report.problems import full

        tell(full(errors, color=False, files=len({problem.source.path for problem in errors})))
    if len(errors) < len(done.problems):
        tell(f"warnings: {len(done.problems) - len(errors)}; `llmops validate` shows them")
    emit(as_json(report.arrivals_document(done)) if fmt == "json" else report.arrivals_text(done), output)
    raise typer.Exit(ExitCode.FINDINGS if done.stopped else ExitCode.OK)


@app.command()
def export(
    ctx: typer.Context,
    address: Annotated[str, prompt_argument(help="id, id@revision, or a file path.")],
    *,
    to: Annotated[str, typer.Option(help="dotprompt, prompty, github, openai, langfuse, langsmith, promptfoo.")],
    output: Output = None,
    lossy: Lossy = False,
    fmt: Format = "text",
) -> None:
    """Write a prompt as another tool's file. Exit 1 with the list, and nothing written, if something would be lost.

    llmops prompt export billing/extract-invoice --to github -o extract-invoice.prompt.yml
    llmops prompt export greet@production --to langfuse
    """
    from llmops_cli.flow.exchange import export_prompt
    from llmops_cli.report import exchange as report

    choice(fmt, ("text", "json"), "--format")
    done = export_prompt(ctx.obj.project(), address, to)
    stopped = bool(done.losses) and not lossy
    if fmt == "json":
        emit(as_json(report.exported_document(to, address, done, stopped=stopped)), output)
    else:
        for line in [f"note: {note}" for note in done.notes] + report.losses_lines(done.losses):
            tell(line)
        if stopped:
            tell(f"{len(done.losses)} would be lost; nothing was written. --lossy exports without")
        else:
            _put(done, output)
    raise typer.Exit(ExitCode.FINDINGS if stopped else ExitCode.OK)


def _put(done: Exported, output: Path | None) -> None:
    """Write one file to stdout or to a path; several into a folder."""
    if output is None:
        if len(done.files) > 1:
            raise UsageError(f"these are {len(done.files)} files: {', '.join(done.files)}", hint="-o FOLDER")
        emit(_text(next(iter(done.files.values()))))
        return
    folder = output.is_dir() or len(done.files) > 1
    for path, data in (done.files if folder else _single(done.files)).items():
        target = output / path if folder else output
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        tell(f"wrote {target}")


def _single(files: Files) -> Files:
    return {"": next(iter(files.values()))}


def _text(data: bytes) -> str:
    return data.decode("utf-8")
