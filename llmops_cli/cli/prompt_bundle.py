"""`llmops prompt bundle` and `llmops prompt codegen`: released prompts on their way into an application."""

from pathlib import Path
from typing import Annotated

import typer

from llmops_cli.cli.flags import Output, choice
from llmops_cli.cli.output import emit, tell
from llmops_cli.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="Prompts; none = all that fit.")]


@app.command()
def bundle(  # noqa: PLR0913 - the flags of CLI.md
    ctx: typer.Context,
    ids: Ids = None,
    *,
    label: Annotated[list[str] | None, typer.Option(help="Only what these labels serve.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every release, labelled or not.")] = False,
    wheel: Annotated[str, typer.Option(help="Write a wheel of this name; -o is then its folder (default: dist).")] = "",
    version: Annotated[str, typer.Option(help="The wheel's version (default: 0.0.0+sha… of the content).")] = "",
    output: Output = None,
) -> None:
    """Write released prompts and labels as one file, or as a wheel, for an application to load.

    llmops prompt bundle -o prompts.bundle.json
    llmops prompt bundle --label production --wheel acme-prompts --version 3.2.0

    A program reads it with `from llmops_cli import prompts` and `prompts.get("ID@production")`; it finds an installed
    wheel by itself, and a file by `LLMOPS_BUNDLE` or `prompts.configure(bundle=…)`. The same releases and labels
    always give the same bytes. A release that was edited, and a label that points at nothing, are refused.
    """
    from llmops_cli.flow.bundle import gather
    from llmops_cli.report.bundle import encode
    from llmops_cli.report.bundle import text as words

    if version and not wheel:
        raise UsageError("--version is the wheel's", hint="add --wheel NAME")
    found = gather(ctx.obj.project(), ids or [], label or [], every=every)
    data = encode(found)
    tell(words(found))
    if wheel:
        emit(_wheel(wheel, version, data, output or ctx.obj.directory / "dist"))
        tell("pip install it into an environment that has llmops, which reads it")
    elif output is None:
        emit(data.decode("utf-8"))
    else:
        from llmops_cli.store.atomic import write_bytes

        write_bytes(output, data)


def _wheel(name: str, version: str, data: bytes, folder: Path) -> str:
    """Write the wheel into the folder and return its path."""
    from llmops_cli.load.bundle import decode
    from llmops_cli.store.atomic import write_bytes
    from llmops_cli.store.wheel import wheel

    file_name, content = wheel(name, version, data, decode(data, name).sha256)
    write_bytes(folder / file_name, content)
    return str(folder / file_name)


@app.command()
def codegen(
    ctx: typer.Context,
    ids: Ids = None,
    *,
    lang: Annotated[str, typer.Option(help="py or ts.")] = "py",
    label: Annotated[str, typer.Option(help="What this label serves; without it the working tree.")] = "",
    output: Output = None,
) -> None:
    """Write a module with a typed function a prompt, so that a type checker sees a wrong argument.

    llmops prompt codegen --lang py --label production -o app/prompts.py
    llmops prompt codegen --lang ts --label production -o src/prompts.ts

    Python's functions load the prompt (at the label, or another: `extract_invoice("staging", document=…)`) and render
    it. TypeScript's have the release in them, for templates of text and `{{ name }}`; others are refused by name. The
    model in them is what the server calls it: `llama` for `local/llama` on an endpoint of llmops.yaml.
    """
    from llmops_cli.flow.codegen import chosen, python, typescript

    choice(lang, ("py", "ts"), "--lang")
    project = ctx.obj.project()
    prompts = chosen(project, ids or [], label)
    endpoints = project.settings.endpoints
    emit(python(prompts, label) if lang == "py" else typescript(prompts, label, endpoints), output)
