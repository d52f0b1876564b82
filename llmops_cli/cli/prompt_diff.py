"""`llmops prompt diff`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from llmops_cli.cli.completion import prompt_argument
from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import ExitCode

if TYPE_CHECKING:
    from llmops_cli.model.diff import PromptDiff

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def diff(  # noqa: PLR0913 - the flags of CLI.md
    ctx: typer.Context,
    addresses: Annotated[list[str] | None, prompt_argument(help="Nothing, ID, ID@REF, or two addresses.")] = None,
    *,
    base: Annotated[str, typer.Option(help="Compare with the merge base of this revision.")] = "",
    head: Annotated[str, typer.Option(help="Another head than the working tree.")] = "",
    rendered: Annotated[bool, typer.Option("--rendered", help="Cases of the eval sets as they render.")] = False,
    case: Annotated[str, typer.Option(help="SET#ID: one case as it renders on both sides.")] = "",
    word: Annotated[bool, typer.Option(help="Every message word by word, nothing left out.")] = False,
    stat: Annotated[bool, typer.Option(help="Only the class and the counts.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 1 if anything differs.")] = False,
    fail_on: Annotated[str, typer.Option(help="breaking: exit 1 for a breaking change.")] = "",
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Show what an edit means: contract, model, words, tokens, cost, eval sets.

    llmops prompt diff                      everything that differs from HEAD
    llmops prompt diff greet@main greet     two addresses
    llmops prompt diff --base main --exit-code
    llmops prompt diff greet@3.2.0 --rendered --case greet#c01
    llmops prompt diff --base main --format html -o diff.html

    Classes: breaking (callers or readers must change), minor, patch (wording: the gate judges it), none.
    """
    from llmops_cli.flow.diff import Cases
    from llmops_cli.flow.diff import diff as flow

    choice(fmt, ("text", "json", "markdown", "html"), "--format")
    if fail_on:
        choice(fail_on, ("breaking", "minor", "patch"), "--fail-on")
    found = flow(ctx.obj.project(), addresses or [], base=base, head=head, show=Cases(rendered, case))
    if fmt == "json":
        from llmops_cli.report.diff_json import document

        emit(as_json(document(found.diffs, unchanged=found.unchanged)), output)
    elif fmt == "markdown":
        from llmops_cli.report.diff_markdown import markdown

        emit(markdown(found.diffs, unchanged=found.unchanged), output)
    elif fmt == "html":
        from llmops_cli.report.diff_html import page

        emit(page(found.diffs, unchanged=found.unchanged), output)
    else:
        from llmops_cli.report.diff_text import text

        color = ctx.obj.color and output is None
        emit(text(found.diffs, unchanged=found.unchanged, color=color, word=word, stat=stat), output)
    raise typer.Exit(_code(found.diffs, fail_on, differs=exit_code))


def _code(diffs: "Sequence[PromptDiff]", fail_on: str, *, differs: bool) -> ExitCode:
    order = ("breaking", "minor", "patch")
    wide = {str(diff.change_class) for diff in diffs}
    over = bool(fail_on) and bool(wide & set(order[: order.index(fail_on) + 1]))
    return ExitCode.FINDINGS if over or (differs and diffs) else ExitCode.OK
