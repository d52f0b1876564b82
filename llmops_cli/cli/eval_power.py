"""`llmops eval power`."""

from typing import Annotated

import typer

from llmops_cli.cli.completion import prompt_argument
from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def power(
    ctx: typer.Context,
    addresses: Annotated[list[str] | None, prompt_argument(help="Prompts; nothing = all that have a baseline.")] = None,
    *,
    evalset: Annotated[str, typer.Option(help="Only this eval set.")] = "",
    mde: Annotated[float, typer.Option(help="The drop that shall be found: 0.05 = 5 points.")] = 0.05,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Show which drops the stored baselines can see, and what would sharpen them. No model is called.

    For each baseline: its noise, the smallest drop it finds with 80 % power at 1, 3 and 5 runs a case, the margin it
    holds, what would find --mde, which slice to grow by how many cases, cases that never differ or are flaky, and how
    often the gate's rule fails unchanged and worsened prompts, measured on the stored repeats.

    llmops eval power
    llmops eval power billing/extract-invoice --mde 0.03
    llmops eval power greet@main --format html -o power.html
    """
    from llmops_cli.flow.power import Look, look

    choice(fmt, ("text", "json", "html"), "--format")
    found = look(ctx.obj.project(), Look(tuple(addresses or ()), evalset, mde))
    if fmt == "json":
        from llmops_cli.report.power_json import document

        emit(as_json(document(found.powers, found.lacking)), output)
    elif fmt == "html":
        from llmops_cli.report.power_html import page

        emit(page(found.powers, found.lacking), output)
    else:
        from llmops_cli.report.power_text import text

        emit(text(found.powers, found.lacking), output)
