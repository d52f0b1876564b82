"""`llmops explain`."""

from typing import Annotated

import typer

from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def explain(
    ctx: typer.Context,
    code: Annotated[
        str, typer.Argument(help="A code, its name, a scorer, a verdict or exit-N; nothing = a list.")
    ] = "",
    *,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Say what a code, a verdict or an exit code means and how to mend it, and which options a plug-in has.

    A plug-in is a scorer (`type:` of an eval set), a provider (of a model's name), a reader of rows or a format.

    llmops explain LP012
    llmops explain unknown-variable
    llmops explain judge                 what its rubric is told and must answer, its options, an example
    llmops explain INCONCLUSIVE
    llmops explain
    """
    from llmops_cli.flow.explain import explain as one
    from llmops_cli.flow.explain import explanations
    from llmops_cli.report import explain as report

    choice(fmt, ("text", "json"), "--format")
    found = one(code) if code else explanations()
    if fmt == "json":
        emit(as_json(report.document(found)), output)
    elif code:
        color = ctx.obj.color and output is None
        emit("\n\n".join(report.text(each, color=color) for each in found), output)
    else:
        emit(report.table(found), output)
