"""A bundle on the web: asked for anew when it is older than its time, while callers go on with the last good one.

The first caller of a process waits (at most `timeout_s`), unless another process fetched the copy on disk just now: a
job that runs once a day would else always be served yesterday's. After that nobody waits: a thread asks, and whatever
comes back that is not a whole, verified bundle changes nothing but `last_error`.
"""

import threading
import time
from collections.abc import Callable

from llmops_cli.errors import LlmopsError
from llmops_cli.load.bundle import BundleError, changed, decode
from llmops_cli.runtime.errors import UnreachableError
from llmops_cli.runtime.fetch import Page, Wish, check_url, fetch, shown
from llmops_cli.runtime.lastgood import LastGood
from llmops_cli.runtime.options import Settings
from llmops_cli.runtime.shelf import BundleShelf, Shelf

RETRY_S = 5.0
LEAST_S = 1.0
# A fetch that is not back after so many deadlines is given up: a header a minute must not stop all that follow.
PATIENCE = 3


class Remote:
    """The bundle behind one URL. Safe to call from many threads."""

    def __init__(self, settings: Settings, report: Callable[[LlmopsError | None], None]) -> None:
        """`report` is told of each fetch: what went wrong, or None. Raises `UsageError` for the URL."""
        check_url(settings.url)
        self._settings = settings
        self._report = report
        self._where = shown(settings.url)
        self._copy = LastGood(settings.cache, settings.url) if settings.cache else None
        self._page: Page | None = None
        self._shelf: BundleShelf | None = None
        self._error: LlmopsError | None = None
        self._due = 0.0
        self._looked = False
        self.renew()

    def renew(self) -> None:
        """Forget the locks and the thread of another process, after a fork."""
        self._lock = threading.Lock()
        self._done: threading.Event | None = None
        self._flight = 0
        self._took_off = 0.0
        if self._shelf is not None:
            self._shelf.renew()

    def shelves(self) -> tuple[Shelf, ...]:
        """Return the last good bundle. Raises `UnreachableError` where there is none yet."""
        with self._lock:
            self._look()
            waiting = self._start() if time.monotonic() >= self._due else self._done
            shelf = self._shelf
            patient = self._error is None and (shelf is None or shelf.source == "last-good")
        if patient and waiting is not None:
            self._wait(waiting)
            shelf = self._shelf
        if shelf is None:
            raise _out_of_reach(self._error, self._where)
        return (shelf,)

    def _wait(self, waiting: threading.Event) -> None:
        """Wait for a first answer; who comes after one that waited in vain does not wait again."""
        if waiting.wait(self._settings.timeout_s):
            return
        with self._lock:
            if self._error is None and self._done is waiting:
                self._error = UnreachableError(f"no answer within {self._settings.timeout_s:g} s", where=self._where)

    def refresh(self) -> None:
        """Ask now and wait. Raises what went wrong; the last good bundle stays."""
        with self._lock:
            self._look()
            waiting = self._start()
        if not waiting.wait(self._settings.timeout_s * PATIENCE):
            raise UnreachableError("no answer", where=self._where)
        if self._error is not None:
            raise self._error

    def _look(self) -> None:
        """Take the copy on disk, once; it counts as fetched where it is younger than `ttl_s`."""
        if self._looked or self._copy is None:
            return
        self._looked = True
        if found := self._copy.read():
            page, age_s = found
            fresh = age_s < self._settings.ttl_s
            try:
                self._shelf = self._shelved(page, "http" if fresh else "last-good")
            except LlmopsError as error:
                self._report(error)
                return
            self._page = page
            self._due = time.monotonic() + self._settings.ttl_s - age_s if fresh else 0.0

    def _start(self) -> threading.Event:
        """Return the event of the fetch under way; of a new one where there is none. The lock is held."""
        now = time.monotonic()
        if self._done is not None and now - self._took_off < self._settings.timeout_s * PATIENCE:
            return self._done
        self._flight += 1
        self._took_off, self._done = now, threading.Event()
        arguments = (self._flight, self._done)
        threading.Thread(target=self._fly, args=arguments, name="llmops-prompts", daemon=True).start()
        return self._done

    def _fly(self, flight: int, done: threading.Event) -> None:
        """Fetch once, in a thread. What it finds counts only if it was not given up in between."""
        settings, known = self._settings, self._page
        marks = (known.etag, known.modified) if known else ("", "")
        try:
            page = fetch(Wish(settings.url, settings.headers, settings.timeout_s, *marks))
            shelf = self._accepted(page) if page is not None else None
        except LlmopsError as error:
            self._land(flight, done, error=error)
        else:
            self._land(flight, done, page=page, shelf=shelf)

    def _land(
        self,
        flight: int,
        done: threading.Event,
        *,
        page: Page | None = None,
        shelf: BundleShelf | None = None,
        error: LlmopsError | None = None,
    ) -> None:
        with self._lock:
            if flight == self._flight:
                self._error, self._done = error, None
                ttl_s = self._settings.ttl_s
                self._due = time.monotonic() + (ttl_s if error is None else min(max(ttl_s, LEAST_S), RETRY_S))
                if shelf is not None:
                    self._page, self._shelf = page, shelf
                elif error is None and self._shelf is not None:
                    self._shelf.source = "http"  # it is what the server has
        self._report(error)
        if error is None and self._copy is not None:
            if page is not None:
                self._copy.write(page)
            else:
                self._copy.touch()
        done.set()

    def _accepted(self, page: Page) -> BundleShelf:
        shelf = self._shelved(page, "http")
        old = self._shelf
        if old is not None and (edited := changed(old.bundle, shelf.bundle)):
            hint = "a release never changes: release a new version"
            hint += f"; to begin anew, remove {self._copy.path}" if self._copy else ""
            raise BundleError(f"has other content for {', '.join(edited[:5])}", where=self._where, hint=hint)
        return shelf

    def _shelved(self, page: Page, source: str) -> BundleShelf:
        shelf = BundleShelf(decode(page.body, self._where), source, self._where)
        shelf.verify()
        return shelf


def _out_of_reach(error: LlmopsError | None, where: str) -> UnreachableError:
    """Return the error for a first bundle that never came whole: a page to sign in is no answer."""
    if error is None:
        return UnreachableError("no answer, and no last good copy", where=where)
    out = UnreachableError(error.message, where=error.where, hint=error.hint)
    out.__cause__ = None if isinstance(error, UnreachableError) else error
    return out
