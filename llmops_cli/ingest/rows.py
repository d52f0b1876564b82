"""Rows of another tool (JSONL or CSV) → mappings, and values out of them by a dotted path."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llmops_cli.errors import LlmopsError, UsageError

FLAGS = {
    "--map": "--map target=source, e.g. --map inputs.question=question",
    "--where": "--where column=value",
    "--value": "--value text=label",
}
"""How each flag of pairs is written."""


def rows(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield (line, row) of a .jsonl, .json (a list of objects) or .csv text. Raises `UsageError` with the line."""
    if name.lower().endswith(".csv"):
        yield from _csv(text, name)
    elif name.lower().endswith(".json"):
        yield from _json(text, name)
    else:
        yield from _jsonl(text, name)


def pick(row: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path; a key that itself contains the dots comes first. None where it is absent."""
    if path in row:
        return row[path]
    head, dot, rest = path.partition(".")
    while dot:
        below = row.get(head)
        if isinstance(below, Mapping):
            found = pick(below, rest)
            if found is not None:
                return found
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None


def keep(row: Mapping[str, Any], where: Sequence[tuple[str, str]]) -> bool:
    """Return whether every `path=value` of `where` holds for the row; of several for one path, any."""
    wanted: dict[str, set[str]] = {}
    for path, value in where:
        wanted.setdefault(path, set()).add(value)
    return all(_text(pick(row, path)) in values for path, values in wanted.items())


def mapping(pairs: Sequence[str], flag: str = "--map") -> tuple[tuple[str, str], ...]:
    """Return (target, source) of `target=source` texts. Raises `UsageError` for any other text."""
    found = []
    for pair in pairs:
        target, equals, source = pair.partition("=")
        if not equals or not target or not source:
            hint = FLAGS[flag]
            raise UsageError(f"{flag} {pair!r}", hint=hint)
        found.append((target.strip(), source.strip()))
    return tuple(found)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _jsonl(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UsageError(f"not JSON: {error}", where=f"{name}:{number}", hint="one JSON object a line") from error
        yield number, _object(row, f"{name}:{number}")


def _json(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise UsageError(f"not JSON: {error}", where=name) from error
    if not isinstance(document, list):
        raise UsageError("not a list of objects", where=name, hint="give a JSON list, JSONL or CSV")
    for number, row in enumerate(document, start=1):
        yield number, _object(row, f"{name}, item {number}")


def _csv(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise UsageError("the row has more or fewer cells than the header", where=f"{name}:{reader.line_num}")
            yield reader.line_num, row
    except csv.Error as error:
        raise UsageError(f"not CSV: {error}", where=f"{name}:{reader.line_num}") from error


def _object(row: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        raise LlmopsError("not an object", where=where, hint="each row is a JSON object")
    return row
