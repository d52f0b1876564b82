"""`llmops prompt …`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import ExitCode, UsageError

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True, help="Prompts in git.")

Address = Annotated[str, typer.Argument(help="id, id@revision, or a file path.")]


@app.command()
def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="e.g. support/refund")],
    *,
    model: Annotated[str, typer.Option(help="A model, or a name of `models:` in llmops.yaml.")] = "claude-sonnet-4-6",
) -> None:
    """Write a first version of a prompt: prompts/ID.yaml, each line explained.

    llmops prompt new support/refund
    """
    from llmops_cli.flow.setup import new_prompt

    written = new_prompt(ctx.obj.project(), name, model)
    emit(f"wrote {written}\nNext: edit it, then `llmops prompt render {name} --var NAME=VALUE`")


@app.command("list")
def list_(ctx: typer.Context, *, fmt: Format = "text", output: Output = None) -> None:
    """List the prompts: id, model, variables, eval sets, digest.

    llmops prompt list
    """
    from llmops_cli.flow.listing import listing
    from llmops_cli.report import prompts as report

    choice(fmt, ("text", "json"), "--format")
    registry = listing(ctx.obj.project())
    emit(as_json(report.list_document(registry)) if fmt == "json" else report.list_text(registry), output)


@app.command()
def show(ctx: typer.Context, address: Address, *, fmt: Format = "text", output: Output = None) -> None:
    """Show a prompt as it resolves: messages, variables, model, params, digests.

    llmops prompt show billing/extract-invoice@HEAD~1
    """
    from llmops_cli.flow.address import find
    from llmops_cli.report import prompts as report

    choice(fmt, ("text", "json"), "--format")
    prompt = find(ctx.obj.project(), address).prompt
    emit(as_json(report.show_document(prompt)) if fmt == "json" else report.show_text(prompt), output)


@app.command()
def render(  # noqa: PLR0913 - the flags of CLI.md
    ctx: typer.Context,
    address: Address,
    *,
    var: Annotated[list[str] | None, typer.Option("--var", help="name=value; name=@file reads a file.")] = None,
    variables: Annotated[Path | None, typer.Option("--vars", help="A JSON or YAML file of values.")] = None,
    case: Annotated[str, typer.Option(help="SET#ID: the inputs of an eval set's case.")] = "",
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Render a prompt with values: what the model would be sent. Calls nobody.

    llmops prompt render greet --var name=Ada
    llmops prompt render billing/extract-invoice --case invoices#inv-017 --format json
    """
    from llmops_cli.flow.rendered import rendered
    from llmops_cli.report import request as report

    choice(fmt, ("text", "json"), "--format")
    request = rendered(ctx.obj.project(), address, _values(var or []), variables, case)
    emit(as_json(report.document(request)) if fmt == "json" else report.text(request), output)


@app.command()
def diff(  # noqa: PLR0913 - the flags of CLI.md
    ctx: typer.Context,
    addresses: Annotated[list[str] | None, typer.Argument(help="Nothing, ID, ID@REF, or two addresses.")] = None,
    *,
    base: Annotated[str, typer.Option(help="Compare with the merge base of this revision.")] = "",
    head: Annotated[str, typer.Option(help="Another head than the working tree.")] = "",
    word: Annotated[bool, typer.Option(help="Every message word by word, nothing left out.")] = False,
    stat: Annotated[bool, typer.Option(help="Only the class and the counts.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 1 if anything differs.")] = False,
    fail_on: Annotated[str, typer.Option(help="breaking: exit 1 for a breaking change.")] = "",
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Show what an edit means: contract, model, words, tokens, cost, eval sets.

    llmops prompt diff                      everything that differs from HEAD
    llmops prompt diff greet@main greet     two addresses
    llmops prompt diff --base main --exit-code
    """
    from llmops_cli.flow.diff import diff as flow

    choice(fmt, ("text", "json", "markdown"), "--format")
    if fail_on:
        choice(fail_on, ("breaking", "minor", "patch"), "--fail-on")
    found = flow(ctx.obj.project(), addresses or [], base=base, head=head)
    if fmt == "json":
        from llmops_cli.report.diff_json import document

        emit(as_json(document(found.diffs)), output)
    elif fmt == "markdown":
        from llmops_cli.report.diff_markdown import markdown

        emit(markdown(found.diffs), output)
    else:
        from llmops_cli.report.diff_text import text

        color = ctx.obj.color and output is None
        emit(text(found.diffs, unchanged=found.unchanged, color=color, word=word, stat=stat), output)
    raise typer.Exit(_diff_code(found.diffs, fail_on, differs=exit_code))


def _diff_code(diffs: Any, fail_on: str, *, differs: bool) -> ExitCode:
    order = ("breaking", "minor", "patch")
    wide = {diff.change_class.value for diff in diffs}
    over = bool(fail_on) and bool(wide & set(order[: order.index(fail_on) + 1]))
    return ExitCode.FINDINGS if over or (differs and diffs) else ExitCode.OK


@app.command()
def log(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ID", help="A prompt.")],
    *,
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, help="How many commits.")] = 20,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """List the commits that changed a prompt, newest first; renames are followed.

    llmops prompt log billing/extract-invoice -n 5
    """
    from llmops_cli.flow.listing import history
    from llmops_cli.report import prompts as report

    choice(fmt, ("text", "json"), "--format")
    commits = history(ctx.obj.project(), address, limit)
    emit(as_json(report.log_document(commits)) if fmt == "json" else report.log_text(commits), output)


def _values(pairs: list[str]) -> dict[str, str]:
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"--var {pair!r}", hint="--var name=value, or --var name=@file")
        values[name] = _file(value[1:]) if value.startswith("@") else value
    return values


def _file(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {name}: {error}") from error
