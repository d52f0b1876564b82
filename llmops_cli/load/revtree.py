"""The files of one commit, read without a checkout: one `ls-tree`, one `cat-file --batch`."""

import errno
import hashlib
import io
import subprocess
import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, NamedTuple, Self

from llmops_cli.errors import GitError
from llmops_cli.load.plumbing import DAMAGED, argv, blob_id, environment, failure, object_format, run, text

MAX_BYTES = 64 * 1024 * 1024
# Files up to this size are read at once when they are opened; larger ones are a stream of their own process.
SMALL_BYTES = 1024 * 1024
FILES = ("100644", "100755", "100664")
SUBMODULE = "160000"


class Entry(NamedTuple):
    """A path of a commit: its mode and the id of its object."""

    mode: str
    id: str


class RevTree:
    """The files of a commit below `prefix`. May be read from many threads; `close` ends its process."""

    def __init__(self, top: Path, commit: str, prefix: str = "", *, folder: str = "") -> None:
        """`commit` is the full id of a commit or tree; `prefix` a folder below the top of the repository, or "".

        `folder` is a git folder of our own to read from, instead of the repository's.
        """
        self._top = top
        self._variables = environment(folder=folder)
        self._commit = commit
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._lock = threading.Lock()
        self._listing: dict[str, Entry] | None = None
        self._batch: subprocess.Popen[bytes] | None = None
        self._end: Callable[[], object] = _nothing

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process that reads."""
        self.close()

    @property
    def name(self) -> str:
        """The full commit id."""
        return self._commit

    def entries(self, folder: str) -> Mapping[str, str]:
        """Return the regular files below `folder` with their blob ids, sorted by path; none without the folder.

        Raises `GitError` where the folder is a submodule: what it holds is another repository's.
        """
        inside = "" if folder in ("", ".") else f"{folder.strip('/')}/"
        found = self._all()
        if inside and (there := found.get(inside[:-1])) and there.mode == SUBMODULE:
            hint = f"llmops -C {self._prefix}{inside[:-1]} works in that repository"
            raise GitError(f"{inside[:-1]} is a submodule in {self._commit[:7]}: its files are not ours", hint=hint)
        return {path: found[path].id for path in sorted(found) if path.startswith(inside) and found[path].mode in FILES}

    def read(self, path: str) -> bytes:
        """Return a file's bytes as they were committed.

        Raises `FileNotFoundError`; `PermissionError` for a symbolic link, a submodule, a folder or a way out;
        `OSError` (EFBIG) above 64 MiB; `GitError` where the commit's file is not in this clone.
        """
        return self._blob(self._file(path), path)

    def open(self, path: str) -> BinaryIO:
        """Return a binary stream of a file. Raises as `read` does, whatever the size."""
        entry = self._file(path)
        size = self._size(entry, path)
        if size <= SMALL_BYTES:
            return io.BytesIO(self._blob(entry, path))
        return io.BufferedReader(
            _Stream(_start(self._top, self._variables, "cat-file", "blob", entry.id), entry.id, size)
        )

    def close(self) -> None:
        """End the process that reads; the next read starts another."""
        with self._lock:
            self._batch = None
            self._end()

    def _all(self) -> dict[str, Entry]:
        with self._lock:
            if self._listing is None:
                self._listing = _listing(self._top, self._variables, self._commit, self._prefix)
            return self._listing

    def _file(self, path: str) -> Entry:
        parts = path.split("/")
        if path.startswith("/") or "\0" in path or any(part in ("", ".", "..") or "\\" in part for part in parts):
            raise PermissionError(errno.EACCES, "the path leaves the project or is not plain", path)
        found = self._all()
        for end in range(1, len(parts) + 1):
            entry = found.get("/".join(parts[:end]))
            if entry is not None and entry.mode not in FILES:
                what = "a symbolic link is not followed" if entry.mode == "120000" else "a submodule is not entered"
                raise PermissionError(errno.ELOOP, what, path)
        if path in found:
            return found[path]
        if any(name.startswith(f"{path}/") for name in found):
            raise PermissionError(errno.EISDIR, "a folder, not a file", path)
        raise FileNotFoundError(errno.ENOENT, f"no such file in {self._commit[:7]}", path)

    def _size(self, entry: Entry, path: str) -> int:
        done = run(self._top, "cat-file", "-s", entry.id, variables=self._variables)
        if done.returncode:
            raise _absent(path, self._commit)
        return int(done.stdout)

    def _blob(self, entry: Entry, path: str) -> bytes:
        with self._lock:
            if self._batch is None:
                self._batch = _start(self._top, self._variables, "cat-file", "--batch")
                # A tree that nobody closes ends its process when it is collected, or when Python ends.
                self._end = weakref.finalize(self, _finish, self._batch)
            try:
                size, data = _asked(self._batch, entry.id)
            except (OSError, EOFError):  # git ends at an object that it cannot read
                self._batch = None
                self._end()
                raise _absent(path, self._commit) from None
        if size < 0:
            raise _absent(path, self._commit)
        if len(data) != size:
            raise OSError(errno.EFBIG, "more than 64 MiB", path)
        if blob_id(data, object_format(entry.id)) != entry.id:
            raise spoiled(path, entry.id)
        return data


class _Stream(io.RawIOBase):
    """What a process writes, as a stream; closing it ends the process."""

    def __init__(self, process: subprocess.Popen[bytes], identity: str, size: int) -> None:
        self._process = process
        self._id = identity
        self._seal = hashlib.new(object_format(identity), b"blob %d\0" % size, usedforsecurity=False)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        assert self._process.stdout is not None
        view = memoryview(buffer)  # type: ignore[arg-type]  # io's own stubs call it a Buffer
        data = self._process.stdout.read(len(view))
        self._seal.update(data)
        if not data and self._seal.hexdigest() != self._id:
            raise spoiled("a file", self._id)
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            _finish(self._process)
        super().close()


def _start(top: Path, variables: Mapping[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        argv(*arguments),
        cwd=top,
        env=dict(variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _finish(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def _listing(top: Path, variables: Mapping[str, str], commit: str, prefix: str) -> dict[str, Entry]:
    """Return every path of a commit below `prefix`, in git's order, without the prefix."""
    within = (prefix,) if prefix else ()
    done = run(top, "ls-tree", "-r", "-z", "--full-tree", commit, *within, variables=variables)
    if done.returncode:
        raise failure(done, top)
    found: dict[str, Entry] = {}
    for line in done.stdout.split(b"\0")[:-1]:
        meta, _, path = line.partition(b"\t")
        mode, _, identity = meta.decode("ascii").split(" ")
        found[text(path).removeprefix(prefix)] = Entry(mode, identity)
    return found


