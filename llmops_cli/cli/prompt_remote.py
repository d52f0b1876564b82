"""`llmops prompt push`, `llmops prompt drift`."""

from typing import Annotated

import typer

from llmops_cli.cli.completion import prompt_argument
from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit
from llmops_cli.errors import ExitCode

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

To = Annotated[str, typer.Option("--to", help="A name of `remotes:` in llmops.yaml: langfuse, langsmith, mlflow.")]


@app.command()
def push(  # noqa: PLR0913 - the flags of CLI.md
    ctx: typer.Context,
    addresses: Annotated[list[str], prompt_argument(metavar="ID[@REF]…", help="Prompts.")],
    *,
    to: To,
    label: Annotated[str, typer.Option(help="Point this label there to what was pushed.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask, and say what would be sent.")] = False,
    lossy: Annotated[bool, typer.Option("--lossy", help="Send although something is lost.")] = False,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Make a prompt's content the newest version in another registry. The same content makes no second version.

    llmops prompt push billing/extract-invoice --to langfuse
    llmops prompt push greet@3.2.0 --to langsmith --label production

    Hosts, and the variables that hold the keys, are named in llmops.yaml:

    llmops.yaml: remotes: {langfuse: {url: https://cloud.langfuse.com, public_key_env: LANGFUSE_PUBLIC_KEY, …}}

    The digest goes along: in config.llmops (Langfuse), in the prompt's metadata and the commit's description
    (LangSmith), in the tags llmops.digest and llmops.content (MLflow). It is shown, never trusted.
    """
    from llmops_cli.flow.remotes import Sending
    from llmops_cli.flow.remotes import push as flow
    from llmops_cli.report import exchange as report

    choice(fmt, ("text", "json"), "--format")
    sending = Sending(label, dry_run=dry_run, lossy=lossy)
    done = flow(ctx.obj.project(), addresses, to, sending, offline=ctx.obj.offline)
    emit(as_json(report.pushes_document(done)) if fmt == "json" else report.pushes_text(done), output)
    raise typer.Exit(ExitCode.FINDINGS if done.stopped else ExitCode.OK)


@app.command()
def drift(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[ID]…", help="Prompts; all of both sides.")] = None,
    *,
    to: To,
    label: Annotated[str, typer.Option(help="Compare with this label there, not with the newest version.")] = "",
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Compare the repository with another registry. Exit 1 if any prompt differs, or is on one side only.

    llmops prompt drift --to langfuse
    llmops prompt drift billing/extract-invoice --to langfuse --label production

    Content decides, not what a push once noted: an edit by hand in the other tool is found.
    """
    from llmops_cli.flow.remotes import drift as flow
    from llmops_cli.report import exchange as report

    choice(fmt, ("text", "json"), "--format")
    found = flow(ctx.obj.project(), names or [], to, label=label, offline=ctx.obj.offline)
    emit(as_json(report.drift_document(found)) if fmt == "json" else report.drift_text(found), output)
    raise typer.Exit(ExitCode.FINDINGS if found.differing else ExitCode.OK)
