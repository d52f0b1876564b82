"""`llmops eval …`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from llmops_cli.cli.completion import prompt_argument
from llmops_cli.cli.flags import (
    MODES,
    Format,
    Jobs,
    Map,
    MaxCalls,
    MaxCost,
    MaxSeconds,
    Mode,
    Output,
    Timeout,
    Where,
    choice,
)
from llmops_cli.cli.lazy import LazyGroup
from llmops_cli.cli.limits import limits_of, progress, shard_of
from llmops_cli.cli.output import as_json, emit, tell
from llmops_cli.errors import ExitCode


class Commands(LazyGroup):
    """The commands about runs; the rarer ones lie elsewhere."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "bisect": "eval_bisect",
        "calibrate": "eval_calibrate",
        "explain": "eval_explain",
        "power": "eval_power",
        "show": "eval_show",
    }


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Prompts on their eval sets.",
)

Run = Annotated[str, typer.Argument(help="A run's id, or its first characters; nothing = the newest.")]


@app.command()
def run(  # noqa: PLR0913 - the flags of CLI.md
    ctx: typer.Context,
    addresses: Annotated[
        list[str] | None, prompt_argument(help="Prompts; nothing = all that have an eval set.")
    ] = None,
    *,
    evalset: Annotated[str, typer.Option(help="Only this eval set.")] = "",
    model: Annotated[
        list[str] | None, typer.Option(help="Another model than the prompt's; more than one for several.")
    ] = None,
    repeat: Annotated[int | None, typer.Option(min=1, max=100, help="Runs a case.")] = None,
    filters: Annotated[list[str] | None, typer.Option("--filter", help="tag=x, id=x, failed@RUN, sample:50")] = None,
    shard: Annotated[str, typer.Option(help="i/n: every n-th case by id, the i-th part.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="The first N cases.")] = None,
    mode: Mode = "auto",
    jobs: Jobs = 8,
    max_cost: MaxCost = None,
    max_calls: MaxCalls = None,
    max_seconds: MaxSeconds = None,
    timeout: Timeout = None,
    dry_run: Annotated[bool, typer.Option(help="Print calls, tokens and cost; spend nothing.")] = False,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Run prompts on their eval sets and show scores with 95 % intervals. Exit 4 if answers are missing.

    llmops eval run                                     every prompt that has an eval set
    llmops eval run billing/extract-invoice --repeat 5 -j 32 --max-cost 2
    llmops eval run greet --dry-run
    """
    from llmops_cli.flow.cases import Selection
    from llmops_cli.flow.estimate import estimate
    from llmops_cli.flow.prepare import Wish
    from llmops_cli.flow.run import RunWish
    from llmops_cli.flow.run import run as flow

    choice(mode, MODES, "--mode")
    choice(fmt, ("text", "json"), "--format")
    selection = Selection(tuple(filters or ()), shard_of(shard), limit)
    what = Wish(tuple(addresses or ()), evalset, tuple(model or ()), repeat, selection)
    limits = limits_of(
        ctx.obj, jobs=jobs, max_cost_usd=max_cost, max_calls=max_calls, max_seconds=max_seconds, timeout_s=timeout
    )
    wish = RunWish(what, mode, limits)
    project = ctx.obj.project()
    if dry_run:
        _planned(estimate(project, wish), fmt, output)
        return
    with progress(ctx.obj) as seen:
        done = flow(project, wish, seen)
    finish(done, fmt, output, color=ctx.obj.color and output is None)


@app.command()
def resume(  # noqa: PLR0913 - the limits of a run
    ctx: typer.Context,
    name: Run = "",
    *,
    mode: Annotated[str, typer.Option(help="Another mode than the run had.")] = "",
    jobs: Jobs = 8,
    max_cost: MaxCost = None,
    max_calls: MaxCalls = None,
    max_seconds: MaxSeconds = None,
    timeout: Timeout = None,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Make the calls that a run still lacks; what was paid for is not paid again.

    llmops eval resume 01K8QZ7W
    """
    from llmops_cli.flow.run import resume as flow

    choice(fmt, ("text", "json"), "--format")
    if mode:
        choice(mode, MODES, "--mode")
    limits = limits_of(
        ctx.obj, jobs=jobs, max_cost_usd=max_cost, max_calls=max_calls, max_seconds=max_seconds, timeout_s=timeout
    )
    with progress(ctx.obj) as seen:
        done = flow(ctx.obj.project(), name, mode=mode, limits=limits, on_result=seen)
    finish(done, fmt, output, color=ctx.obj.color and output is None)


@app.command("list")
def list_(ctx: typer.Context, *, fmt: Format = "text", output: Output = None) -> None:
    """List the stored runs, newest first."""
    from llmops_cli.flow.run import open_store
    from llmops_cli.report import run_list as report

    choice(fmt, ("text", "json"), "--format")
    store = open_store(ctx.obj.project())
    plans = [store.plan(name) for name in store.ids()]
    emit(as_json(report.document(plans)) if fmt == "json" else report.text(plans), output)


@app.command("import")
def import_(  # noqa: PLR0913 - the flags of CLI.md
    ctx: typer.Context,
    address: Annotated[str, prompt_argument(metavar="PROMPT", help="The prompt version that was answered.")],
    *,
    evalset: Annotated[str, typer.Option(help="The eval set.")],
    answers: Annotated[Path, typer.Option(help="JSONL, JSON or CSV.")],
    pairs: Map = None,
    where: Where = None,
    record: Annotated[
        bool, typer.Option(help="Keep them as recordings too, so that `gate --mode replay` finds them.")
    ] = False,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Make a run of answers that exist already; nobody pays for them again.

    llmops eval import greet --evalset greetings --answers log.jsonl --map case=id --map answer=text --record
    """
    from llmops_cli.flow.bring_answers import import_answers
    from llmops_cli.flow.run import Ran

    choice(fmt, ("text", "json"), "--format")
    project = ctx.obj.project()
    summary = import_answers(project, address, evalset, answers, pairs=pairs or (), where=where or (), record=record)
    finish(Ran((summary,)), fmt, output, color=ctx.obj.color and output is None)


@app.command()
def compare(
    ctx: typer.Context,
    base: Annotated[str, typer.Argument(help="A run.")],
    head: Annotated[str, typer.Argument(help="The run to judge against it.")],
    *,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Compare two stored runs by the gate's rule. Exits like the gate.

    llmops eval compare 01K8QZ7W 01K8R0AA
    """
    from llmops_cli.flow.versus import compare as flow
    from llmops_cli.report import gate_json, gate_text

    choice(fmt, ("text", "json"), "--format")
    report = flow(ctx.obj.project(), base, head)
    emit(
        as_json(gate_json.document(report))
        if fmt == "json"
        else gate_text.text(report, color=ctx.obj.color, full=ctx.obj.verbose),
        output,
    )
    raise typer.Exit(report.exit_code)


def finish(done: Any, fmt: str, output: Path | None, *, color: bool) -> None:
    """Print finished runs and exit as they earned it."""
    if fmt == "json":
        from llmops_cli.report.run_json import document

        emit(as_json(document(done.summaries, done.exit_code)), output)
    else:
        from llmops_cli.report.run_text import text

        emit("\n\n".join(text(summary, color=color) for summary in done.summaries), output)
    if done.exit_code is ExitCode.INCOMPLETE:
        broken = next(summary for summary in done.summaries if summary.exit_code)
        tell(f"incomplete: answers are missing, so this says nothing of quality. llmops eval resume {broken.run[:8]}")
    raise typer.Exit(done.exit_code)


def _planned(plans: Any, fmt: str, output: Path | None) -> None:
    if fmt == "json":
        from llmops_cli.report.run_json import plan_document

        emit(as_json(plan_document(plans)), output)
    else:
        from llmops_cli.report.run_plan import text

        emit(text(plans), output)
