"""`llmops doctor`."""

import typer

from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import ExitCode

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def doctor(ctx: typer.Context, *, fmt: Format = "text", output: Output = None) -> None:
    """Look at this machine and project: what is good, what is missing, and the command that helps.

    llmops doctor
    llmops doctor --format json

    Reads only, calls nobody over the network, and never shows a key. Exit 1 if something does not work.
    """
    from llmops_cli.flow.doctor import checkup
    from llmops_cli.report import doctor as report

    choice(fmt, ("text", "json"), "--format")
    found = checkup(ctx.obj.directory, config=ctx.obj.config)
    text = report.text(found, color=ctx.obj.color and output is None)
    emit(as_json(report.document(found)) if fmt == "json" else text, output)
    bad = any(one.state == "bad" for one in found)
    raise typer.Exit(ExitCode.FINDINGS if bad else ExitCode.OK)
