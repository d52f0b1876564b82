"""Rows of JSONL or CSV → the lines of an eval set.

Options:
    map: `target=source` pairs. Targets: `id`, `expected`, `expected.KEY`, `tags`, `critical`, `never`, `context`,
        `inputs.NAME`. Sources: a column, or a dotted path into a JSON row. Without any `inputs.…` a row is taken as
        a case of ours if it has `inputs`; otherwise every column that is not mapped becomes an input.

Example:
    llmops evalset import problems.jsonl --id gsm8k --map inputs.question=question --map expected=ground_truth

"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from llmops_cli.errors import UsageError
from llmops_cli.ingest.rows import keep, mapping, pick, rows

PLAIN = ("id", "expected", "tags", "critical", "never", "context", "messages", "metadata", "checks")
OURS = ("inputs", *PLAIN)


def build(*, pairs: Sequence[str] = (), where: Sequence[str] = ()) -> "Cases":
    """Return the importer for these options."""
    return Cases(mapping(pairs), mapping(where, "--where"))


class Cases:
    """Turns rows into cases of ours, as mappings in file order."""

    def __init__(self, pairs: tuple[tuple[str, str], ...], where: tuple[tuple[str, str], ...]) -> None:
        """Check the targets. Raises `UsageError` for one that no case has."""
        for target, _ in pairs:
            name = target.partition(".")[0]
            if name not in OURS or (name == "inputs" and "." not in target):
                raise UsageError(
                    f"--map {target}=…: a case has no {target!r}", hint=f"targets: inputs.NAME, {', '.join(PLAIN)}"
                )
        self._pairs = pairs
        self._where = where

    def __call__(self, text: str, name: str) -> list[dict[str, Any]]:
        """Return the cases. Raises `UsageError` for a row that lacks a mapped column (with its line), or for no row."""
        found = [self.case(row, f"{name}:{line}") for line, row in rows(text, name) if keep(row, self._where)]
        if not found:
            raise UsageError("no row to import", where=name, hint="is the file empty, or does --where match nothing?")
        return found

    def case(self, row: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Return one row as a case."""
        if not self._pairs and isinstance(row.get("inputs"), dict):
            return {key: row[key] for key in OURS if key in row}
        case: dict[str, Any] = {}
        for target, source in self._pairs:
            value = pick(row, source)
            if value is None:
                raise UsageError(f"no {source!r} in this row", where=where, hint=f"it has {', '.join(row)}")
            _put(case, target, value)
        if "inputs" not in case:
            used = {source for _, source in self._pairs}
            case["inputs"] = {key: value for key, value in row.items() if key not in used}
        return _typed(case)


def _put(case: dict[str, Any], target: str, value: Any) -> None:
    name, dot, rest = target.partition(".")
    if dot:
        case.setdefault(name, {})[rest] = value
    else:
        case[name] = value


def _typed(case: dict[str, Any]) -> dict[str, Any]:
    """Return the case with the types that our files want: ids are text, tags and context lists, flags booleans."""
    if "id" in case:
        case["id"] = case["id"] if isinstance(case["id"], str) else json.dumps(case["id"])
    for name in ("tags", "context"):
        if isinstance(case.get(name), str):
            case[name] = [part.strip() for part in case[name].split(",") if part.strip()]
    for name in ("critical", "never"):
        if isinstance(case.get(name), str):
            case[name] = case[name].strip().casefold() in ("true", "1", "yes")
    return {name: case[name] for name in OURS if name in case}


def lines(cases: Iterable[Mapping[str, Any]]) -> str:
    """Return cases as JSONL."""
    return "".join(json.dumps(case, ensure_ascii=False, allow_nan=False) + "\n" for case in cases)
