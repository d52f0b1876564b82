"""A process that renders what may never end: started when it is first needed, killed at the deadline, then anew."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llmops_cli.render.errors import RenderError

# Isolated (-I): no PYTHON* variables, no user site, no current folder; the parent's paths come after its own.
BOOT = "import json, sys; sys.path += json.loads(sys.argv[1]); from llmops_cli.render._worker import main; main()"
START_S = 20.0
# The kill comes a little before the deadline, so that the answer is there by then.
SHARE = 0.9
# A first request pays for the start too; this share of the deadline is its own all the same.
LEAST_SHARE = 0.5


class Child:
    """The process, or none yet. Used from one thread at a time."""

    def __init__(self, first: Mapping[str, Any], deadline_s: float) -> None:
        """`first` is what the worker must know before any request."""
        self._first = {**first, "deadline_s": deadline_s}
        self._deadline_s = deadline_s
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, request: Mapping[str, Any]) -> str:
        """Return the worker's text. Raises `RenderError`: its fault, or that it was too slow or died."""
        started = time.monotonic()
        if self._process is None:
            self._process = self._start()
        spent = time.monotonic() - started
        reply = self._exchange(request, max(SHARE * self._deadline_s - spent, LEAST_SHARE * self._deadline_s))
        if reply is None:
            raise RenderError(
                f"the template takes longer than {self._deadline_s:g} s",
                hint="let it loop over less; what a prompt prints is at most 1 MiB",
            )
        if "fault" in reply:
            raise RenderError(reply["fault"], variable=reply["variable"], hint=reply["hint"])
        return reply["text"]

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.communicate()

    def _start(self) -> subprocess.Popen[bytes]:
        paths = [path for path in sys.path if Path(path).is_absolute()]
        kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}  # Windows cannot do without
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", BOOT, json.dumps(paths)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept,
        )
        if self._exchange(self._first, START_S) is None:
            raise RenderError("the process that renders templates did not start")
        return self._process

    def _exchange(self, request: Mapping[str, Any], timeout_s: float) -> dict[str, str] | None:
        """Return the reply to a request; None, with the process gone, where there was none in time."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(timeout_s, process.kill)
        timer.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            timer.cancel()
        if not line.endswith(b"\n"):
            self.close()
            return None
        reply: dict[str, str] = json.loads(line)
        return reply
