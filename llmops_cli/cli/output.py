"""The only writer to the terminal: stdout is data, stderr is everything else."""

import os
import stat
import sys
from pathlib import Path

from llmops_cli.errors import IncompleteError, LlmopsError


class OutputError(IncompleteError):
    """Standard output or a report file cannot be written."""

    def __init__(self, error: OSError) -> None:
        """Name the file, if the system did."""
        where = str(error.filename) if error.filename else ""
        super().__init__(error.strerror or str(error), where=where, hint="check the disk and the path")


def emit(text: str, output: Path | None = None) -> None:
    """Write data: to a file if one is named, else to stdout. Ends with one newline."""
    ended = text if text.endswith("\n") else f"{text}\n"
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(ended, encoding="utf-8", errors="backslashreplace")
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(ended.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()


def tell(text: str) -> None:
    """Write a line for people to stderr; a stderr that is gone is no error."""
    try:
        sys.stderr.write(text if text.endswith("\n") else f"{text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def error_text(error: LlmopsError) -> str:
    """Return `error: where: message` and a line `hint: …`."""
    from llmops_cli.report.sanitize import terminal

    lines = [f"error: {terminal(str(error))}"]
    if error.hint:
        lines.append(f"hint: {terminal(error.hint)}")
    return "\n".join(lines)


def as_json(document: object) -> str:
    """Return a JSON document: two spaces, UTF-8, no NaN, keys in the order that the contract gives.

    `##[` is written with an escape that reads the same: a CI runner takes it for a command anywhere in a log line.
    """
    import json

    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False).replace("##[", "\\u0023#[")


def ask(question: str) -> str:
    """Ask a person on stderr and return the line that was typed; "" at the end of the input."""
    sys.stdout.flush()
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.buffer.readline().decode("utf-8", "replace")


def can_ask() -> bool:
    """Return whether somebody answers: a person at a terminal, or lines that come by a pipe or from a file."""
    if sys.stdin is None:
        return False
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return sys.stdin.isatty() or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISREG(mode)
