"""Answers of earlier runs on this machine: `.llmops/cache.sqlite`. Never committed, safe to delete at any time.

Any number of processes may use it at once. Trouble with it (a full disk, a read-only folder, a broken file) costs a
call, never a run.
"""

import contextlib
import json
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from llmops_cli.model.completion import Completion, Request
from llmops_cli.model.recording import RecordingError, from_json, to_json
from llmops_cli.store._claims import Claims
from llmops_cli.store.state import ignore

BUSY_S = 30.0
Work = Callable[[sqlite3.Connection], list[tuple[Any, ...]]]
REPAIR = "f" * 64
BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
TABLE = """CREATE TABLE IF NOT EXISTS answers_1 (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, stored_at INTEGER NOT NULL, answer TEXT NOT NULL)"""


class Cache:
    """The cache file as a layer of answers (`model.ports.Answers`); safe to use from many threads.

    When `put` returns, the answer is there for other processes and a kill does not lose it; answers that come together
    share a transaction. `on_trouble` is told once per kind of trouble.
    """

    def __init__(self, path: Path, redact: Callable[[str], str], on_trouble: Callable[[str], None]) -> None:
        """Open or make the file when first used."""
        self._path = path
        self._redact = redact
        self._on_trouble = on_trouble
        self._told: set[str] = set()
        self._lock = threading.RLock()
        self._claims = Claims(path.with_name(path.name + ".lock"))
        self._database: sqlite3.Connection | None = None
        self._waiting: deque[tuple[bytes, int, str]] = deque()

    def get(self, fingerprint: str) -> Completion | None:
        """Return the answer to the request with this fingerprint; None if it is not known or cannot be read."""
        rows = self._run("SELECT answer FROM answers_1 WHERE key = ?", (_key(fingerprint),))
        try:
            return from_json(json.loads(rows[0][0])) if rows else None
        except (RecordingError, ValueError, TypeError, RecursionError):
            return None

    def put(self, request: Request, answer: Completion) -> None:
        """Keep an answer, redacted. A newer answer to the same request replaces the older one."""
        text = json.dumps(to_json(answer, self._redact), ensure_ascii=False, separators=(",", ":"))
        self._waiting.append((_key(request.fingerprint), int(time.time()), text))
        with self._lock:  # whoever comes first commits what others have brought meanwhile, and they find it done
            rows = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if rows:
                self._try(lambda database: _insert(database, rows))

    @contextlib.contextmanager
    def exclusive(self, fingerprint: str) -> Iterator[None]:
        """Hold the right to ask for this answer: another process that wants it waits, then finds it here."""
        with self._claims.hold(fingerprint):
            yield

    def count(self) -> int:
        """Return how many answers there are."""
        rows = self._run("SELECT count(*) FROM answers_1")
        return int(rows[0][0]) if rows else 0

    def prune(self, older_than_s: float) -> int:
        """Delete answers stored longer ago than that; return how many."""
        before = int(time.time() - older_than_s)
        return len(self._run("DELETE FROM answers_1 WHERE stored_at < ? RETURNING id", (before,)))

    def close(self) -> None:
        """Let go of the file. A later use opens it again."""
        with self._lock:
            if self._database:
                self._database.close()
            self._database = None
        self._claims.close()

    def __enter__(self) -> Self:
        """Return the cache."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _run(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        return self._try(lambda database: database.execute(statement, values).fetchall())

    def _try(self, work: Work) -> list[tuple[Any, ...]]:
        with self._lock:
            for attempt in (1, 2):
                try:
                    return work(self._open())
                except (sqlite3.Error, OSError) as error:
                    if attempt == 1 and _is_broken(error) and self._move_aside():
                        continue
                    self._tell(f"cache {self._path}: {error}; going on without it")
                    return []
        return []

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            ignore(self._path.parent)
            database = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
            try:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = NORMAL")
                database.execute(TABLE)
            except BaseException:
                database.close()
                raise
            self._database = database
        return self._database

    def _move_aside(self) -> bool:
        """Rename a broken file, so that a new one can take its place; return whether that worked."""
        if self._database:
            self._database.close()
        self._database = None
        aside = self._path.with_name(f"{self._path.name}.broken-{time.time_ns()}")
        try:
            with self._claims.hold(REPAIR):
                if _is_sound(self._path):
                    return True  # another process was quicker
                self._path.rename(aside)
                for suffix in ("-wal", "-shm"):
                    self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        except OSError:
            return False
        self._tell(f"the cache was broken and is now {aside.name}; a new one is begun")
        return True

    def _tell(self, message: str) -> None:
        kind = message.split(";", maxsplit=1)[0]
        if kind not in self._told:
            self._told.add(kind)
            self._on_trouble(message)


def _insert(database: sqlite3.Connection, rows: list[tuple[bytes, int, str]]) -> list[tuple[Any, ...]]:
    with contextlib.closing(database.cursor()) as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        try:
            cursor.executemany("INSERT OR REPLACE INTO answers_1 (key, stored_at, answer) VALUES (?, ?, ?)", rows)
            cursor.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # a full disk has rolled back by itself
                cursor.execute("ROLLBACK")
            raise
    return []


def _key(fingerprint: str) -> bytes:
    return bytes.fromhex(fingerprint[:32])


def _is_sound(path: Path) -> bool:
    if not path.exists():
        return True
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=BUSY_S)) as database:
            return bool(database.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)])
    except sqlite3.Error:
        return False


def _is_broken(error: Exception) -> bool:
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in BROKEN
