"""`llmops prompt …`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from llmops_cli.cli.completion import prompt_argument
from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.lazy import LazyGroup
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import UsageError


class Commands(LazyGroup):
    """The commands about prompts; the rarer ones lie elsewhere."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "diff": "prompt_diff",
        "log": "prompt_release",
        "release": "prompt_release",
        "promote": "prompt_release",
        "usages": "prompt_usages",
        "import": "prompt_exchange",
        "export": "prompt_exchange",
        "bundle": "prompt_bundle",
        "codegen": "prompt_bundle",
        "push": "prompt_remote",
        "drift": "prompt_remote",
    }
    order = (
        "new",
        "list",
        "show",
        "render",
        "diff",
        "log",
        "release",
        "promote",
        "usages",
        "import",
        "export",
        "push",
        "drift",
    )


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Prompts in git.",
)

Address = Annotated[str, prompt_argument(help="id, id@3.2.0, id@label, id@sha256:…, id@revision, or a file path.")]


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
    own = name.rpartition("/")[2]
    emit(
        f"wrote {written}\nNext: edit it, then `llmops prompt render {name} --var NAME=VALUE`, and "
        f"`llmops evalset new {own} --prompt {name}` for cases that judge it"
    )


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    label: Annotated[str, typer.Option(help="What this label serves of each prompt.")] = "",
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """List the prompts: id, model, variables, eval sets, digest; or which version of each a label serves.

    llmops prompt list
    llmops prompt list --label production
    """
    from llmops_cli.flow.listing import labelled, listing
    from llmops_cli.report import prompts as report

    choice(fmt, ("text", "json"), "--format")
    if label:
        rows = labelled(ctx.obj.project(), label)
        said = as_json(report.labelled_document(label, rows)) if fmt == "json" else report.labelled_text(label, rows)
        emit(said, output)
        return
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
    var: Annotated[
        list[str] | None, typer.Option("--var", help="name=value; =@file reads a file, =@@ is an @.")
    ] = None,
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


def _values(pairs: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"--var {pair!r}", hint="--var name=value, or --var name=@file")
        if name in values:
            raise UsageError(f"--var {name} is given twice", hint="give each variable one value")
        literal = value.startswith("@@")  # a text that begins with @
        values[name] = value[1:] if literal else _file(value[1:]) if value.startswith("@") else value
    return values


def _file(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {name}: {error}") from error
