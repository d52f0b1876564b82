"""`llmops evalset …`."""

from pathlib import Path
from typing import Annotated

import typer

from llmops_cli.cli.flags import Format, Map, Output, Where, choice
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import ExitCode

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Cases and scorers.",
)


@app.command()
def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID")],
    *,
    prompt: Annotated[str, typer.Option(help="The prompt it judges.")] = "",
    scorer: Annotated[str, typer.Option(help="Its first scorer.")] = "exact",
) -> None:
    """Write a first eval set: evalsets/ID.yaml and ID.jsonl with one case to replace.

    llmops evalset new refunds --prompt support/refund
    """
    from llmops_cli.flow.setup import new_evalset

    for path in new_evalset(ctx.obj.project(), name, prompt, scorer):
        emit(f"wrote {path}")


@app.command()
def lint(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Eval sets; nothing = all.")] = None,
    *,
    strict: Annotated[bool, typer.Option(help="Warnings count as errors.")] = False,
    fmt: Format = "full",
    output: Output = None,
) -> None:
    """Check eval sets as a stream: every line, its case, its scorers. Exit 1 for errors.

    llmops evalset lint invoices
    """
    from llmops_cli.flow.validate import lint_evalsets
    from llmops_cli.report import problems as report

    choice(fmt, ("full", "text", "concise", "json"), "--format")
    found = lint_evalsets(ctx.obj.project(), names or [])
    if fmt == "json":
        emit(as_json(report.document(found.problems)), output)
    elif fmt == "concise":
        if found.problems:
            emit(report.concise(found.problems), output)
    else:
        emit(report.full(found.problems, color=ctx.obj.color and output is None, files=found.files), output)
    raise typer.Exit(ExitCode.FINDINGS if found.errors or (strict and found.problems) else ExitCode.OK)


@app.command("import")
def import_(  # noqa: PLR0913 - the flags of CLI.md
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSONL, JSON, CSV, or a promptfoo configuration.")],
    *,
    name: Annotated[str, typer.Option("--id", help="The new eval set's id.")],
    pairs: Map = None,
    where: Where = None,
    source: Annotated[str, typer.Option("--from", help="rows or promptfoo.")] = "rows",
    prompt: Annotated[list[str] | None, typer.Option(help="A prompt it judges.")] = None,
    scorer: Annotated[list[str] | None, typer.Option(help="A scorer; the first is primary.")] = None,
    force: Annotated[bool, typer.Option(help="Write over an eval set that exists.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written.")] = False,
) -> None:
    """Write an eval set from another tool's rows.

    llmops evalset import rows.jsonl --id gsm8k --scorer numeric --map inputs.question=q --map expected=answer
    """
    from llmops_cli.flow.bring_in import import_cases
    from llmops_cli.report.figures import count

    choice(source, ("rows", "promptfoo"), "--from")
    found = import_cases(
        ctx.obj.project(), file, name,
        pairs=pairs or (), where=where or (), source=source, prompts=prompt or (), scorers=scorer or (),
        force=force, dry_run=dry_run,
    )  # fmt: skip
    said = "would write" if dry_run else "wrote"
    emit(f"{said} {found.path} and {found.data}: {count(found.cases, 'case')}")
