"""`llmops schema`."""

from typing import Annotated

import typer

from llmops_cli.cli.flags import Output
from llmops_cli.cli.output import emit

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def schema(
    name: Annotated[str, typer.Argument(help="prompt, evalset, case, config, gate, runs, …")] = "",
    output: Output = None,
) -> None:
    """Print a published JSON Schema; without a name, the names.

    llmops schema prompt -o prompt.schema.json
    """
    from llmops_cli.load.schema import names, schema_text

    emit(schema_text(name) if name else "\n".join(names()), output)
