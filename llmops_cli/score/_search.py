"""Regular expressions that cannot hang: the search runs in a child process with a deadline.

`re` holds the interpreter while it backtracks, so no thread and no signal handler can stop it; and no look at a pattern
tells the slow ones from the quick ones. A child can be killed. One serves the whole process, at 0.3 ms a search.
"""

import atexit
import contextlib
import functools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

_CHILD = Path(__file__).with_name("_search_child.py")
_CLOCK_SECONDS = 10.0


def found(pattern: str, text: str, *, flags: int = 0) -> bool:
    """Return whether the pattern matches anywhere in the text. Raises `TimeoutError` after 0.5 s of processor time."""
    return found_in(pattern, [text], flags=flags)[0]


def found_in(pattern: str, texts: Sequence[str], *, flags: int = 0) -> list[bool]:
    """Return in which of the texts the pattern matches. Raises `TimeoutError` after 0.5 s for all of them."""
    return _child_of(os.getpid()).search(pattern, texts, flags)


class _Child:
    """A child process that searches, started when first asked and again after it was killed. Safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self._stop)

    def search(self, pattern: str, texts: Sequence[str], flags: int) -> list[bool]:
        """Return what the child says. Raises `TimeoutError` when it dies over the question."""
        question = json.dumps([pattern, flags, list(texts)]).encode() + b"\n"
        with self._lock:
            try:
                reply = self._ask(question)
            except BaseException:
                self._stop()  # a reply that nobody waits for must not answer the next question
                raise
            if not reply:
                self._stop()
                raise TimeoutError("the pattern ran too long on this answer")
        return [bool(found) for found in json.loads(reply)]

    def _ask(self, question: bytes) -> bytes:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        watchdog = threading.Timer(_CLOCK_SECONDS, process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            process.stdin.write(question)
            process.stdin.flush()
            return process.stdout.readline()
        except BrokenPipeError:
            return b""
        finally:
            watchdog.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        argv = [sys.executable, "-I", "-S", str(_CHILD)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(BrokenPipeError):  # half a question may still be in the buffer
            process.communicate()


@functools.cache  # the one child of this process; by its id, because a fork must not share its parent's pipes
def _child_of(_process_id: int) -> _Child:
    return _Child()
