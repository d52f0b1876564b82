"""`llmops eval show`."""

from typing import Annotated

import typer

from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A run's id, or its first characters; nothing = the newest.")] = "",
    case: Annotated[str, typer.Argument(help="One case in full.")] = "",
    *,
    fmt: Format = "text",
    scores: Annotated[bool, typer.Option("--scores", help="csv: a column for each score.")] = False,
    output: Output = None,
) -> None:
    """Show a run: its summary and its rows; with a case, the answers and scores in full.

    llmops eval show 01K8QZ7W inv-017
    llmops eval show 01K8QZ7W --format json             summary, answers, scores, failures
    llmops eval show 01K8QZ7W --format csv -o l.csv     a row an answer, for people to fill in `label`, `by`, `note`;
                                                        then: llmops review import l.csv --evalset greet

    csv and jsonl have a row an answer, which `answer_sha256` names: what a case's repeats answer alike stands once.
    csv leaves the scores out, so that nobody labels what a judge said; --scores gives each a column.
    """
    from llmops_cli.flow.run import summary_of
    from llmops_cli.flow.shown import shown
    from llmops_cli.report import run_rows as rows
    from llmops_cli.report.run_json import document
    from llmops_cli.report.run_show import show as report
    from llmops_cli.report.run_text import text

    choice(fmt, ("text", "json", "jsonl", "csv"), "--format")
    if scores and fmt != "csv":
        raise UsageError("--scores is for --format csv", hint="the other formats have the scores")
    project = ctx.obj.project()
    run, cases = shown(project, name, case)
    if fmt in ("csv", "jsonl"):
        emit(rows.table(run, cases, scores=scores) if fmt == "csv" else rows.lines(run, cases), output)
    elif fmt == "json":
        summary = summary_of(project, run)
        emit(as_json(document([summary], summary.exit_code, rows=rows.documents(run))), output)
    else:
        body = report(run, case=case or None)
        emit(body if case else f"{text(summary_of(project, run))}\n\n{body}", output)
