"""`llmops init`."""

from typing import Annotated

import typer

from llmops_cli.cli.flags import choice
from llmops_cli.cli.output import emit

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def init(
    ctx: typer.Context,
    *,
    model: Annotated[str, typer.Option(help="ENDPOINT/MODEL, e.g. local/llama.")] = "openai/gpt-4.1-mini",
    endpoint: Annotated[str, typer.Option(help="The URL of an OpenAI-compatible server, up to /v1.")] = "",
    key_env: Annotated[str | None, typer.Option(help="The variable with its key; '' = no key.")] = None,
    ci: Annotated[str, typer.Option(help="github or none.")] = "github",
    pre_commit: Annotated[bool, typer.Option(help="Write the hook's configuration.")] = True,
) -> None:
    """Write what a project needs to begin: config, a first prompt, its eval set, hook and workflow.

    llmops init
    llmops init --model local/llama --endpoint http://127.0.0.1:8000/v1
    """
    from llmops_cli.flow.setup import Start
    from llmops_cli.flow.setup import init as flow

    choice(ci, ("github", "none"), "--ci")
    start = Start(model=model, ci=ci, pre_commit=pre_commit)
    url = endpoint or start.endpoint
    # A server of one's own rarely asks for a key; OpenAI's always does.
    key = key_env if key_env is not None else ("" if endpoint else start.key_env)
    written = flow(ctx.obj.project(), Start(model, url, key, ci, pre_commit))
    width = max(len(one.path) for one in written)
    lines = [f"{'kept ' if one.kept else 'wrote'} {one.path.ljust(width)}  {one.what}" for one in written]
    emit("\n".join([*lines, "", "Next: git add -A && git commit; llmops validate; llmops eval run"]))
