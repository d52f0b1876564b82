"""The one open hand on a run's rows: append-only, locked, on the disk before a call counts as paid."""

import fcntl
import os
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from llmops_cli.errors import IncompleteError, UsageError
from llmops_cli.model.run import Result, RunPlan
from llmops_cli.store.run_rows import Redact, encode

BATCH_ROWS = 16
BATCH_S = 0.25
BLOCK = 65536


class RunWriter:
    """Rows of one run, from any number of threads.

    A row is handed to the operating system before `append` returns, so a kill of this process loses none; rows are
    forced to the disk in batches of 16, or when a quarter of a second has passed since the last batch, and at `close`.
    """

    def __init__(self, plan: RunPlan, path: Path, redact: Redact) -> None:
        """Open and lock the file; cut off a torn last line. Raises `UsageError` where another process holds it."""
        self.plan = plan
        self._path = path
        self._redact = redact
        self._lock = threading.Lock()
        self._rows = 0
        self._synced_rows = 0
        self._synced_at_s = time.monotonic()
        self._file: int | None = _locked(path, plan.run)
        self._end = self._cut_torn_line(self._file)

    def append(self, result: Result) -> int:
        """Write a row and return how many rows of this writer are on the disk for certain."""
        line = encode(result, self._redact)
        with self._lock:
            self._write(line)
            self._rows += 1
            waiting = self._rows - self._synced_rows
            if waiting >= BATCH_ROWS or time.monotonic() - self._synced_at_s >= BATCH_S:
                self._sync()
            return self._synced_rows

    def close(self) -> None:
        """Force what is written to the disk and let go of the run. A second time nothing happens."""
        with self._lock:
            if self._file is None:
                return
            self._sync()
            self._release(self._file)

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()

    def _write(self, line: bytes) -> None:
        file = self._open_file()
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(file, rest) :]
        except OSError as error:
            self._forget(file)
            raise unwritable(self._path, error) from error
        self._end += len(line)

    def _forget(self, file: int) -> None:
        try:
            os.ftruncate(file, self._end)  # half a row must not stand before the next one
        except OSError:
            self._release(file)

    def _release(self, file: int) -> None:
        self._file = None
        os.close(file)

    def _sync(self) -> None:
        file = self._open_file()
        try:
            os.fsync(file)
        except OSError as error:
            self._release(file)  # the kernel may have dropped the rows, and would say so only once
            raise unwritable(self._path, error) from error
        self._synced_rows = self._rows
        self._synced_at_s = time.monotonic()

    def _open_file(self) -> int:
        if self._file is None:
            raise IncompleteError("the run is closed and takes no more rows", where=str(self._path))
        return self._file

    def _cut_torn_line(self, file: int) -> int:
        try:
            end = _end_of_lines(file)
            if end != os.fstat(file).st_size:
                os.ftruncate(file, end)
        except OSError as error:
            os.close(file)
            raise unwritable(self._path, error) from error
        return end


def unwritable(path: Path, error: OSError) -> IncompleteError:
    """Return the error for a disk that does not take what a run needs to write."""
    hint = "make the folder writable or free some space; what is stored stays readable, then: llmops eval resume"
    return IncompleteError(f"cannot write: {error.strerror or error}", where=str(path), hint=hint)


def _locked(path: Path, run: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW  # a link could lead out of the store
    try:
        file = os.open(path, flags, 0o644)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # gone with the process, however it ends
    except BlockingIOError:
        os.close(file)
        hint = "wait until it ends, or stop it, then resume"
        raise UsageError(f"run {run} is being written by another process", where=str(path), hint=hint) from None
    except OSError as error:
        os.close(file)
        raise unwritable(path, error) from error
    return file


def _end_of_lines(file: int) -> int:
    end = os.fstat(file).st_size
    while end > 0:
        start = max(0, end - BLOCK)
        newline = os.pread(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0
