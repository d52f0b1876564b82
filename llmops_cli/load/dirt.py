"""Whether the working tree differs from HEAD, found without running a filter, a hook or an fsmonitor.

`git status` may run programs that the repository's configuration names. This compares the lists of HEAD and the
index, and of each file its time and size with the index; where those do not settle it, the file's own hash.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from llmops_cli.load.plumbing import blob_id

Git = Callable[..., bytes]
"""Arguments of git → its output. Raises `GitError`."""

SYMLINK, SUBMODULE, FOLDER = "120000", "160000", "040000"
ASSUME_VALID, SKIP_WORKTREE = 0x8000, 0x40000000
_STAT = re.compile(
    rb"  ctime: (\d+:\d+)\n  mtime: (\d+:\d+)\n  dev: \d+\tino: \d+\n  uid: \d+\tgid: \d+\n"
    rb"  size: (\d+)\tflags: ([0-9a-f]+)\n"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A working tree: its folder, its index file, the hash of its repository, and whether it is a sparse checkout."""

    top: Path
    index: Path
    object_format: str
    sparse: bool = False


class Staged(NamedTuple):
    """An entry of the index: a file's path, mode and blob id; and its times and size then, as git notes them."""

    path: bytes
    mode: str
    id: str
    changed: str = ""
    modified: str = ""
    size: int = -1
    flags: int = 0


def is_dirty(git: Git, place: Place, *, folder: str, unborn: bool) -> bool:
    """Return whether anything below `folder` differs from HEAD: staged, changed, deleted, or new and not ignored."""
    where = folder or "."
    flags = ("--sparse",) if place.sparse else ()
    staged = list(_staged(git("ls-files", *flags, "--stage", "--debug", "-z", "--", where)))
    committed = set() if unborn else set(_committed(git("ls-tree", "-r", "-z", "--full-tree", "HEAD", *_path(folder))))
    for entry in [entry for entry in staged if entry.mode == FOLDER]:
        if git("rev-parse", "HEAD:" + os.fsdecode(entry.path.rstrip(b"/"))).strip() == entry.id.encode():
            staged.remove(entry)
            committed = {one for one in committed if not one[0].startswith(entry.path)}
    if {(entry.path, entry.mode, entry.id) for entry in staged} != committed:
        return True
    written = place.index.stat().st_mtime_ns if place.index.exists() else 0
    if any(_differs(entry, place.top, written, place.object_format) for entry in staged):
        return True
    return bool(git("ls-files", "--others", "--exclude-standard", "-z", "--", where))


def _path(folder: str) -> tuple[str, ...]:
    return (f"{folder.strip('/')}/",) if folder.strip("/") else ()


def _committed(listing: bytes) -> Iterator[tuple[bytes, str, str]]:
    for line in listing.split(b"\0")[:-1]:
        meta, _, path = line.partition(b"\t")
        mode, _, identity = meta.decode("ascii").split(" ")
        yield path, mode, identity


def _staged(listing: bytes) -> Iterator[Staged]:
    """Yield the entries; each is `mode id stage TAB path NUL` and then git's notes on its time, size and flags."""
    position = 0
    while position < len(listing):
        end = listing.index(b"\0", position)
        meta, _, path = listing[position:end].partition(b"\t")
        mode, identity, stage = meta.decode("ascii").split(" ")
        notes = _STAT.match(listing, end + 1)
        position = notes.end() if notes else end + 1
        if stage != "0":  # a conflict: no committed entry looks like it
            yield Staged(path, mode, f"{identity} {stage}")
        elif notes:
            changed, modified, size, flags = (note.decode("ascii") for note in notes.groups())
            yield Staged(path, mode, identity, changed, modified, int(size), int(flags, 16))
        else:
            yield Staged(path, mode, identity)


def _differs(entry: Staged, top: Path, written: int, object_format: str) -> bool:
    if entry.mode == SUBMODULE or entry.flags & (ASSUME_VALID | SKIP_WORKTREE):
        return False
    target = top / os.fsdecode(entry.path)
    try:
        found = os.lstat(target)
    except (FileNotFoundError, NotADirectoryError):
        return True
    if stat.S_ISLNK(found.st_mode) != (entry.mode == SYMLINK):
        return True
    return not _same_time(entry, found, written) and not _same_content(entry, target, object_format)


def _same_time(entry: Staged, found: os.stat_result, written: int) -> bool:
    """Return whether times and size prove the file unchanged: not if it was as young as the index itself."""
    if entry.size != found.st_size & 0xFFFFFFFF or found.st_mtime_ns >= written:
        return False
    return (entry.changed, entry.modified) == (_noted(found.st_ctime_ns), _noted(found.st_mtime_ns))


def _noted(time_ns: int) -> str:
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    return f"{seconds}:{nanoseconds}"


def _same_content(entry: Staged, target: Path, object_format: str) -> bool:
    if entry.mode == SYMLINK:
        return blob_id(os.fsencode(target.readlink()), object_format) == entry.id
    if not target.is_file():
        return False
    data = target.read_bytes()
    # A checkout with CRLF line ends (core.autocrlf) is no change.
    return entry.id in (blob_id(data, object_format), blob_id(data.replace(b"\r\n", b"\n"), object_format))
