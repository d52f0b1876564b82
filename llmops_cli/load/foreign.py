"""Another tool's file or folder → its bytes by path: no symbolic link, nothing huge, nothing that is no text."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from llmops_cli.errors import UsageError
from llmops_cli.load.worktree import WorkTree

MAX_FILES = 5_000
MOST_PATHS = 50_000
MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_BYTES = 128 * 1024 * 1024
NOT_READ = frozenset((".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv"))


@dataclass(slots=True)
class Read:
    """The text files by path (with `/`), and what was left out, each with the reason."""

    files: dict[str, bytes] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def read(source: Path, *, beside: tuple[str, ...] = ()) -> Read:
    """Return a file under its own name, or every file of a folder.

    A file comes with those of its folder that end in one of `beside`.

    Raises `UsageError` for what is not there, is no text, or is too large.
    """
    if source.is_symlink() or not source.exists():
        what = "is a symbolic link, and is not followed" if source.is_symlink() else "is not there"
        raise UsageError(what, where=str(source), hint="name the file or folder itself")
    if source.is_dir():
        return _folder(source)
    found = Read()
    _take(WorkTree(source.absolute().parent), source.name, found)
    if source.name not in found.files:
        raise UsageError(found.left_out[0].partition(": ")[2], where=str(source), hint="name a text file")
    if beside:
        rest = _folder(source.absolute().parent, beside)
        rest.files |= found.files
        rest.left_out = [note for note in rest.left_out if note.partition(": ")[0].endswith(beside)]
        return rest
    return found


def _folder(folder: Path, suffixes: tuple[str, ...] = ("",)) -> Read:
    found, tree, size = Read(), WorkTree(folder), 0
    for path in sorted(path for path in _paths(folder, "", found) if path.endswith(suffixes)):
        _take(tree, path, found)
        size += len(found.files.get(path, b""))
        if len(found.files) > MAX_FILES or size > MAX_BYTES:
            hint = "name the folder that holds the prompts, or one file"
            raise UsageError(f"more than {MAX_FILES} files, or 128 MiB", where=str(folder), hint=hint)
    return found


def _paths(folder: Path, prefix: str, found: Read) -> list[str]:
    paths: list[str] = []
    try:
        with os.scandir(folder) as opened:
            children = sorted(opened, key=lambda child: child.name)
    except OSError as error:
        found.left_out.append(f"{prefix}: cannot be read: {error.strerror or error}")
        return []
    for child in children:
        path = f"{prefix}{child.name}"
        if child.is_symlink():
            found.left_out.append(f"{path}: is a symbolic link, and is not followed")
        elif child.is_dir():
            paths += _paths(Path(child.path), f"{path}/", found) if child.name not in NOT_READ else []
        else:
            paths.append(path)
        if len(paths) > MOST_PATHS:
            hint = "name the folder that holds the prompts; a file is best put into one of its own"
            raise UsageError(f"more than {MOST_PATHS} files", where=str(folder), hint=hint)
    return paths


def _take(tree: WorkTree, path: str, found: Read) -> None:
    """Read one file, or say why not."""
    try:
        with tree.open(path) as stream:
            too_large = os.fstat(stream.fileno()).st_size > MAX_FILE_BYTES
            data = b"" if too_large else stream.read(MAX_FILE_BYTES + 1)
        plain = stat.S_ISREG((tree.root / path).lstat().st_mode)
    except OSError as error:
        found.left_out.append(f"{path}: cannot be read: {error.strerror or error}")
        return
    if too_large or len(data) > MAX_FILE_BYTES:
        found.left_out.append(f"{path}: larger than 16 MiB")
    elif not plain or b"\0" in data:
        found.left_out.append(f"{path}: is no text")
    else:
        found.files[path] = data
