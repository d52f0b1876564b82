"""What caps a command that makes calls, what part of them it makes, and what shows how far it is."""

from typing import Any

from llmops_cli.errors import UsageError


def limits_of(terminal: Any, *, jobs: int = 8, **caps: Any) -> Any:
    """Return the limits of a command."""
    from llmops_cli.flow.limits import Limits

    return Limits(jobs=jobs, offline=terminal.offline, **caps)


def progress(terminal: Any) -> Any:
    """Return what shows progress on stderr."""
    from llmops_cli.cli.progress import Progress

    return Progress(quiet=terminal.quiet)


def shard_of(text: str) -> tuple[int, int] | None:
    """Return `(i, n)` of `i/n`; None for "". Raises `UsageError`."""
    if not text:
        return None
    number, _, count = text.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise UsageError(f"--shard {text}", hint="i/n with 1 ≤ i ≤ n, e.g. --shard 2/4")
    return int(number), int(count)
