"""File contents by blob id, and the files of a commit as a `Tree` made of them: no process a file, none a commit."""

import errno
import io
import subprocess
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from llmops_cli.errors import GitError
from llmops_cli.load.plumbing import DAMAGED, argv, blob_id, environment, object_format, text
from llmops_cli.load.revtree import MAX_BYTES, spoiled

HEADER = 3  # id, type, size; else "id missing"


class Blobs:
    """File contents by blob id, each read once. `fetch` reads many in one go, `read` one through a kept process."""

    def __init__(self, top: Path) -> None:
        """`top` is the repository's folder. Nothing is started before the first read."""
        self._top = top
        self._known: dict[str, bytes | None] = {}
        self._sound: set[str] = set()
        self._process: subprocess.Popen[bytes] | None = None

    def fetch(self, ids: Iterable[str]) -> None:
        """Read many blobs at once; `read` then has them."""
        wanted = [one for one in dict.fromkeys(ids) if one and one not in self._known]
        if not wanted:
            return
        done = subprocess.run(
            argv("cat-file", "--batch"),
            cwd=self._top,
            env=environment(),
            input="".join(f"{one}\n" for one in wanted).encode("ascii"),
            capture_output=True,
            check=False,
        )
        data, at = done.stdout, 0
        for one in wanted:
            end = data.find(b"\n", at)
            if end < 0:
                raise self._absent(one, text(done.stderr))
            header = data[at:end].split(b" ")
            size = int(header[2]) if len(header) == HEADER else -1
            self._known[one] = data[end + 1 : end + 1 + size] if size >= 0 else None
            at = end + 1 + size + 1 if size >= 0 else end + 1

    def read(self, identity: str) -> bytes:
        """Return a blob's bytes. Raises `GitError` where this clone does not have it."""
        if identity not in self._known:
            self._known[identity] = self._one(identity)
        data = self._known[identity]
        if data is None:
            raise self._absent(identity)
        if identity not in self._sound and blob_id(data, object_format(identity)) != identity:
            raise spoiled("a file", identity)
        self._sound.add(identity)
        return data

    def _absent(self, identity: str, said: str = "promisor") -> GitError:
        """Return the error for a content that git does not give, and what it `said`."""
        left_out = "promisor" in said or "lazy fetching" in said
        hint = "this clone leaves contents out: git fetch --refetch --no-filter origin" if left_out else DAMAGED
        return GitError(f"the file content {identity[:12]} is not in this clone", where=str(self._top), hint=hint)

    def _one(self, identity: str) -> bytes | None:
        if self._process is None:
            self._process = subprocess.Popen(
                argv("cat-file", "--batch"),
                cwd=self._top,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            weakref.finalize(self, _finish, self._process)
        reader, writer = self._process.stdout, self._process.stdin
        assert reader is not None
        assert writer is not None
        try:
            writer.write(f"{identity}\n".encode("ascii"))
            writer.flush()
        except OSError:
            return None
        header = reader.readline().split()
        return reader.read(int(header[2]) + 1)[:-1] if len(header) == HEADER else None


class Snapshot:
    """The files of a commit below the folders of a history, as a `Tree`: what lies elsewhere is not there."""

    def __init__(
        self,
        commit: str,
        *,
        blob: Callable[[str], str],
        paths: Callable[[], Iterable[str]],
        blobs: Blobs,
        prefix: str = "",
    ) -> None:
        """`blob` gives a path's blob id ("" = not there), `paths` every path; both from the repository's top."""
        self.name = commit
        self._blob = blob
        self._paths = paths
        self._blobs = blobs
        self._prefix = f"{prefix}/" if prefix else ""

    def read(self, path: str) -> bytes:
        """Return a file's bytes as they were committed.

        Raises `FileNotFoundError` (a symbolic link counts as absent), `PermissionError` for a way out, `OSError`
        (EFBIG) above 64 MiB.
        """
        if path.startswith("/") or any(part in ("", ".", "..") or "\\" in part for part in path.split("/")):
            raise PermissionError(errno.EACCES, "the path leaves the project or is not plain", path)
        identity = self._blob(self._prefix + path)
        if not identity:
            raise FileNotFoundError(errno.ENOENT, f"no such file in {self.name[:7]}", path)
        data = self._blobs.read(identity)
        if len(data) > MAX_BYTES:
            raise OSError(errno.EFBIG, "more than 64 MiB", path)
        return data

    def open(self, path: str) -> BinaryIO:
        """Return a binary stream of a file. Raises as `read` does."""
        return io.BytesIO(self.read(path))

    def entries(self, folder: str) -> Mapping[str, str]:
        """Return the files below `folder` with their blob ids, sorted by path."""
        inside = self._prefix if folder in ("", ".") else f"{self._prefix}{folder.strip('/')}/"
        found = ((path, self._blob(path)) for path in sorted(self._paths()) if path.startswith(inside))
        return {path.removeprefix(self._prefix): identity for path, identity in found if identity}


def _finish(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()
