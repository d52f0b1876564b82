"""`llmops prompt usages`."""

from typing import Annotated

import typer

from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit, tell
from llmops_cli.errors import ExitCode

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def usages(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[ID]", help="A prompt; every prompt without it.")] = "",
    *,
    path: Annotated[list[str] | None, typer.Option("--path", help="Only this folder or file of the project.")] = None,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """List where Python code uses prompts: file, line, prompt, and the values that each call passes.

    A call is held against what its version or label serves, else against the working tree; where its label splits
    traffic, it must pass a key= that says for whom. Exit 1 if one is wrong.

    llmops prompt usages
    llmops prompt usages billing/extract-invoice --path app --format json

    Reads prompts.get("id@ref").render(…), litellm's prompt_id, langfuse's get_prompt, LangSmith's pull and OpenAI's
    prompt objects, in .py and .pyw files and the code cells of notebooks; nothing is imported or run. Names are
    followed as Python looks them up, through constants, attributes of a class and functools.partial. A call whose
    prompt or values are only known at run time is listed as dynamic, not checked. Hidden folders are not read; virtual
    environments, node_modules, site-packages and stubs (.pyi) neither, and are named at the end.
    """
    from llmops_cli.flow.usages import survey
    from llmops_cli.report import usages as report

    choice(fmt, ("text", "json"), "--format")
    found = survey(ctx.obj.project(), name, path or [])
    for reason in found.unread:
        tell(f"warning: {reason}")
    emit(as_json(report.document(found)) if fmt == "json" else report.text(found), output)
    raise typer.Exit(ExitCode.FINDINGS if any(one.fault for one in found.usages) else ExitCode.OK)
