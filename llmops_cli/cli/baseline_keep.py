"""`llmops baseline merge` and `llmops baseline prune`."""

import sys
from typing import Annotated

import typer

from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, ask, emit, tell
from llmops_cli.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

Side = Annotated[str, typer.Argument(metavar="FILE", help="A baseline file, or REVISION:PATH.")]
Other = Annotated[str, typer.Argument(metavar="FILE", help="The other side; nothing = of the merge under way.")]


@app.command()
def merge(ctx: typer.Context, one: Side, other: Other = "", *, fmt: Format = "text", output: Output = None) -> None:
    """Unite two baselines of one version, stored on two branches: every run of both, each once.

    llmops baseline merge evalsets/.baselines/greet/greet/5f24a01b22c3.jsonl        in a merge with a conflict
    llmops baseline merge main:evalsets/.baselines/greet/greet/5f24a01b22c3.jsonl mine.jsonl

    Both sides must verify. Different cases or scorers, and a run that the two tell differently, are refused.
    """
    from llmops_cli.flow.unite import unite
    from llmops_cli.report import baseline as report

    choice(fmt, ("text", "json"), "--format")
    done = unite(ctx.obj.project(), one, other)
    rows = [(done.path, done.arm)]
    emit(as_json(report.document(rows)) if fmt == "json" else report.merged_text(rows), output)


@app.command()
def prune(
    ctx: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Remove the stored baselines that nobody needs; asks first.

    llmops baseline prune --dry-run
    llmops baseline prune

    Kept are those of the versions that a label serves, that were released last, that the working tree, HEAD and the
    default branch have, and those that are not merged yet. Refused where the clone lacks the history to know.
    """
    from llmops_cli.flow.prune import plan
    from llmops_cli.flow.prune import prune as flow
    from llmops_cli.report import baseline_prune as report

    choice(fmt, ("text", "json"), "--format")
    project = ctx.obj.project()
    found = plan(project)
    gone = [one for one in found if not one.kept]
    if fmt == "text":
        emit(report.text(found), output)
    if gone and not dry_run:
        if not yes and not sys.stdin.isatty():
            raise UsageError("nobody is there to ask", hint="--yes removes them, --dry-run only says what would go")
        count = f"{len(gone)} file{'s' if len(gone) > 1 else ''}"
        if yes or ask(f"Remove {count}? [y/N] ").strip().lower() in ("y", "yes"):
            flow(project, gone)
            tell(f"removed {count}; git has them as long as it has the commits that hold them")
        else:
            gone = []
            tell("nothing was removed")
    if fmt == "json":
        emit(as_json(report.document(found, removed=[] if dry_run else gone)), output)