def _nothing() -> None:
    """Return at once: there is no process to end yet."""


def _asked(batch: subprocess.Popen[bytes], identity: str) -> tuple[int, bytes]:
    """Return size and content of an object; -1 where git has none, no content above the limit.

    Raises `EOFError` or `OSError` where git ends instead of answering.
    """
    reader, writer = batch.stdout, batch.stdin
    assert reader is not None
    assert writer is not None
    writer.write(f"{identity}\n".encode())
    writer.flush()
    header = reader.readline().split()
    if not header:
        raise EOFError
    if len(header) != 3:  # noqa: PLR2004 - id, type, size; else "id missing"
        return -1, b""
    size = int(header[2])
    if size > MAX_BYTES:
        _skip(reader, size + 1)
        return size, b""
    data = reader.read(size + 1)
    if len(data) != size + 1:
        raise EOFError
    return size, data[:-1]


def _skip(reader: IO[bytes], size: int) -> None:
    """Read past an object that is too large, so that the next answer is found."""
    left = size
    while left > 0 and (chunk := reader.read(min(left, SMALL_BYTES))):
        left -= len(chunk)


def spoiled(path: str, identity: str) -> GitError:
    """Return the error for content that is not what its id was made of."""
    return GitError(f"{path} is damaged: its content is not that of {identity[:12]}", hint=DAMAGED)


def _absent(path: str, commit: str) -> GitError:
    hint = f"git fetch --refetch --no-filter origin {commit}"
    return GitError(f"{path} of {commit[:7]} is not in this clone", hint=hint)
