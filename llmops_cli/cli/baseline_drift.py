"""`llmops baseline drift`."""

from typing import Annotated

import typer

from llmops_cli.cli.completion import prompt_argument
from llmops_cli.cli.flags import Format, Jobs, MaxCalls, MaxCost, MaxSeconds, Output, Timeout, choice
from llmops_cli.cli.limits import limits_of, progress
from llmops_cli.cli.output import as_json, emit

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def drift(  # noqa: PLR0913 - the limits of a run
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, prompt_argument(metavar="[ID]…", help="Prompts; nothing = all that have an eval set.")
    ] = None,
    *,
    mode: Annotated[str, typer.Option(help="live asks anew; auto goes on with the answers of the same day.")] = "live",
    alpha: Annotated[float, typer.Option(min=0.0001, max=0.5, help="Chance of any false alarm in a night.")] = 0.05,
    grow: Annotated[bool, typer.Option("--grow", help="Let a round without drift join the baseline.")] = False,
    jobs: Jobs = 8,
    max_cost: MaxCost = None,
    max_calls: MaxCalls = None,
    max_seconds: MaxSeconds = None,
    timeout: Timeout = None,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Ask each prompt once more a case and hold the fresh answers against its baseline: a job for the night.

    llmops baseline drift --max-cost 2
    llmops baseline drift support/refund --grow

    Exit 3 for DRIFT (worse or better at α, shared by Holm's rule over all prompts; or another model answers) and where
    no baseline is stored, 4 where answers are missing. --grow keeps the round in the baseline while that has fewer
    than five runs, and in place of its oldest then; a round that drifted is not kept.
    """
    from llmops_cli.flow.drift import Night
    from llmops_cli.flow.drift import drift as flow
    from llmops_cli.report import baseline_drift as report

    choice(mode, ("live", "auto"), "--mode")
    choice(fmt, ("text", "json"), "--format")
    limits = limits_of(
        ctx.obj, jobs=jobs, max_cost_usd=max_cost, max_calls=max_calls, max_seconds=max_seconds, timeout_s=timeout
    )
    with progress(ctx.obj) as seen:
        found = flow(ctx.obj.project(), tuple(names or ()), Night(mode, alpha, grow, limits), seen)
    text = as_json(report.document(found)) if fmt == "json" else report.text(found, color=ctx.obj.color and not output)
    emit(text, output)
    raise typer.Exit(found.verdict.exit_code)
