"""A real terminal for tests: a program on a pseudo-terminal, typed to line by line."""

import contextlib
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from gitrepo import clean_environment

# The child makes the pseudo-terminal its own, so that ^C reaches it as from a keyboard; then it becomes the program.
TAKE = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


class Terminal:
    """`with Terminal(root, "baseline", "review") as screen`: what it shows is `screen.text`, `screen.code` its exit code."""

    def __init__(self, root: Path, *argv: str, **environment: str) -> None:
        self.text = ""
        self.code: int | None = None
        self._seen = 0
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", TAKE, "-m", "llmops_cli", "-C", str(root), *argv],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=clean_environment(**environment),
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(10)
        os.close(self._master)

    def expect(self, wanted: str, timeout_s: float = 20.0) -> str:
        """Wait for a text to appear after what was seen last; return what came up to its end."""
        end = time.monotonic() + timeout_s
        while wanted not in self.text[self._seen :]:
            if time.monotonic() > end or not self._read(end):
                raise AssertionError(f"no {wanted!r} in:\n{self.text[self._seen :]}\n--- all:\n{self.text}")
        start = self._seen
        self._seen = self.text.index(wanted, start) + len(wanted)
        return self.text[start : self._seen]

    def type(self, line: str) -> None:
        """Type a line and Enter."""
        os.write(self._master, f"{line}\n".encode())

    def interrupt(self) -> None:
        """Press ^C."""
        os.write(self._master, b"\x03")

    def hang_up(self) -> None:
        """Press ^D on an empty line."""
        os.write(self._master, b"\x04")

    def end(self, timeout_s: float = 20.0) -> int:
        """Wait for the program's end and return its exit code."""
        end = time.monotonic() + timeout_s
        while self._read(end):
            pass
        self.code = self._process.wait(max(0.1, end - time.monotonic()))
        return self.code

    def _read(self, end: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, end - time.monotonic()))
        data = b""
        with contextlib.suppress(OSError):  # Linux says EIO where the other side is closed
            data = os.read(self._master, 65536) if ready else b""
        self.text += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)
