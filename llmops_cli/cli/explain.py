"""`llmops explain`."""

from typing import Annotated

import typer

from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def explain(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(help="A code, its name, a verdict or exit-N; all of them, if left out.")] = "",
    *,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Say what a code of `validate`, a verdict of `gate` or an exit code means, with an example and the fix.

    llmops explain LP012
    llmops explain unknown-variable
    llmops explain INCONCLUSIVE
    llmops explain
    """
    from llmops_cli.flow.explain import explain as one
    from llmops_cli.flow.explain import explanations
    from llmops_cli.report import explain as report

    choice(fmt, ("text", "json"), "--format")
    found = (one(code),) if code else explanations()
    if fmt == "json":
        emit(as_json(report.document(found)), output)
    elif code:
        emit(report.text(found[0], color=ctx.obj.color and output is None), output)
    else:
        emit(report.table(found), output)
