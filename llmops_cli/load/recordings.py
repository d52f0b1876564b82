"""Recordings of one prompt and eval set → answers by fingerprint, from the working tree or a commit."""

from collections.abc import Iterator
from contextlib import closing

from llmops_cli.load import jsonl
from llmops_cli.model.completion import Completion
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError, Problem
from llmops_cli.model.recording import FINGERPRINT, FORMAT, RecordingError, files, from_json, stem
from llmops_cli.model.source import Source

CODES = {
    "LR001": ("bad-recording", "A line of a recordings file that is no recorded answer."),
    "LR002": ("two-recordings", "Two different recorded answers to one request: a merge kept both. Delete one line."),
}
ABSENT = (FileNotFoundError, NotADirectoryError)


def read(tree: Tree, folder: str, prompt: str, evalset: str) -> dict[str, Completion]:
    """Return the recorded answers, {} where there are none. Raises `InvalidFilesError` with every bad line."""
    answers: dict[str, Completion] = {}
    problems: list[Problem] = []
    for path in files(stem(folder, prompt, evalset)):
        for line in _lines(tree, path):
            found = line if isinstance(line, Problem) else _keep(line, path, answers)
            if found is not None:
                problems.append(found)
    if problems:
        raise InvalidFilesError(problems)
    return answers


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


def _keep(line: jsonl.Line, path: str, answers: dict[str, Completion]) -> Problem | None:
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
    if answers.setdefault(key, answer) != answer:
        return _problem("LR002", path, line.number, f"another answer to {key[:12]} stands before", CODES["LR002"][1])
    return None


def _problem(code: str, path: str, line: int, message: str, hint: str = "delete the line and record again") -> Problem:
    return Problem(code, CODES[code][0], "error", Source(path, line, 1), message, hint)
