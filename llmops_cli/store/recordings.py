"""Recordings → files that are committed: one line an answer, sorted by fingerprint, the same bytes each time."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from llmops_cli.errors import FindingsError
from llmops_cli.model.completion import Completion, Request
from llmops_cli.model.recording import FORMAT, SHARDS, Recorded, files, preference, to_json
from llmops_cli.store.atomic import write_bytes

LARGEST_FILE = 5_000_000
Redact = Callable[[str], str]


class Recordings:
    """The recordings of one prompt and eval set as a layer of answers: those that are known, and those that come.

    `new` are the answers put since, by fingerprint; `write` puts them on the disk. A known answer is never replaced.
    """

    def __init__(self, known: Mapping[str, Completion], *, clock: Callable[[], float] = time.time) -> None:
        """Begin with what `load.recordings` read."""
        self._known = known
        self._clock = clock
        self._lock = threading.Lock()
        self.new: dict[str, Recorded] = {}

    def get(self, fingerprint: str) -> Completion | None:
        """Return the recorded answer."""
        found = self.new.get(fingerprint)
        return found.answer if found else self._known.get(fingerprint)

    def put(self, request: Request, answer: Completion) -> None:
        """Keep an answer for `write`."""
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._clock()))
        with self._lock:
            self.new.setdefault(request.fingerprint, Recorded(answer, at))


def write(
    root: Path, stem: str, rows: Mapping[str, Recorded], *, redact: Redact, force: bool = False
) -> tuple[Path, ...]:
    """Merge answers into the recordings at `root / stem` and return the files that changed.

    A line that is there stays as it is, byte for byte, unless `force`. Above 5 MB the file becomes a folder with one
    file per first hex digit. Raises `IncompleteError` where the disk does not let us write.
    """
    paths = [root / name for name in files(stem)]
    before = {path: path.read_bytes() for path in paths if path.is_file()}
    old = _known(before)
    new = {key: _line(key, row, redact) for key, row in rows.items() if force or key not in old}
    after = _layout(root, stem, old | new)
    changed = [path for path, data in after.items() if before.get(path) != data]
    for path in changed:
        write_bytes(path, after[path], root=root)
    gone = [path for path in before if path not in after]
    for path in gone:
        path.unlink()
    return tuple(sorted([*changed, *gone]))


def _known(contents: Mapping[Path, bytes]) -> dict[str, bytes]:
    """Return the lines that count, by fingerprint: of two answers to one request, as a merge leaves them, one."""
    found: dict[str, tuple[bytes, Mapping[str, object]]] = {}
    for path, data in contents.items():
        for key, line, row in _lines(path, data):
            if key not in found or preference(row) < preference(found[key][1]):
                found[key] = (line, row)
    return {key: line for key, (line, _) in found.items()}


def _layout(root: Path, stem: str, lines: Mapping[str, bytes]) -> dict[Path, bytes]:
    ordered = [lines[key] for key in sorted(lines)]
    if not ordered:
        return {}
    whole = b"\n".join(ordered) + b"\n"
    if len(whole) <= LARGEST_FILE:
        return {root / f"{stem}.jsonl": whole}
    shards = {digit: [lines[key] for key in sorted(lines) if key[0] == digit] for digit in SHARDS}
    return {root / f"{stem}/{digit}.jsonl": b"\n".join(part) + b"\n" for digit, part in shards.items() if part}


def _line(fingerprint: str, row: Recorded, redact: Redact) -> bytes:
    value = {"fingerprint": fingerprint, "format": FORMAT, **to_json(row.answer, redact), "recorded_at": row.at}
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def _lines(path: Path, data: bytes) -> Iterator[tuple[str, bytes, Mapping[str, object]]]:
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
                yield str(row["fingerprint"]), line.rstrip(b"\r"), row
            except (ValueError, KeyError, TypeError, RecursionError):
                hint = "repair or delete the line (a merge may have left a marker), then record again"
                raise FindingsError("is no recording", where=f"{path}:{number}", hint=hint) from None
