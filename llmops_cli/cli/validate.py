"""`llmops validate`."""

from pathlib import Path
from typing import Annotated

import typer

from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import ExitCode

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def validate(
    ctx: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(help="Only what concerns these files.")] = None,
    *,
    strict: Annotated[bool, typer.Option(help="Warnings count as errors.")] = False,
    fmt: Format = "full",
    output: Output = None,
) -> None:
    """Check prompts, eval sets and llmops.yaml. Exit 1 for errors (with --strict for warnings too).

    llmops validate
    llmops validate prompts/greet.yaml --format concise
    llmops validate --format json -o problems.json
    """
    from llmops_cli.flow.validate import validate as flow
    from llmops_cli.report import problems as report

    choice(fmt, ("full", "text", "concise", "json"), "--format")
    project = ctx.obj.project()
    found = flow(project, [project.relative(path) for path in paths or []])
    if fmt == "json":
        emit(as_json(report.document(found.problems)), output)
    elif fmt == "concise":
        if found.problems:
            emit(report.concise(found.problems), output)
    else:
        emit(report.full(found.problems, color=ctx.obj.color and output is None, files=found.files), output)
    bad = found.errors or (strict and found.problems)
    raise typer.Exit(ExitCode.FINDINGS if bad else ExitCode.OK)
