"""The prompts that lie in Langfuse's JSON: one object, an array, or an API answer `{data, meta}`; or one a line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llmops_cli.errors import UsageError
from llmops_cli.load.json_ import parse
from llmops_cli.model.exchange import Files, Loss

Json = Any
HINT = "one prompt, an array of prompts, or the answer of GET /api/public/v2/prompts/NAME"


@dataclass(slots=True)
class Found:
    """The prompt objects in the order of the files, and what is not there."""

    prompts: list[tuple[Mapping[str, Json], str]] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    pages: dict[int, set[int]] = field(default_factory=dict)


def prompts_in(files: Files) -> Found:
    """Return every prompt object with the file it is from. Raises `UsageError` for a file of another shape."""
    found = Found()
    for path in sorted(files):
        if path.endswith((".json", ".jsonl")) or len(files) == 1:
            for value in _values(files[path], path):
                _take(value, path, found)
    for total, seen in found.pages.items():
        if len(seen) < total:
            hint = "fetch the others with ?page=N and put them into one folder; --lossy to go on without them"
            found.losses.append(Loss("meta", f"{len(seen)} of {total} pages are here", hint))
    if not found.prompts:
        raise UsageError("no prompt in it", where=", ".join(sorted(files))[:200], hint=HINT)
    return found


def json_of(data: bytes, path: str) -> Json:
    """Return the value of a JSON file. Raises `UsageError` with the line of what is wrong."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("not UTF-8", where=path, hint="save the file as UTF-8") from error
    value, flaw = parse(text)
    if flaw is not None:
        line = text.count("\n", 0, flaw.offset) + 1
        raise UsageError(flaw.message, where=f"{path}:{line}", hint="is it JSON?")
    return value


def _values(data: bytes, path: str) -> list[Json]:
    if not path.endswith(".jsonl"):
        return [json_of(data, path)]
    lines = [line for line in data.split(b"\n") if line.strip()]
    return [json_of(line, f"{path} line {number}") for number, line in enumerate(lines, start=1)]


def _take(value: Json, path: str, found: Found) -> None:
    if isinstance(value, list):
        for item in value:
            _take(item, path, found)
    elif isinstance(value, Mapping) and isinstance(value.get("data"), list) and "prompt" not in value:
        _pages(value, path, found)
        _take(value["data"], path, found)
    elif isinstance(value, Mapping) and isinstance(value.get("name"), str) and value["name"] and "prompt" in value:
        found.prompts.append((value, path))
    elif isinstance(value, Mapping) and "versions" in value and isinstance(value.get("name"), str):
        hint = "fetch each version: GET /api/public/v2/prompts/NAME?version=N"
        raise UsageError(f"a list of names: the text of {value['name']} is not in it", where=path, hint=hint)
    else:
        raise UsageError("no prompt of Langfuse: `name` and `prompt` are missing", where=path, hint=HINT)


def _pages(value: Mapping[str, Json], path: str, found: Found) -> None:
    """Note the pages that are not in the file."""
    meta = value.get("meta")
    pages = meta.get("totalPages") if isinstance(meta, Mapping) else None
    if isinstance(meta, Mapping) and isinstance(pages, int) and pages > 1:
        found.pages.setdefault(pages, set()).add(meta.get("page", 1))
    extra = sorted(set(value) - {"data", "meta"})
    if extra:
        found.losses.append(Loss(", ".join(extra), "not known beside `data`", at=path))
