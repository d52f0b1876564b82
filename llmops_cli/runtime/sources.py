"""Where prompts are read from in this process: a bundle file, and installed wheels."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from llmops_cli.errors import LlmopsError, UsageError
from llmops_cli.load.bundle import MAX_BYTES, BundleError, changed, decode
from llmops_cli.runtime.errors import UnreachableError
from llmops_cli.runtime.shelf import BundleShelf, Shelf

GROUP = "llmops.prompts"
RESOURCE = "prompts.bundle.json"
Report = Callable[[LlmopsError | None], None]
Mark = tuple[int, int, int]


class Source(Protocol):
    """One place of the chain. Its shelves are of equal rank: an id on two of them is an error."""

    def shelves(self) -> tuple[Shelf, ...]:
        """Return what it holds now. Raises `UnreachableError`, or `BundleError` for what does not verify."""
        ...

    def refresh(self) -> None:
        """Look again now. Raises what went wrong."""
        ...

    def renew(self) -> None:
        """Forget what another process holds, after a fork."""
        ...


class BundleFile:
    """A bundle file. It is read again when it was replaced; a bad one never takes the place of a good one."""

    def __init__(self, path: Path, report: Report) -> None:
        """`report` is told of a replacement that was refused."""
        self._path = path
        self._report = report
        self._mark: Mark | None = None
        self._shelf: BundleShelf | None = None
        self.renew()

    def renew(self) -> None:
        """Forget the lock of another process."""
        self._lock = threading.Lock()
        if self._shelf is not None:
            self._shelf.renew()

    def shelves(self) -> tuple[Shelf, ...]:
        """Return the bundle. Raises `UnreachableError` for a file that is not there at all."""
        try:
            return (self._looked(),)
        except LlmopsError as error:
            if self._shelf is None:
                raise
            self._report(error)
            return (self._shelf,)

    def refresh(self) -> None:
        """Look again now."""
        self._looked()

    def _looked(self) -> BundleShelf:
        try:
            status = self._path.stat()
        except OSError as error:
            raise _unreadable(self._path, error) from error
        mark = (status.st_mtime_ns, status.st_size, status.st_ino)
        if self._shelf is not None and mark == self._mark:
            return self._shelf
        with self._lock:
            if self._shelf is None or mark != self._mark:
                old, self._mark = self._shelf, mark  # a bad file is looked at once, not at every call
                self._shelf = self._read(old)
            return self._shelf

    def _read(self, old: BundleShelf | None) -> BundleShelf:
        try:
            with self._path.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise _unreadable(self._path, error) from error
        bundle = decode(data, str(self._path))
        if old is not None and (edited := changed(old.bundle, bundle)):
            hint = "a release never changes: release a new version"
            raise BundleError(f"has other content for {', '.join(edited[:5])}", where=str(self._path), hint=hint)
        return BundleShelf(bundle, "bundle", str(self._path))


class Wheels:
    """Installed packages that bring a bundle: entry points of the group `llmops.prompts`."""

    def __init__(self, only: str) -> None:
        """`only` is the name of the one to look in; "" for all that are installed."""
        self._only = only
        self._shelves: tuple[BundleShelf, ...] | None = None

    def renew(self) -> None:
        """Forget what another process holds."""
        for shelf in self._shelves or ():
            shelf.renew()

    def shelves(self) -> tuple[Shelf, ...]:
        """Return a shelf for each wheel, read once: what is installed does not change while a program runs."""
        if self._shelves is None:
            self._shelves = self._read()
        return self._shelves

    def refresh(self) -> None:
        """Look again now."""
        self._shelves = self._read()

    def _read(self) -> tuple[BundleShelf, ...]:
        from importlib.metadata import entry_points  # 25 ms, for an application that has another source

        points = {_same(point.name): (point.name, point.module) for point in entry_points(group=GROUP)}
        wanted = _same(self._only)
        if wanted and wanted not in points:
            hint = f"installed: {', '.join(sorted(points)) or 'none'}; `llmops prompt bundle --wheel NAME` writes one"
            raise UsageError(f"no wheel {self._only!r} brings prompts", hint=hint)
        return tuple(_of_wheel(*points[name]) for name in ([wanted] if wanted else sorted(points)))


def _same(name: str) -> str:
    """Return the name as package indexes compare them: `Acme.Prompts` is `acme-prompts`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _of_wheel(name: str, module: str) -> BundleShelf:
    from importlib.resources import files

    try:
        data = files(module).joinpath(RESOURCE).read_bytes()
    except (ImportError, OSError) as error:
        hint = "install it again, or `prompts.configure(wheel=False)` to do without"
        raise BundleError(f"the wheel {name} has no {RESOURCE}: {error}", hint=hint) from error
    where = f"{name}/{RESOURCE}"
    return BundleShelf(decode(data, where), f"wheel:{name}", where)


def _unreadable(path: Path, error: OSError) -> UnreachableError:
    hint = "write it with `llmops prompt bundle -o …`, or name another in LLMOPS_BUNDLE"
    return UnreachableError(f"cannot be read: {error.strerror or error}", where=str(path), hint=hint)
