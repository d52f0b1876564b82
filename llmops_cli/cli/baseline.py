"""`llmops baseline …`."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import typer

from llmops_cli.cli.flags import Format, Jobs, MaxCalls, MaxCost, Mode, Output, Timeout, choice
from llmops_cli.cli.lazy import LazyGroup
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import ExitCode


class Commands(LazyGroup):
    """The commands about baselines; the rarer ones lie elsewhere."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "pending": "baseline_review",
        "review": "baseline_review",
        "reject": "baseline_review",
        "drift": "baseline_drift",
        "merge": "baseline_keep",
        "prune": "baseline_keep",
    }
    order = ("show", "pending", "review", "accept", "reject", "record", "drift", "merge", "prune", "verify")


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="What the gate compares with.",
)

Name = Annotated[str, typer.Argument(metavar="ID", help="A prompt.")]


@app.command()
def accept(  # noqa: PLR0913 - the flags of CLI.md
    ctx: typer.Context,
    name: Name,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is stored with the baseline.")],
    allow_regress: Annotated[bool, typer.Option(help="The drop is wanted.")] = False,
    evalset: Annotated[str, typer.Option(help="Only this eval set.")] = "",
    expires: Annotated[str, typer.Option(help="The last day it counts: 2026-12-31, or 30d from now.")] = "",
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Store the newest complete run of the working tree's version as its baseline. Refused in CI.

    llmops baseline accept billing/extract-invoice --reason "first baseline"
    llmops baseline accept support/refund --allow-regress --reason "shorter is wanted" --expires 30d

    Runs of a version that has a baseline already join it, unless they are shown to be worse or better: worse ones
    replace it with --allow-regress alone.

    After its last day an acceptance counts no more, and the gate says so; `validate` warns 14 days before.
    """
    from llmops_cli.flow.accept import accept as flow
    from llmops_cli.report import baseline as report

    choice(fmt, ("text", "json"), "--format")
    done = flow(ctx.obj.project(), name, reason=reason, allow_regress=allow_regress, evalset=evalset, expires=expires)
    rows = [(one.path, one.arm) for one in done]
    told, held = [one.told for one in done], [one.held for one in done]
    emit(as_json(report.document(rows)) if fmt == "json" else report.accepted_text(rows, told, held), output)


@app.command()
def record(  # noqa: PLR0913 - the limits of a run
    ctx: typer.Context,
    name: Name,
    *,
    runs: Annotated[int, typer.Option(min=1, max=5, help="Repeats a case that the baseline shall hold.")] = 5,
    mode: Mode = "auto",
    jobs: Jobs = 8,
    max_cost: MaxCost = None,
    max_calls: MaxCalls = None,
    timeout: Timeout = None,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Run the stored version again until its baseline holds more repeats: the cheapest power there is.

    llmops baseline record billing/extract-invoice --runs 5
    """
    from llmops_cli.cli.limits import limits_of
    from llmops_cli.flow.record import record as flow
    from llmops_cli.report import baseline as report

    choice(fmt, ("text", "json"), "--format")
    limits = limits_of(ctx.obj, jobs=jobs, max_cost_usd=max_cost, max_calls=max_calls, timeout_s=timeout)
    done = flow(ctx.obj.project(), name, runs=runs, mode=mode, limits=limits)
    rows = [(one.path, one.arm) for one in done]
    held = [one.held for one in done]
    emit(as_json(report.document(rows)) if fmt == "json" else report.accepted_text(rows, held=held), output)


@app.command()
def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="A prompt; nothing = all baselines, a line each.")] = "",
    *,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Show the stored baseline of a prompt: scores, repeats, margin, who accepted it and why.

    llmops baseline show
    llmops baseline show billing/extract-invoice@main
    """
    from llmops_cli.flow.held import held_words
    from llmops_cli.flow.stored import every, shown
    from llmops_cli.report import baseline as report

    choice(fmt, ("text", "json"), "--format")
    if not name:
        found = every(ctx.obj.project())
        listed = report.document([(one.path, one.arm) for one in found]) if fmt == "json" else None
        emit(as_json(listed) if listed else report.table([(one.arm, one.current) for one in found]), output)
        return
    project = ctx.obj.project()
    arms = shown(project, name)
    if fmt == "json":
        emit(as_json(report.document([("", arm) for arm in arms])), output)
        return
    emit(report.shown_text(arms, [held_words(project, arm) for arm in arms]), output)


@app.command()
def verify(ctx: typer.Context, *, fmt: Format = "full", output: Output = None) -> None:
    """Recompute every stored baseline's checksum and seal. Exit 1 if a line was edited.

    llmops baseline verify

    It proves that files are as they were written, not who wrote them: whoever can edit a file can seal it anew. The
    lock is review: name code owners of the baselines' folder.
    """
    from llmops_cli.flow.validate import verify_baselines
    from llmops_cli.report import problems as report
    from llmops_cli.report.figures import count

    choice(fmt, ("full", "text", "concise", "json"), "--format")
    found = verify_baselines(ctx.obj.project())
    if fmt == "json":
        emit(as_json(report.document(found.problems)), output)
    elif fmt == "concise":
        emit(report.concise(found.problems) if found.problems else count(found.files, "baseline"), output)
    else:
        emit(report.full(found.problems, color=ctx.obj.color and output is None, files=found.files), output)
    raise typer.Exit(ExitCode.FINDINGS if found.errors else ExitCode.OK)
