"""A running program: bytes in, bytes out, with a deadline and a cap. Its whole process group ends with it."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from typing import IO

from llmops_cli.complete._program import Program

LARGEST_OUTPUT = 8 * 1024 * 1024
STDERR_TAIL = 2000
CHUNK = 65536


class TooMuchOutputError(Exception):
    """The program wrote more than the cap."""


class Child:
    """One process of a program, used by one thread at a time."""

    def __init__(self, program: Program) -> None:
        """Start it in its own session. Raises `OSError` where it cannot be run."""
        self._process = subprocess.Popen(
            program.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=program.folder,
            env=program.environment,
            start_new_session=True,
            bufsize=0,
        )
        self.stderr = b""
        for stream in self.streams:
            os.set_blocking(stream.fileno(), False)

    @property
    def streams(self) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
        """Its stdin, stdout and stderr."""
        process = self._process
        assert process.stdin
        assert process.stdout
        assert process.stderr
        return process.stdin, process.stdout, process.stderr

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def ask(self, data: bytes, *, one_line: bool, timeout_s: float) -> bytes:
        """Return what the program writes: up to the line's end if `one_line`, else up to the end of its output.

        Without `one_line` its input is closed after `data`. Raises `TimeoutError`, `TooMuchOutputError`.
        """
        end = time.monotonic() + timeout_s
        with selectors.DefaultSelector() as selector:
            talk = _Talk(self, selector, data, one_line=one_line)
            while not talk.done:
                left_s = end - time.monotonic()
                if left_s <= 0:
                    raise TimeoutError
                for key, _ in selector.select(left_s):
                    key.data()
        return bytes(talk.output)

    def finish(self, timeout_s: float) -> int:
        """Return the exit status of a program whose output has ended. Raises `TimeoutError`."""
        try:
            status = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        self.note()
        return status

    def end(self) -> None:
        """Kill the process and all that it started, and wait for it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in self.streams:
            with contextlib.suppress(OSError):
                stream.close()

    def note(self) -> bool:
        """Keep the end of what stands on stderr; return whether more may come."""
        chunk = self.streams[2].read(CHUNK)
        self.stderr = (self.stderr + (chunk or b""))[-STDERR_TAIL:]
        return chunk != b""


class _Talk:
    """One question to a child and its answer, as far as they have come."""

    def __init__(self, child: Child, selector: selectors.BaseSelector, data: bytes, *, one_line: bool) -> None:
        self.output = bytearray()
        self._child = child
        self._selector = selector
        self._left = memoryview(data)
        self._one_line = one_line
        self._stdin, self._stdout, self._stderr = child.streams
        self._ended = False
        selector.register(self._stdin, selectors.EVENT_WRITE, self._send)
        selector.register(self._stdout, selectors.EVENT_READ, self._take)
        selector.register(self._stderr, selectors.EVENT_READ, self._listen)

    @property
    def done(self) -> bool:
        return self._ended or (self._one_line and self.output.endswith(b"\n"))

    def _send(self) -> None:
        try:
            self._left = self._left[self._stdin.write(self._left[:CHUNK]) or 0 :]
        except BrokenPipeError:
            self._left = self._left[:0]  # it does not read its input; what it writes decides
        if not self._left:
            self._selector.unregister(self._stdin)
            if not self._one_line:
                self._stdin.close()

    def _take(self) -> None:
        chunk = self._stdout.read(CHUNK)
        self._ended = chunk == b""
        self.output += chunk or b""
        if len(self.output) > LARGEST_OUTPUT:
            raise TooMuchOutputError

    def _listen(self) -> None:
        if not self._child.note():
            self._selector.unregister(self._stderr)
