"""The last good copy of a fetched bundle on disk: one file, the user's alone, written whole, verified when read."""

import contextlib
import hashlib
import json
import os
import secrets
import stat
import time
from pathlib import Path

from llmops_cli.load.bundle import MAX_BYTES
from llmops_cli.runtime.fetch import Page

MAX_HEAD = 8192
PRIVATE = 0o600


class LastGood:
    """The copy of one URL's bundle. A disk that does not let us write or read is no error: there is then no copy."""

    def __init__(self, folder: Path, url: str) -> None:
        """The file's name is a hash: a URL may hold a signature."""
        self.path = folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.bundle"

    def read(self) -> tuple[Page, float] | None:
        """Return the page and its age in seconds; None for a file that is not there, not ours, or not whole."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except OSError:
            return None
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(descriptor)
            if not _is_ours(status):
                return None
            try:
                data = stream.read(MAX_BYTES + MAX_HEAD)
            except OSError:
                return None
        page = _parse(data)
        return None if page is None else (page, max(0.0, time.time() - status.st_mtime))

    def write(self, page: Page) -> None:
        """Put the page in place of the copy, whole or not at all."""
        head = {"sha256": hashlib.sha256(page.body).hexdigest(), "etag": page.etag, "modified": page.modified}
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(json.dumps(head).encode() + b"\n" + page.body)
                    stream.flush()
                    os.fsync(descriptor)
                temporary.replace(self.path)
            except OSError:
                temporary.unlink(missing_ok=True)

    def touch(self) -> None:
        """Note that the server called the copy current just now."""
        with contextlib.suppress(OSError):
            os.utime(self.path, follow_symlinks=False)


def _is_ours(status: os.stat_result) -> bool:
    """Return whether a file is a regular one that only this user can have written."""
    if not stat.S_ISREG(status.st_mode):
        return False
    if not hasattr(os, "geteuid"):
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _parse(data: bytes) -> Page | None:
    head, newline, body = data.partition(b"\n")
    try:
        said = json.loads(head) if newline and len(head) <= MAX_HEAD else None
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("sha256") != hashlib.sha256(body).hexdigest():
        return None
    return Page(body, str(said.get("etag", "")), str(said.get("modified", "")))
