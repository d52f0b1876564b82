"""Label files `<prompts>/.labels/<environment>.yaml` → Labels: which version of each prompt an environment serves."""

import re
from collections.abc import Mapping
from typing import Any

from llmops_cli.load.document import read as read_document
from llmops_cli.load.ids import is_slug, normal_version
from llmops_cli.load.releases import entries
from llmops_cli.load.yaml_ import parse
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Document, InvalidFilesError, Problem
from llmops_cli.model.release import Label, Split, is_version
from llmops_cli.model.source import Source

FOLDER = ".labels"
SUFFIX = ".yaml"
SCHEMA = "llmops/label@1"
MAX_WEIGHT = 1_000_000
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
HEX = re.compile(r"[0-9a-f]{7,64}")
TAKEN = frozenset({"HEAD", "FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD", "worktree"})
EXAMPLE = "billing/extract-invoice: 3.2.0, or a split {3.2.0: 90, 3.3.0: 10}"


def is_label(name: str) -> bool:
    """Return whether an environment may have this name: a word that is no git revision of another kind."""
    fine = NAME.fullmatch(name) is not None and not name.endswith((".", SUFFIX, ".lock")) and ".." not in name
    return fine and name not in TAKEN and not HEX.fullmatch(name)


def place(folder: str, name: str) -> str:
    """Return the path of a label's file below the prompts folder `folder`."""
    return f"{folder}/{FOLDER}/{name}{SUFFIX}"


def names(tree: Tree, folder: str) -> tuple[str, ...]:
    """Return the names of the labels that are there, sorted."""
    return stored(tree, folder)[0]


def stored(tree: Tree, folder: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the labels, and the paths below the folder that are no label."""
    top = f"{folder}/{FOLDER}"
    stems = {path: path.removeprefix(f"{top}/").removesuffix(SUFFIX) for path in entries(tree, top)}
    good = {path for path, stem in stems.items() if path.endswith(SUFFIX) and is_label(stem)}
    return tuple(sorted(stems[path] for path in good)), tuple(sorted({*stems} - good))


def read(tree: Tree, folder: str, name: str) -> Label | None:
    """Return a label; None where there is no such file. Raises `InvalidFilesError` with every problem."""
    if not is_label(name):
        return None
    label, problems = check(tree, folder, name)
    if problems:
        raise InvalidFilesError(problems)
    return label


def check(tree: Tree, folder: str, name: str) -> tuple[Label | None, list[Problem]]:
    """Return a label as far as it can be read, and what is wrong with its file; None and nothing where it is not."""
    path = place(folder, name)
    document, problems = read_document(tree, path)
    if document is None and problems[0].code == "LF030":
        return None, []
    return _label(document, problems, path, name)


def from_bytes(data: bytes, path: str, name: str) -> Label:
    """Return the label that a file with these bytes would be. Raises `InvalidFilesError` with every problem."""
    label, problems = _label(*parse(data, path), path, name)
    if label is None or problems:
        raise InvalidFilesError(problems)
    return label


def _label(
    document: Document | None, problems: list[Problem], path: str, name: str
) -> tuple[Label | None, list[Problem]]:
    if document is None:
        empty = problems[0].code == "LF011"  # nothing but comments: an environment that serves nothing yet
        return (Label(name, source=Source(path, 1, 1)), []) if empty else (None, problems)
    if document.value is None:
        return Label(name, source=document.where()), problems
    if not isinstance(document.value, dict):
        return None, [*problems, _problem(document, (), "a label file maps prompts to versions", EXAMPLE)]
    serves: dict[str, str | Split] = {}
    for key, value in document.value.items():
        if key == "schema" and value == SCHEMA:
            continue
        wrong = _wrong(document, key, value)
        problems += wrong
        if not wrong:
            serves[key] = dict(value) if isinstance(value, dict) else value
    places = {key: document.where_key(key) for key in serves}
    return Label(name, serves, places, document.where()), problems


def _wrong(document: Document, key: str, value: Any) -> list[Problem]:
    if not is_slug(key):
        return [_problem(document, (key,), f"{key!r} is no id of a prompt", EXAMPLE)]
    if isinstance(value, dict):
        return _wrong_split(document, key, value)
    if isinstance(value, str) and is_version(value):
        return []
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        written = _written(document, document.where(key)) or str(value)
        whole = normal_version(written) or "3.2.0"
        message = f"{written} is a number, no version: YAML readers drop its last zeros"
        return [_problem(document, (key,), message, f"write all three parts: {key}: {whole}")]
    if isinstance(value, str):
        whole = normal_version(value.removeprefix("v"))
        hint = f"write {whole}" if whole else EXAMPLE
        return [_problem(document, (key,), f"{value!r} is no version x.y.z", hint)]
    said = "nothing" if value is None else "a list" if isinstance(value, list) else str(value).lower()
    return [_problem(document, (key,), f"{key} is served as {said}, not as a version", EXAMPLE)]


def _written(document: Document, at: Source) -> str:
    """Return a number as the file has it: `1.10`, not 1.1."""
    found = re.match(r"[-+.0-9A-Za-z]+", document.excerpt(at)[at.column - 1 :])
    return found[0] if found else ""


def _wrong_split(document: Document, key: str, split: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with a split: no version, a weight that is no positive whole number."""
    if not split:
        return [_problem(document, (key,), "a split of no version", EXAMPLE, "LR012")]
    found = []
    for version, weight in split.items():
        if not is_version(version):
            whole = normal_version(version.removeprefix("v"))
            hint = f"write {whole}" if whole else EXAMPLE
            found.append(_problem(document, (key, version), f"{version!r} is no version x.y.z", hint, "LR012"))
        elif not isinstance(weight, int) or isinstance(weight, bool) or not 0 < weight <= MAX_WEIGHT:
            message = f"the weight of {version} must be a whole number from 1 to {MAX_WEIGHT}"
            found.append(_problem(document, (key, version), message, "leave out a version that gets nothing", "LR012"))
    return found


SLUGS = {"LR012": "bad-split", "LR017": "bad-label"}


def _problem(document: Document, path: tuple[str, ...], message: str, hint: str, code: str = "LR017") -> Problem:
    source = document.where(*path)
    return Problem(code, SLUGS[code], "error", source, message, hint, document.excerpt(source))
