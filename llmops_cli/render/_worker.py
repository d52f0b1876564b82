"""The child process that renders templates which may loop: JSON lines in, JSON lines out, until the end of input.

The parent kills it at the deadline. It limits its own memory, and ends itself if the parent is gone.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

from llmops_cli.render.errors import RenderError
from llmops_cli.render.templates import Templates
from llmops_cli.render.values import schema_misfit

MEMORY_BYTES = 256 * 1024 * 1024
# How much longer than the parent's deadline the child lives, should the parent not be there to kill it.
GRACE_S = 1.0


def main() -> None:
    """Serve until the input ends."""
    serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer each request with one line; the first line says which templates there are."""
    first = json.loads(requests.readline())
    templates = Templates(first["texts"], first["includes"], first["constants"])
    limit_memory()
    _send(replies, {"text": "ready"})
    for line in requests:
        set_alarm(first["deadline_s"] + GRACE_S)
        _send(replies, answer(templates, json.loads(line)))
        set_alarm(0)


def answer(templates: Templates, request: Mapping[str, Any]) -> dict[str, str]:
    """Return the reply to one request: a text, or a fault with its variable and hint."""
    try:
        if "schema" in request:
            return {"text": schema_misfit(request["schema"], request["value"])}
        return {"text": templates.render(request["index"], request["values"], request["absent"])}
    except RenderError as error:
        return {"fault": error.message, "variable": error.variable, "hint": error.hint}
    except (MemoryError, RecursionError):
        return {"fault": "the schema or value is too large", "variable": "", "hint": ""}


def limit_memory() -> None:
    """Cap this process's address space, where the system can."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def set_alarm(seconds: float) -> None:
    """Have the system end this process after so many seconds (0: not), even in the middle of one long operation."""
    if sys.platform != "win32":
        import signal

        signal.setitimer(signal.ITIMER_REAL, seconds)


def _send(replies: BinaryIO, reply: Mapping[str, str]) -> None:
    replies.write(json.dumps(reply).encode() + b"\n")
    replies.flush()
