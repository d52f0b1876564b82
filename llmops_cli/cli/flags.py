"""Flags that several commands share, so that each is spelled and explained once."""

from pathlib import Path
from typing import Annotated

import typer

from llmops_cli.errors import UsageError

Format = Annotated[str, typer.Option("--format", help="text or json; some commands know more.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Write here instead of to stdout.")]
Mode = Annotated[str, typer.Option(help="replay (committed recordings only), auto, live (ask again) or record.")]
Jobs = Annotated[int, typer.Option("-j", "--jobs", min=1, max=256, help="Calls at once.")]
MaxCost = Annotated[float | None, typer.Option(min=0, help="Stop before this many USD are spent.")]
MaxCalls = Annotated[int | None, typer.Option(min=0, help="Stop after this many live calls.")]
MaxSeconds = Annotated[float | None, typer.Option(min=0, help="Stop after this many seconds.")]
Timeout = Annotated[float | None, typer.Option(min=0.001, help="Deadline of one call in seconds, retries included.")]
Map = Annotated[list[str] | None, typer.Option("--map", help="target=source, e.g. inputs.question=question.")]
Where = Annotated[
    list[str] | None, typer.Option("--where", help="Only rows with column=value; several of one column: any.")
]
SearchCalls = Annotated[
    int | None,
    typer.Option("--max-calls", min=0, help="Stop after this many live calls; else 60 after what the ends lack."),
]

MODES = ("replay", "auto", "live", "record")
SEARCH_MODES = ("replay", "auto", "live")
"""How a search among edits or commits asks: what it tries is no recording to keep."""


def choice(value: str, known: tuple[str, ...], flag: str) -> str:
    """Return the value if it is known. Raises `UsageError` that lists what is."""
    if value not in known:
        raise UsageError(f"{flag} {value!r}", hint=f"one of {', '.join(known)}")
    return value
