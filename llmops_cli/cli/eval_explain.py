"""`llmops eval explain`."""

from typing import Annotated

import typer

from llmops_cli.cli.completion import prompt_argument
from llmops_cli.cli.flags import SEARCH_MODES, Format, Jobs, Mode, Output, SearchCalls, choice
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import ExitCode

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

CODES = {"found": ExitCode.OK, "unchecked": ExitCode.OK, "stopped": ExitCode.INCOMPLETE}


@app.command()
def explain(  # noqa: PLR0913 - the flags of a search
    ctx: typer.Context,
    prompt: Annotated[str, prompt_argument(help="The prompt that was edited.")],
    *,
    base: Annotated[str, typer.Option(help="auto (as the gate chooses), or a git revision.")] = "auto",
    evalset: Annotated[str, typer.Option(help="Only this eval set; nothing = where most cases broke.")] = "",
    scorer: Annotated[str, typer.Option(help="What broke on this scorer; nothing = on the primary one.")] = "",
    cases: Annotated[int, typer.Option(min=1, max=50, help="Of those that broke, ask so many; the surest.")] = 5,
    repeat: Annotated[int, typer.Option(min=1, max=9, help="Runs of a case at a time; most of them decide.")] = 1,
    max_calls: SearchCalls = None,
    mode: Mode = "auto",
    jobs: Jobs = 8,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Say which part of an edit broke it: a sentence, a message, a key, the model, an example, a tool.

    Parts of the edit are put onto the base, half of them at a time, and the cases that broke are asked: one culprit
    among 16 takes about 20 calls. Asked are those that passed every stored run of the base and fail every run of the
    edit, the largest drop first, then the shortest. Parts that break only together are named together. What was
    answered once is kept: the same command again goes on for free. An edit of one part is named without a call. Where
    cases fail now and then and none for good, means over many cases are compared (--cases and --repeat do not matter
    then), which takes more calls: how many is said before any is paid. A drop that many parts share is refused.

    llmops eval explain support/refund
    llmops eval explain support/refund --base main --max-calls 20
    llmops eval explain support/refund --scorer tone
    llmops eval explain support/refund --evalset refunds --cases 3 --repeat 3

    Exit 0 found, 3 nothing to explain or no clear answer, 4 the calls did not suffice.
    """
    from llmops_cli.cli.limits import limits_of, progress
    from llmops_cli.flow.eval_explain import explain as flow
    from llmops_cli.flow.what_broke import ExplainWish
    from llmops_cli.report.eval_explain import document, text

    choice(fmt, ("text", "json"), "--format")
    choice(mode, SEARCH_MODES, "--mode")
    limits = limits_of(ctx.obj, jobs=jobs, max_calls=max_calls)
    wish = ExplainWish(prompt, base, evalset, scorer, mode, repeat, cases, limits)
    with progress(ctx.obj) as seen:
        told = flow(ctx.obj.project(), wish, lambda name, row: seen.count(f"{name} · explain", row))
    code = CODES.get(told.state, ExitCode.INCONCLUSIVE)
    shown = as_json(document(told, code)) if fmt == "json" else text(told, color=ctx.obj.color and output is None)
    emit(shown, output)
    raise typer.Exit(code)
