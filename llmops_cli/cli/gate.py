"""`llmops gate`."""

from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from llmops_cli.cli.flags import MODES, Jobs, MaxCalls, MaxCost, MaxSeconds, Mode, Output, Timeout, choice
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

STDOUT = Path("-")
KINDS = ("text", "json", "markdown", "junit", "html")


@app.command()
def gate(  # noqa: PLR0913 - the flags of CLI.md
    ctx: typer.Context,
    prompts: Annotated[list[str] | None, typer.Argument(help="Only these prompts; nothing = all that changed.")] = None,
    *,
    base: Annotated[str, typer.Option(help="auto, or a git revision.")] = "auto",
    head: Annotated[str, typer.Option(help="A git revision; nothing = the working tree, in CI the commit.")] = "",
    mode: Mode = "auto",
    on_inconclusive: Annotated[str, typer.Option(help="fail or warn; nothing = as llmops.yaml says.")] = "",
    reports: Annotated[
        list[str] | None, typer.Option("--report", help="KIND=PATH, also: json, markdown, junit, html; - is stdout.")
    ] = None,
    self_test: Annotated[
        bool, typer.Option("--self-test", help="Measure the rule on the stored baselines; no model call.")
    ] = False,
    jobs: Jobs = 8,
    max_cost: MaxCost = None,
    max_calls: MaxCalls = None,
    max_seconds: MaxSeconds = None,
    timeout: Timeout = None,
    verify_recordings: Annotated[
        int, typer.Option(min=0, help="Ask so many recordings that this change brings again, of each prompt.")
    ] = 0,
    fmt: Annotated[str, typer.Option("--format", help=", ".join(KINDS))] = "text",
    output: Output = None,
) -> None:
    """Say whether a changed prompt is worse than its stored baseline.

    Exit 0 PASS, 1 FAIL or UNCOVERED, 3 INCONCLUSIVE or NO-BASELINE, 4 INCOMPLETE.

    llmops gate                                     working tree against HEAD, or the branch against main
    llmops gate --mode replay                       stored answers only: no key, no network, no cost
    llmops gate --base main --report junit=gate.xml --report html=gate.html
    llmops gate --report markdown=-                 only the comment on stdout
    llmops -v gate                                  a row for each slice and scorer, not only for what is new
    llmops gate --self-test                         its own false alarms and power, on your stored repeats
    """
    from llmops_cli.cli.limits import limits_of, progress
    from llmops_cli.flow.gate import GateWish
    from llmops_cli.flow.gate import gate as flow

    if self_test:
        if reports:
            raise UsageError("--self-test writes no --report", hint="--format json -o FILE")
        _measure(ctx, tuple(prompts or ()), choice(fmt, ("text", "json"), "--format"), output)
    choice(fmt, KINDS, "--format")
    choice(mode, MODES, "--mode")
    if on_inconclusive:
        choice(on_inconclusive, ("fail", "warn"), "--on-inconclusive")
    files = [_report(text) for text in reports or []]
    piped = _piped(files, fmt, output)
    limits = limits_of(
        ctx.obj, jobs=jobs, max_cost_usd=max_cost, max_calls=max_calls, max_seconds=max_seconds, timeout_s=timeout
    )
    drawn = "html" in (fmt, *(kind for kind, _ in files))
    wish = GateWish(base, head, mode, on_inconclusive, tuple(prompts or ()), limits, verify_recordings, powers=drawn)
    project = ctx.obj.project()
    with progress(ctx.obj) as seen:
        report = flow(project, wish, lambda prompt, evalset, row: seen.count(f"{prompt} · {evalset}", row))
    for kind, path in files:
        emit(_as(kind, report, color=False), None if path == STDOUT else path)
    if not piped:
        emit(_as(fmt, report, color=ctx.obj.color and output is None, full=ctx.obj.verbose), output)
    raise typer.Exit(report.exit_code)


def _measure(ctx: typer.Context, prompts: tuple[str, ...], fmt: str, output: Path | None) -> NoReturn:
    from llmops_cli.flow.selftest import self_test as flow

    found, code = flow(ctx.obj.project(), prompts)
    if fmt == "json":
        from llmops_cli.report.power_json import document

        emit(as_json(document(found.powers, found.lacking, exit_code=code)), output)
    else:
        from llmops_cli.report.power_text import text

        emit(text(found.powers, found.lacking, full=False), output)
    raise typer.Exit(code)


def _as(kind: str, report: Any, *, color: bool, full: bool = False) -> str:
    if kind == "json":
        from llmops_cli.report.gate_json import document

        return as_json(document(report))
    if kind == "markdown":
        from llmops_cli.report.gate_markdown import markdown

        return str(markdown(report))
    if kind == "junit":
        from llmops_cli.report.gate_junit import junit

        return str(junit(report))
    if kind == "html":
        from llmops_cli.report.gate_html import page

        return str(page(report))
    from llmops_cli.report.gate_text import text

    return str(text(report, color=color, full=full))


def _piped(files: list[tuple[str, Path]], fmt: str, output: Path | None) -> bool:
    """Return whether a report takes the place of the text on stdout. Raises `UsageError` where two would go there."""
    to_stdout = [kind for kind, path in files if path == STDOUT]
    if len(to_stdout) + (output is None and fmt != "text") > 1 and to_stdout:
        raise UsageError("two reports go to stdout", hint="name a file for all but one: --report KIND=PATH, or -o FILE")
    return bool(to_stdout) and output is None


def _report(text: str) -> tuple[str, Path]:
    kind, equals, path = text.partition("=")
    if not equals or not path:
        raise UsageError(f"--report {text!r}", hint="--report KIND=PATH, e.g. junit=gate.xml")
    return choice(kind, KINDS, "--report"), Path(path)
