"""Two versions of one file, as git hands them to an external diff → what the edit means, or the plain difference."""

from difflib import unified_diff
from pathlib import Path

from llmops_cli.errors import LlmopsError
from llmops_cli.load.worktree import MAX_BYTES, Overlay, WorkTree
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.settings import Settings


def difference(path: str, old: Path, new: Path, *, folder: Path, color: bool = False) -> str:
    """Return the report on a file at `path` below `folder`; a side that is git's null device is absent.

    Includes are read from the working tree for both sides. Where a side is no valid prompt, lines are compared.
    """
    from llmops_cli.flow.diff import compared
    from llmops_cli.report.diff_text import text

    before, after = _content(old), _content(new)
    try:
        sides = [_prompt(path, data, folder) if data is not None else None for data in (before, after)]
    except LlmopsError as error:
        return f"{path}: compared line by line, for {error.message}\n{lines(path, before, after)}"
    if sides[0] is None and sides[1] is None:
        return ""
    found = compared(sides[0], sides[1], before_name="old", after_name="new")
    report = text([found], unchanged=0, color=color).rpartition("\n")[0]
    if not found.changes and before != after:
        report += "\n  nothing that a model or a caller sees: comments, order, formatting"
    return f"{report}\n"


def lines(path: str, before: bytes | None, after: bytes | None) -> str:
    """Return the plain unified difference, made safe for a terminal."""
    from llmops_cli.report.sanitize import terminal

    old, new = ((data or b"").decode("utf-8", "replace").splitlines(keepends=True) for data in (before, after))
    one = f"a/{path}" if before is not None else "/dev/null"
    other = f"b/{path}" if after is not None else "/dev/null"
    found = unified_diff(old, new, one, other)
    return "".join(f"{terminal(line.rstrip(chr(10)))}\n" for line in found)


def _content(file: Path) -> bytes | None:
    if str(file) in ("/dev/null", "nul", "NUL"):
        return None
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES)


def _prompt(path: str, data: bytes, folder: Path) -> Prompt:
    """Return the prompt that these bytes are at this path. Raises `LlmopsError` where they are none."""
    from llmops_cli.flow.registry import read_prompt
    from llmops_cli.load.settings import find_root
    from llmops_cli.load.settings import read as read_settings

    place = (folder / path).parent
    root = find_root(place if place.is_dir() else folder)
    disk = WorkTree(root)
    try:
        settings = read_settings(disk)
    except LlmopsError:  # llmops.yaml is broken: the diff of a prompt is shown all the same
        settings = Settings()
    name = (folder.resolve() / path).relative_to(root).as_posix()
    entry, problems = read_prompt(Overlay(disk, name, data), settings, name)
    if entry is None:
        raise LlmopsError(problems[0].message if problems else "no prompt", where=path)
    return entry.prompt
