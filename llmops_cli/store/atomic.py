"""A file, written whole or not at all."""

import contextlib
import os
import secrets
from pathlib import Path

from llmops_cli.errors import IncompleteError, UsageError


def write_text(path: Path, text: str, *, root: Path | None = None) -> None:
    """Write `text` as UTF-8, as `write_bytes` does."""
    write_bytes(path, text.encode("utf-8"), root=root)


def write_bytes(path: Path, data: bytes, *, root: Path | None = None) -> None:
    """Put `data` at `path`: a reader sees the old file or the new one, also after a crash.

    Makes the folders. Raises `UsageError` where the target (or, with `root`, a folder between) is a symbolic link,
    `IncompleteError` where the disk is full or does not let us write.
    """
    _refuse_links(path, root)
    temporary = path.with_name(f".{path.name[:100]}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write_new(temporary, data, path)
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(path.parent)
    except OSError as error:
        hint = "free some space or make the folder writable, then run the command again"
        raise IncompleteError(f"cannot write: {error.strerror or error}", where=str(path), hint=hint) from error


def _refuse_links(path: Path, root: Path | None) -> None:
    between = [part for part in path.parents if root in part.parents] if root else []
    for part in (path, *between):
        if part.is_symlink():
            hint = "replace the link by a real file or folder: what is written must stay inside the project"
            raise UsageError("is a symbolic link, and is not written through", where=str(part), hint=hint)


def _write_new(temporary: Path, data: bytes, path: Path) -> None:
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # the umask takes its part
    with os.fdopen(descriptor, "wb") as stream:
        with contextlib.suppress(FileNotFoundError):
            os.fchmod(descriptor, path.stat().st_mode & 0o777)
        stream.write(data)
        stream.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make the new name last; a file system that cannot do this for folders has its own way."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
