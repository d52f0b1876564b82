"""Locks on fingerprints that hold between processes and end with them: byte ranges of one empty file."""

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from llmops_cli.store.state import ignore

FIRST_PAUSE_S = 0.005
LONGEST_PAUSE_S = 0.1
TAKEN = (BlockingIOError, PermissionError)


class Claims:
    """The claims of this process. One object per file and process: the system's locks know processes, not threads."""

    def __init__(self, path: Path) -> None:
        """Open the file when first used."""
        self._path = path
        self._lock = threading.Lock()
        self._file: int | None = None

    @contextlib.contextmanager
    def hold(self, fingerprint: str) -> Iterator[None]:
        """Wait until no other process holds this fingerprint, and hold it. Where no lock can be had, go on without."""
        place = int(fingerprint[:15], 16)
        held = self._wait_for(place)
        try:
            yield
        finally:
            if held is not None:
                with contextlib.suppress(OSError):
                    fcntl.lockf(held, fcntl.LOCK_UN, 1, place)

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
            self._file = None

    def _wait_for(self, place: int) -> int | None:
        # Asked again and again, not waited for in the system: with many threads in two processes the kernel would see
        # deadlocks that are none, since it takes all threads of a process for one holder.
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                file = self._open()
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
            except TAKEN:
                if self._file is None:
                    return None
                time.sleep(pause_s)
                pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)
            except OSError:
                return None
            else:
                return file

    def _open(self) -> int:
        with self._lock:
            if self._file is None:
                ignore(self._path.parent)
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            return self._file
