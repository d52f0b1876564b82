"""Releases and labels on disk: a release is written once and never over another, a label's edit touches one line."""

import re
from collections.abc import Mapping
from pathlib import Path

from llmops_cli.errors import UsageError
from llmops_cli.store.atomic import write_text

VALUE = re.compile(r"""[ \t]+(?:"[^"\n]*"|'[^'\n]*'|\{[^{}\n]*\}|[^\s#{}\[\]"']\S*)?""")


def write_release(root: Path, path: str, text: str) -> Path:
    """Write a release file below `root` and return its path. Raises `UsageError` where there is one: append-only."""
    target = root / path
    if target.is_symlink() or target.exists():
        hint = "a version is released once: give the next one with --bump"
        raise UsageError("there is such a release already", where=path, hint=hint)
    write_text(target, text, root=root)
    return target


def write_label(root: Path, path: str, text: str) -> Path:
    """Write a label file below `root` and return its path."""
    target = root / path
    write_text(target, text, root=root)
    return target


def relabelled(text: str, name: str, line: str, lines: Mapping[str, int]) -> str:
    """Return a label file's text with the entry of one prompt set to `line` (`id: 3.2.0`); all else byte for byte.

    `lines` maps each prompt of the file to the line of its key, from 1. A new entry goes before the first that sorts
    after it, with an empty line between: edits of neighbours then merge, where adjacent lines would conflict.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    rows = re.findall(r"[^\n]*\n|[^\n]+", text)
    if name in lines:
        return "".join(_replaced(rows, lines[name] - 1, line, end, sorted(lines.values())))
    later = [lines[other] - 1 for other in sorted(lines) if other > name]
    return "".join(_inserted(rows, line, end, min(later) if later else None))


def _replaced(rows: list[str], at: int, line: str, end: str, keys: list[int]) -> list[str]:
    """Return the rows with the entry that begins at `at` replaced; a comment behind its value stays."""
    until = min((key - 1 for key in keys if key - 1 > at), default=len(rows))
    while until > at + 1 and _is_between(rows[until - 1]):
        until -= 1
    rest = ""
    if until == at + 1:
        head = rows[at].partition(":")
        value = VALUE.match(head[2]) if head[1] else None
        rest = head[2][value.end() :].rstrip("\r\n") if value else ""
        rest = rest if rest.lstrip().startswith("#") else ""
    ended = rows[until - 1].endswith("\n")
    return [*rows[:at], f"{line}{rest}{end if ended else ''}", *rows[until:]]


def _inserted(rows: list[str], line: str, end: str, before: int | None) -> list[str]:
    if before is None:
        rows = [*rows[:-1], f"{rows[-1]}{end}"] if rows and not rows[-1].endswith("\n") else rows
        gap = [end] if rows and rows[-1].strip() else []
        return [*rows, *gap, f"{line}{end}"]
    above = before
    while above > 0 and rows[above - 1].startswith("#"):
        above -= 1  # what is said of the next entry stays with it; the file's own head stays on top
    before = above or before
    gap = [end] if before > 0 and rows[before - 1].strip() else []
    return [*rows[:before], *gap, f"{line}{end}", end, *rows[before:]]


def _is_between(row: str) -> bool:
    return not row.strip() or row.lstrip().startswith("#")
