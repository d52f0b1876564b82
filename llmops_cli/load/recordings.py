"""Recordings of one prompt and eval set → answers by fingerprint, from the working tree or a commit.

Of two answers to one request, as a merge of two branches keeps them, the one that was given first counts.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

from llmops_cli.load import jsonl
from llmops_cli.load.codes import CODES
from llmops_cli.model.completion import Completion
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError, Problem
from llmops_cli.model.recording import (
    FINGERPRINT,
    FORMAT,
    Json,
    RecordingError,
    files,
    from_json,
    preference,
    says_other,
    stem,
)
from llmops_cli.model.source import Source

ABSENT = (FileNotFoundError, NotADirectoryError)
MARKS = ("<<<<<<< ", "=======", ">>>>>>> ", "||||||| ")
DELETE = "delete the line and record again"
UNITE = "keep the lines of both sides and take the marks out: of two answers to one request the first given counts"
EITHER = "nothing need be done; deleting the later line settles it for good"


@dataclass(slots=True)
class _Known:
    """What was read so far: answers by fingerprint, and the lines that they are from."""

    answers: dict[str, Completion] = field(default_factory=dict)
    rows: dict[str, dict[str, Json]] = field(default_factory=dict)


def read(tree: Tree, folder: str, prompt: str, evalset: str) -> dict[str, Completion]:
    """Return the recorded answers, {} where there are none. Raises `InvalidFilesError` with every bad line."""
    known = _Known()
    problems = [one for path in files(stem(folder, prompt, evalset)) for one in _into(known, tree, path)]
    errors = [one for one in problems if one.severity == "error"]
    if errors:
        raise InvalidFilesError(errors)
    return known.answers


def verify(tree: Tree, folder: str) -> list[Problem]:
    """Return what is wrong with the lines of every recordings file, in the order of files and lines."""
    paths = [path for path in tree.entries(folder) if path.endswith(".jsonl")]
    return [one for path in paths for one in _into(_Known(), tree, path)]


def _into(known: _Known, tree: Tree, path: str) -> Iterator[Problem]:
    """Add the answers of a file, and yield what is wrong with it; marks of a conflict once."""
    marked = False
    for line in _lines(tree, path):
        if not isinstance(line, Problem):
            found = _keep(line, path, known)
            if found is not None:
                yield found
        elif not line.excerpt.startswith(MARKS):
            yield replace(line, hint=line.hint or DELETE)
        elif not marked:
            marked = True
            yield _problem("LR003", path, line.source.line, "git's marks of a conflict stand in the file", UNITE)


def _lines(tree: Tree, path: str) -> Iterator[jsonl.Line | Problem]:
    try:
        stream = tree.open(path)
    except ABSENT:
        return
    except OSError:
        yield _problem("LR001", path, 1, "cannot be read: it must be a regular file inside the project")
        return
    with closing(stream):
        yield from jsonl.read(stream, path)


def _keep(line: jsonl.Line, path: str, known: _Known) -> Problem | None:
    key, number = line.value.get("fingerprint"), line.value.get("format")
    if not isinstance(key, str) or not FINGERPRINT.fullmatch(key):
        return _problem("LR001", path, line.number, "fingerprint is not 64 hex digits")
    if number != FORMAT:
        hint = "a newer llmops wrote it: update this one, or record again"
        return _problem("LR001", path, line.number, f"format {number!r} is not known", hint)
    try:
        answer = from_json(line.value)
    except RecordingError as error:
        return _problem("LR001", path, line.number, str(error))
    before = known.answers.get(key)
    if before is None or preference(line.value) < preference(known.rows[key]):
        known.answers[key], known.rows[key] = answer, line.value
    if before is None or not says_other(before, answer):
        return None
    found = _problem("LR002", path, line.number, f"another answer to {key[:12]} stands before", EITHER)
    return replace(found, severity="warning")


def _problem(code: str, path: str, line: int, message: str, hint: str = DELETE) -> Problem:
    return Problem(code, CODES[code][0], "error", Source(path, line, 1), message, hint)
