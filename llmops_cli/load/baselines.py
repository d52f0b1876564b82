"""Committed baselines → arms, each verified: what was edited, cut or moved is named, never silently used."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from llmops_cli.load.baseline_lines import LineError, header, parse, row, uneven
from llmops_cli.load.codes import found as problem
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError, Problem
from llmops_cli.model.run import Arm, Json, Row, seal_of
from llmops_cli.model.source import Source

SHORT = 12
DEPTH = 3
LONGEST_HEADER = 1 << 20
NOTHING = Arm("", "", "", "", {}, {})
MARKS = (b"<<<<<<< ", b"=======\n", b">>>>>>> ", b"||||||| ")
HINT = (
    "`git log -- {path}` shows when it was good: git checkout COMMIT -- {path}; or remove it and store it anew: "
    "llmops eval run ID --repeat 5, then llmops baseline accept ID --reason …"
)
UNMERGED = "take one side (git checkout --ours or --theirs), or unite both runs: llmops baseline merge {path}"


def read(tree: Tree, folder: str, prompt: str, evalset: str, digest: str) -> Arm | None:
    """Return the baseline of a prompt digest (its first 12 digits do) on an eval set; None where none is stored.

    Raises `InvalidFilesError` with every problem of the file.
    """
    path = _place(folder, prompt, evalset, digest)
    try:
        content = tree.read(path).replace(b"\r\n", b"\n")  # a checkout may have its own line ends
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise InvalidFilesError([_problem("LB001", Source(path), f"cannot be read: {error}")]) from None
    arm, problems = _check(path, folder, content)
    if not problems and not arm.digest.startswith(digest):
        message = f"is the baseline of digest {arm.digest}, not of {digest}"
        problems = [_problem("LB007", Source(path, 1, 1), message)]
    if problems:
        raise InvalidFilesError(problems)
    return arm


def stored(tree: Tree, folder: str) -> tuple[tuple[str, str, str, str], ...]:
    """Return (prompt, eval set, digest12, path) of every baseline file, sorted by path."""
    found = []
    for path in tree.entries(folder):
        parts = PurePosixPath(path).relative_to(folder).parts
        if path.endswith(".jsonl") and len(parts) >= DEPTH:
            prompt, evalset = _names(tree, path, folder, parts[:-1])
            found.append((prompt, evalset, parts[-1].removesuffix(".jsonl"), path))
    return tuple(sorted(found, key=lambda entry: entry[3]))


def verify(tree: Tree, folder: str) -> list[Problem]:
    """Return every problem of every baseline file, in the order of files and lines."""
    problems = [one for *_, path in stored(tree, folder) for one in check(tree, folder, path)[1]]
    return sorted(problems, key=lambda one: one.order)


def check(tree: Tree, folder: str, path: str) -> tuple[Arm, list[Problem]]:
    """Return one baseline file that is there as far as it can be read, and what is wrong with it."""
    try:
        content = tree.read(path).replace(b"\r\n", b"\n")  # a checkout may have its own line ends
    except PermissionError as error:
        return NOTHING, [_problem("LB001", Source(path), f"cannot be read: {error}")]
    return _check(path, folder, content)


def peek(tree: Tree, folder: str, prompt: str, evalset: str, digest: str) -> Arm | None:
    """Return what the header of a baseline says, without its cases; None where there is none that can be read."""
    try:
        with tree.open(_place(folder, prompt, evalset, digest)) as file:
            return header(parse(file.readline(LONGEST_HEADER)))
    except (LineError, OSError):
        return None


def from_bytes(content: bytes, folder: str, path: str) -> Arm:
    """Return the baseline that a file with these bytes would be, wherever it lies; `path` is how messages call it.

    Raises `InvalidFilesError` with every problem.
    """
    arm, problems = _check(path, folder, content.replace(b"\r\n", b"\n"))
    problems = [one for one in problems if one.code != "LB007"]
    if problems:
        raise InvalidFilesError(problems)
    return arm


def _names(tree: Tree, path: str, folder: str, parts: tuple[str, ...]) -> tuple[str, str]:
    """Return the ids of prompt and eval set. Both may have slashes; then the header says where one ends."""
    by_path = ("/".join(parts[:-1]), parts[-1])
    if len(parts) < DEPTH:
        return by_path
    try:
        with tree.open(path) as file:
            arm = header(parse(file.readline(LONGEST_HEADER)))
    except (LineError, OSError):
        return by_path
    return (arm.prompt, arm.evalset) if _place(folder, arm.prompt, arm.evalset, arm.digest) == path else by_path


def _check(path: str, folder: str, content: bytes) -> tuple[Arm, list[Problem]]:
    """Return the arm as far as it could be read, and what is wrong with the file."""
    first, _, rest = content.partition(b"\n")
    problems: list[Problem] = []
    arm = NOTHING
    marked = next((at for at, line in enumerate(content.splitlines(keepends=True), 1) if line.startswith(MARKS)), 0)
    if marked:
        hint = UNMERGED.format(path=path)
        return arm, [
            problem("LB009", Source(path, marked, 1), "git's marks of a conflict stand in the file", hint=hint)
        ]
    value: dict[str, Json] = {}
    try:
        value = parse(first)
        arm = header(value)
    except LineError as error:
        problems.append(_problem(error.code or "LB001", Source(path, 1, 1), f"the header {error}"))
    else:
        problems += _check_header(path, folder, arm)
        problems += _check_sum(path, rest, value.get("sha256"))
        problems += _check_seal(path, value)
    rows: dict[str, Row] = {}
    problems += _read_rows(path, rest, rows, len(arm.runs))
    if value.get("cases", len(rows)) != len(rows) and not problems:
        message = f"the header says {value['cases']} cases, and {len(rows)} stand below it"
        problems.append(_problem("LB012", Source(path, 1, 1), message))
    return replace(arm, rows=rows), problems


def _check_header(path: str, folder: str, arm: Arm) -> Iterator[Problem]:
    place = _place(folder, arm.prompt, arm.evalset, arm.digest)
    if place != path:
        yield _problem("LB007", Source(path, 1, 1), f"the header belongs to {place}")


def _check_sum(path: str, rest: bytes, stated: object) -> Iterator[Problem]:
    found = hashlib.sha256(rest).hexdigest()
    if stated != found:
        message = f"the lines below are not those that were written: their sha256 is {found}, the header says {stated}"
        yield _problem("LB002", Source(path, 1, 1), message)


def _check_seal(path: str, value: dict[str, Json]) -> Iterator[Problem]:
    """Yield a problem where the header is not as it was written; files from before there was a seal have none."""
    if "seal" in value and value["seal"] != (found := seal_of(value)):
        message = f"the header is not the one that was written: its sha256 is {found}, its seal says {value['seal']}"
        yield _problem("LB008", Source(path, 1, 1), message)


def _read_rows(path: str, rest: bytes, rows: dict[str, Row], runs: int) -> Iterator[Problem]:
    lines = rest.split(b"\n")
    last = lines.pop()
    if last:
        yield _problem("LB012", Source(path, len(lines) + 2, 1), "the last line was cut short")
    previous = ""
    for number, line in enumerate(lines, 2):
        source = Source(path, number, 1)
        try:
            found = row(parse(line))
        except LineError as error:
            yield _problem(error.code or "LB003", source, f"the line {error}")
            continue
        yield from _check_row(source, found, previous, rows)
        if why := uneven(found, runs):
            yield _problem("LB006", source, f"case {found.case!r}: {why}")
        rows[found.case] = found
        previous = found.case


def _check_row(source: Source, found: Row, previous: str, rows: dict[str, Row]) -> Iterator[Problem]:
    if found.case in rows:
        yield _problem("LB004", source, f"case {found.case!r} stands twice")
    elif found.case < previous:
        yield _problem("LB005", source, f"case {found.case!r} stands after {previous!r}: lines are sorted by case id")


def _place(folder: str, prompt: str, evalset: str, digest: str) -> str:
    return f"{folder}/{prompt}/{evalset}/{digest[:SHORT]}.jsonl"


def _problem(code: str, source: Source, message: str) -> Problem:
    return problem(code, source, message, hint=HINT.format(path=source.path))
