"""The working tree: files below a folder, read without following a symbolic link or leaving the folder."""

import errno
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from llmops_cli.errors import GitError
from llmops_cli.model.ports import Tree

MAX_BYTES = 64 * 1024 * 1024
CHUNK = 1024 * 1024


class WorkTree:
    """The files below `root` as they are on disk."""

    def __init__(
        self, root: Path, *, object_format: str = "sha1", left_out: Callable[[str], tuple[str, ...]] = lambda _: ()
    ) -> None:
        """`object_format` is the repository's: `sha1` or `sha256`, the hash that names a blob.

        `left_out` returns the files below a path that belong here, and that a sparse checkout does not have.
        """
        self.root = root
        self.object_format = object_format
        self._left_out = left_out

    @property
    def name(self) -> str:
        """`worktree`."""
        return "worktree"

    def read(self, path: str) -> bytes:
        """Return a file's bytes.

        Raises `FileNotFoundError`; `PermissionError` for a symbolic link, a way out or what is no regular file;
        `OSError` (EFBIG) above 64 MiB.
        """
        with self.open(path) as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise OSError(errno.EFBIG, "more than 64 MiB", path)
        return data

    def open(self, path: str) -> BinaryIO:
        """Return an open binary stream of a file. Raises as `read` does, whatever the size."""
        try:
            target = self._inside(path)
        except FileNotFoundError:
            self._require_all(path)
            raise
        if target.is_dir():
            raise PermissionError(errno.EISDIR, "a folder, not a file", path)
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(target, flags)  # O_NONBLOCK: a pipe in the tree must not hang us
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise PermissionError(errno.EACCES, "not a regular file", path)
        return os.fdopen(descriptor, "rb")

    def entries(self, folder: str) -> Mapping[str, str]:
        """Return the regular files below `folder` with their git blob ids, sorted by path; none without the folder.

        An id is computed when it is asked for: looking for names must not read a gigabyte of recordings.
        Raises `GitError` where a sparse checkout leaves some of a folder out: not on disk is not deleted. Of the whole
        project ("") there is what is on disk.
        """
        if folder not in ("", "."):
            self._require_all(folder)
        try:
            top = self._inside(folder) if folder not in ("", ".") else self.root
        except FileNotFoundError:
            return {}
        prefix = "" if folder in ("", ".") else f"{folder.strip('/')}/"
        return _Blobs(self, sorted(_walk(top, prefix)))

    def blob(self, path: str) -> str:
        """Return the git blob id of a file's bytes as they are on disk."""
        with self.open(path) as stream:
            size = os.fstat(stream.fileno()).st_size
            seal = hashlib.new(self.object_format, b"blob %d\0" % size, usedforsecurity=False)
            while chunk := stream.read(CHUNK):
                seal.update(chunk)
        return seal.hexdigest()

    def _require_all(self, path: str) -> None:
        missing = self._left_out(path)
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            hint = "git sparse-checkout add its folder; or git sparse-checkout disable"
            raise GitError(f"{missing[0]}{more} left out of this sparse checkout", hint=hint)

    def _inside(self, path: str) -> Path:
        """Return the path on disk. Raises `FileNotFoundError`, and `PermissionError` for a link or a way out."""
        parts = path.rstrip("/").split("/")
        if path.startswith("/") or "\0" in path or any(part in ("", ".", "..") or "\\" in part for part in parts):
            raise PermissionError(errno.EACCES, "the path leaves the project or is not plain", path)
        target = self.root
        for part in parts:
            target = target / part
            if stat.S_ISLNK(_status(target, path).st_mode):
                raise PermissionError(errno.ELOOP, "a symbolic link is not followed", path)
        return target


class Overlay:
    """A tree with one file in place of what it has there: a version of the file that lies nowhere."""

    def __init__(self, tree: Tree, path: str, data: bytes) -> None:
        """`data` is what the file at `path` says."""
        self._tree = tree
        self._path = path
        self._data = data

    @property
    def name(self) -> str:
        """The name of the tree below."""
        return self._tree.name

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Raises as the tree below does."""
        return self._data if path == self._path else self._tree.read(path)

    def open(self, path: str) -> BinaryIO:
        """Return an open binary stream of a file. Raises as the tree below does."""
        return io.BytesIO(self._data) if path == self._path else self._tree.open(path)

    def entries(self, folder: str) -> Mapping[str, str]:
        """Return the files below `folder` of the tree below."""
        return self._tree.entries(folder)


class _Blobs(Mapping[str, str]):
    def __init__(self, tree: WorkTree, paths: list[str]) -> None:
        self._tree = tree
        self._ids = dict.fromkeys(paths, "")

    def __getitem__(self, path: str) -> str:
        if not self._ids[path]:
            self._ids[path] = self._tree.blob(path)
        return self._ids[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, path: object) -> bool:
        return path in self._ids  # Mapping's own would compute the id


def _status(target: Path, path: str) -> os.stat_result:
    try:
        return os.lstat(target)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(errno.ENOENT, "no such file", path) from None


def _walk(folder: Path, prefix: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as found:
            children = list(found)
    except (NotADirectoryError, PermissionError):
        return
    for child in children:
        if child.is_dir(follow_symlinks=False):
            if child.name != ".git":
                yield from _walk(Path(child.path), f"{prefix}{child.name}/")
        elif child.is_file(follow_symlinks=False):
            yield f"{prefix}{child.name}"
