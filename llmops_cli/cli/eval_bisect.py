"""`llmops eval bisect`."""

from typing import Annotated

import typer

from llmops_cli.cli.completion import prompt_argument
from llmops_cli.cli.flags import SEARCH_MODES, Format, Jobs, Mode, Output, SearchCalls, choice
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import ExitCode

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

CODES = {"found": ExitCode.OK, "range": ExitCode.OK, "stopped": ExitCode.INCOMPLETE}


@app.command()
def bisect(  # noqa: PLR0913 - the flags of a search
    ctx: typer.Context,
    prompt: Annotated[str, prompt_argument(help="The prompt that got worse.")],
    *,
    good: Annotated[str, typer.Option(help="A revision at which its cases passed.")],
    bad: Annotated[str, typer.Option(help="A revision at which they fail.")] = "HEAD",
    evalset: Annotated[str, typer.Option(help="The eval set, where several judge it.")] = "",
    scorer: Annotated[str, typer.Option(help="On which scorer they differ; nothing = the primary one.")] = "",
    case: Annotated[list[str] | None, typer.Option(help="Only this case; more than one for several.")] = None,
    max_calls: SearchCalls = None,
    mode: Mode = "auto",
    jobs: Jobs = 8,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Say which commit broke a prompt, on the cases that pass at the good end and fail at the bad one.

    Only commits count that change what the model sees; a merge is one step; renames are followed. Cases and scorers
    are those of the working tree. A version that has a baseline costs nothing, and what was answered once is kept: the
    same command again goes on for free. An end without stored answers is run on the whole set first. A commit after
    which the prompt does not render is skipped.

    llmops eval bisect support/refund --good v1.4
    llmops eval bisect support/refund --good 3f2a91c --bad main --case refund-017
    llmops eval bisect support/refund --good v1.4 --scorer tone

    Exit 0 found, 3 the ends do not differ for good, 4 the calls did not suffice.
    """
    from llmops_cli.cli.limits import limits_of, progress
    from llmops_cli.flow.eval_bisect import BisectWish
    from llmops_cli.flow.eval_bisect import bisect as flow
    from llmops_cli.report.eval_bisect import document, text

    choice(fmt, ("text", "json"), "--format")
    choice(mode, SEARCH_MODES, "--mode")
    limits = limits_of(ctx.obj, jobs=jobs, max_calls=max_calls)
    wish = BisectWish(prompt, good, bad, evalset, scorer, tuple(case or ()), mode, limits=limits)
    with progress(ctx.obj) as seen:
        told = flow(ctx.obj.project(), wish, lambda name, row: seen.count(f"{name} · bisect", row))
    code = CODES.get(told.state, ExitCode.INCONCLUSIVE)
    shown = as_json(document(told, code)) if fmt == "json" else text(told, color=ctx.obj.color and output is None)
    emit(shown, output)
    raise typer.Exit(code)
