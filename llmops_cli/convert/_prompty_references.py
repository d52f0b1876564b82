"""`${env:…}` and `${file:…}` in a `.prompty` file. The environment is never read, files only beside the prompt."""

import posixpath
import re
from typing import Any

from llmops_cli.convert._draft import Draft
from llmops_cli.convert._source import beside, json_of, text_of, yaml_of
from llmops_cli.model.exchange import Files

Json = Any

_REFERENCE = re.compile(r"\$\{(\w+):(.*)\}", re.DOTALL)
_SECRET = re.compile(r"(?i)(api_?key|secret|password|access_?token|credential)$")
_CONNECTION = re.compile(r"(?:model|tools\.\d+)\.(?:connection|configuration)\b")
_QUIET = ("model", "metadata", "tools")
MAX_FILES = 64


def resolved(draft: Draft, header: dict[str, Json], files: Files) -> dict[str, Json]:
    """Return the header with the files that it names read in; what cannot be is reported and stays as it is.

    A connection is kept as it stands, for no prompt of ours names one; a key in plain text is left out and reported.
    """
    left = [MAX_FILES]
    return {key: _value(draft, value, key, files, left) for key, value in header.items()}


def _value(draft: Draft, value: Json, path: str, files: Files, left: list[int]) -> Json:
    if isinstance(value, dict):
        return {
            key: _value(draft, inner, f"{path}.{key}", files, left)
            for key, inner in value.items()
            if not _is_secret(draft, key, inner, path)
        }
    if isinstance(value, list):
        return [_value(draft, inner, f"{path}.{index}", files, left) for index, inner in enumerate(value)]
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    if found[1].lower() == "file":
        return _file(draft, value, path, files, left)
    if found[1].lower() == "env":
        hint = "the environment is never read: write the value, or leave it to the program"
        if path.split(".", 1)[0] in _QUIET:
            draft.note(f"{draft.path}: {path} is {value}: the environment is not read; it stays as it is")
        else:
            draft.lose(path, f"{value} would be text here", hint)
        return value
    draft.lose(path, f"the reference {value} is not known", "${env:…} or ${file:…}")
    return value


def _is_secret(draft: Draft, key: str, value: Json, path: str) -> bool:
    """Report and return whether the value is a key in plain text."""
    if not _SECRET.search(key) or not isinstance(value, str) or not value or value.startswith("${"):
        return False
    hint = "write ${env:NAME} there; a key belongs into no repository"
    draft.lose(f"{path}.{key}", "a key in plain text is not copied", hint)
    return True


def _file(draft: Draft, value: str, path: str, files: Files, left: list[int]) -> Json:
    target = value[value.index(":") + 1 : -1]
    inside = posixpath.dirname(draft.path)
    place = beside(files, draft.path, target)
    left[0] -= 1
    if place is None or (inside and not place.startswith(f"{inside}/")) or left[0] < 0:
        hint = "import the folder that holds both; a file outside the prompt's own folder is never read"
        draft.lose(path, f"the file {target} is not read: it is outside, or not among the files given", hint)
        return value
    if _CONNECTION.match(path):  # how to reach the model is the program's business, and may hold a key
        draft.note(f"{draft.path}: {path} stays {value}")
        return value
    draft.note(f"{draft.path}: {path} is written into the prompt from {place}")
    text = text_of(files[place], place)
    if place.endswith(".json"):
        read = json_of(text, place)
    else:
        read = yaml_of(text, place) if place.endswith((".yaml", ".yml")) else text
    # One level: a file that is read in names no further file.
    return _value(draft, read, path, {}, left) if isinstance(read, (dict, list)) else read
