"""Our lines in git's attributes and our keys in its configuration: put in, and taken out again to the byte."""

from collections.abc import Callable, Mapping
from pathlib import Path

from llmops_cli.store.atomic import write_bytes

BEGIN, END = "# >>> llmops git install >>>", "# <<< llmops git install <<<"
NEW, JOINED = " (new file)", " (no newline stood above)"
NOTE = "llmops.installed"
"""The key that remembers how the configuration file was before: plain, joined (no newline at its end) or created."""

Change = Callable[..., None]


def with_block(data: bytes | None, lines: tuple[str, ...]) -> bytes:
    """Return an attributes file (None: there is none yet) with our block; another block of ours is replaced."""
    newline = b"\r\n" if data and b"\r\n" in data else b"\n"
    place = _block(data or b"")
    if data is not None and place is not None:
        start, end, begin = place
        return data[:start] + _written(begin, lines, newline) + data[end:]
    joined = bool(data) and not (data or b"").endswith(b"\n")
    begin = BEGIN + (NEW if data is None else JOINED if joined else "")
    return (data or b"") + (newline if joined else b"") + _written(begin, lines, newline)


def without_block(data: bytes) -> bytes | None:
    """Return the file as it was before our block; None where the file was ours alone."""
    place = _block(data)
    if place is None:
        return data
    start, end, begin = place
    before, after = data[:start], data[end:]
    if begin.endswith(JOINED) and not after:
        before = before.removesuffix(b"\n").removesuffix(b"\r")
    left = before + after
    return None if begin.endswith(NEW) and not left else left


def block_lines(data: bytes) -> tuple[str, ...]:
    """Return the lines between our marks; none where there is no block."""
    place = _block(data)
    if place is None:
        return ()
    return tuple(data[place[0] : place[1]].decode("utf-8", "surrogateescape").splitlines()[1:-1])


def write(path: Path, data: bytes | None, *, root: Path | None) -> None:
    """Put a file in place; remove it for None."""
    if data is None:
        path.unlink(missing_ok=True)
    else:
        write_bytes(path, data, root=root)


def set_keys(file: Path, keys: Mapping[str, str], change: Change, *, noted: bool) -> None:
    """Set keys of a configuration file, and note how the file was before, if that is not `noted` yet."""
    data = file.read_bytes() if file.is_file() else None
    how = "created" if data is None else "joined" if data and not data.endswith(b"\n") else "plain"
    if not noted:
        file.parent.mkdir(parents=True, exist_ok=True)
        change(file, NOTE, how)
    for key, value in keys.items():
        change(file, key, value)


def unset_keys(file: Path, keys: tuple[str, ...], how: str, change: Change) -> None:
    """Remove keys of a configuration file; `how` is what was noted when they were set."""
    for key in keys:
        change(file, "--unset-all", key)
    data = file.read_bytes()
    target = file.resolve()  # of a file that a person keeps elsewhere and links to
    if how == "created" and not data:
        target.unlink()
    elif how == "joined" and data.endswith(b"\n"):
        write_bytes(target, data[:-1])


def _written(begin: str, lines: tuple[str, ...], newline: bytes) -> bytes:
    return b"".join(line.encode("utf-8", "surrogateescape") + newline for line in (begin, *lines, END))


def _block(data: bytes) -> tuple[int, int, str] | None:
    """Return where our block begins and ends, and its first line."""
    start = data.find(BEGIN.encode())
    end = data.find(END.encode(), start)
    if start < 0 or end < 0 or (start and data[start - 1 : start] != b"\n"):
        return None
    stop = data.find(b"\n", end)
    first = data[start : data.find(b"\n", start)].decode("utf-8", "replace").rstrip("\r")
    return start, len(data) if stop < 0 else stop + 1, first
