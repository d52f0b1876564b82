"""`llmops validate`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from llmops_cli.cli.flags import Output, choice
from llmops_cli.cli.output import as_json, emit, tell
from llmops_cli.errors import ExitCode, UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
FORMATS = ("full", "text", "concise", "json", "github", "gitlab", "junit", "sarif")


@app.command()
def validate(  # noqa: PLR0913 - the flags of CLI.md
    ctx: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(help="Only what concerns these files.")] = None,
    *,
    strict: Annotated[bool, typer.Option(help="Warnings count as errors; notes never do.")] = False,
    fix: Annotated[bool, typer.Option(help="Mend what has one certain remedy, and say what was changed.")] = False,
    merge_result: Annotated[bool, typer.Option("--merge-result", help="Check what merging would give.")] = False,
    base: Annotated[str, typer.Option(metavar="REF", help="With --merge-result: merge into this.")] = "",
    fmt: Annotated[str, typer.Option("--format", help=", ".join(name for name in FORMATS if name != "text"))] = "full",
    output: Output = None,
) -> None:
    """Check prompts, eval sets, baselines and llmops.yaml. Exit 1 for errors (with --strict for warnings too).

    With file names, only what concerns these: baselines are read when all of the project is checked.

    llmops validate
    llmops validate prompts/greet.yaml --format concise
    llmops validate --fix
    llmops validate --merge-result --base origin/main
    llmops validate --format sarif -o problems.sarif
    """
    choice(fmt, FORMATS, "--format")
    project = ctx.obj.project()
    names = [project.relative(path) for path in paths or []]
    mended = fix and _mend(project, names, color=ctx.obj.color)
    found = _merged(project, names, base) if merge_result else _found(project, names, base)
    text = _shown(found, fmt, color=ctx.obj.color and output is None)
    if text or output is not None:
        emit(text, output)
    if fix and not mended and found.problems:
        tell("fixed nothing: --fix can mend none of these")
    bad = found.errors or (strict and found.warnings)
    raise typer.Exit(ExitCode.FINDINGS if bad else ExitCode.OK)


def _found(project: Any, names: Sequence[str], base: str) -> Any:
    from llmops_cli.flow.validate import validate as flow

    if base:
        raise UsageError("--base goes with --merge-result", hint="llmops validate --merge-result --base main")
    return flow(project, names)


def _merged(project: Any, names: Sequence[str], base: str) -> Any:
    from llmops_cli.flow.merge_result import merge_result as flow

    if names:
        raise UsageError("--merge-result checks the whole merge", hint="name no files with it")
    return flow(project, base)


def _mend(project: Any, names: Sequence[str], *, color: bool) -> bool:
    """Mend what can be and say it; return whether anything was said."""
    from llmops_cli.flow.fix import fix as flow
    from llmops_cli.report.edits import fixed

    text = fixed(flow(project, names), color=color)
    if text:
        tell(text)
    return bool(text)


def _shown(found: Any, fmt: str, *, color: bool) -> str:
    """Return the problems in a format; "" where there is nothing to say."""
    if fmt in ("full", "text", "concise", "json"):
        from llmops_cli.report import problems as report

        if fmt == "json":
            return as_json(report.document(found.problems))
        if fmt == "concise":
            return report.concise(found.problems)
        return report.full(found.problems, color=color, files=found.files)
    if fmt == "sarif":
        from llmops_cli import __version__
        from llmops_cli.flow.explain import helps
        from llmops_cli.report import problems_sarif

        return as_json(problems_sarif.document(found.problems, helps(), version=__version__))
    from llmops_cli.report import problems_ci

    if fmt == "gitlab":
        return as_json(problems_ci.gitlab(found.problems))
    return (problems_ci.github if fmt == "github" else problems_ci.junit)(found.problems, files=found.files)
