"""`llmops eval calibrate`."""

from pathlib import Path
from typing import Annotated

import typer

from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import ExitCode, UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def calibrate(  # noqa: PLR0913 - the flags of CLI.md
    ctx: typer.Context,
    evalset: Annotated[str, typer.Argument(help="Nothing = the only eval set that has labels.")] = "",
    *,
    scorer: Annotated[str, typer.Option(help="The judged scorer; nothing = the set's only judge.")] = "",
    run: Annotated[str, typer.Option(help="The judged run; nothing = that with most labels.")] = "",
    judge: Annotated[str, typer.Option(help="A judge whose scores were imported beside the labels.")] = "",
    labels: Annotated[Path | None, typer.Option(help="Another label file.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Only labels by this person.")] = None,
    write: Annotated[bool, typer.Option(help="Keep the judge's scores beside the labels, for the gate.")] = False,
    rescore: Annotated[bool, typer.Option(help="Ask the judge as it is now of the labelled answers.")] = False,
    times: Annotated[int, typer.Option(min=1, max=20, help="How often --rescore asks: does it say the same?")] = 1,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Correct a judged rate by people's labels, and say whether the judge may gate.

    llmops eval calibrate greet
    llmops eval calibrate greet --scorer tone --run 01K8QZ7W --write
    llmops eval calibrate greet --rescore --write
    llmops eval calibrate greet --rescore --times 3        does the judge agree with itself?

    Exit 0: calibrated, J of at least 0.5. Exit 1: the judge may not gate. Exit 3: too few labels, labels of one kind
    only, or scores of another version of the judge: after an edit of its rubric --rescore asks it of the answers that
    have labels, as far as runs here know their texts. The rate is right where the labelled cases were drawn at random.
    """
    from llmops_cli.flow.calibrate import calibrate as flow
    from llmops_cli.report import calibration as report

    choice(fmt, ("text", "json"), "--format")
    project = ctx.obj.project()
    if rescore and (run or judge):
        raise UsageError("--rescore asks the judge as it is now", hint="leave --run and --judge out")
    if times > 1 and not rescore:
        raise UsageError("--times asks the judge again", hint="with --rescore")
    path = project.relative(labels) if labels else ""
    found = flow(
        project, evalset, scorer=scorer, run=run, judge=judge, labels=path, by=by or (), write=write,
        times=times if rescore else 0,
    )  # fmt: skip
    emit(as_json(report.document(found)) if fmt == "json" else report.text(found), output)
    if not found.refusal:
        raise typer.Exit(ExitCode.OK)
    raise typer.Exit(ExitCode.FINDINGS if found.below else ExitCode.INCONCLUSIVE)
