"""`llmops fmt`."""

from pathlib import Path
from typing import Annotated

import typer

from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import ExitCode

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def fmt(
    ctx: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders; default: all.")] = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a file would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change; write nothing.")] = False,
    form: Format = "text",
    output: Output = None,
) -> None:
    """Write prompts and eval sets in one form: key order, two spaces, long texts as blocks, quotes where needed.

    llmops fmt
    llmops fmt prompts/greet.yaml
    llmops fmt --check --diff

    Comments stay, and so do value and digest: a file for which that is not certain is left as it is (exit 1).
    """
    from llmops_cli.flow.fmt import fmt as flow
    from llmops_cli.report import edits as report

    choice(form, ("text", "json"), "--format")
    project = ctx.obj.project()
    names = [project.relative(path) for path in paths or []]
    results = flow(project, names, write=not (check or diff))
    if form == "json":
        emit(as_json(report.document(results)), output)
    else:
        color = ctx.obj.color and output is None
        emit(report.formatted(results, check=check or diff, diff=diff, color=color), output)
    bad = any(one.refused or (one.changed and check) for one in results)
    raise typer.Exit(ExitCode.FINDINGS if bad else ExitCode.OK)
