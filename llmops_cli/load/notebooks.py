"""Jupyter notebooks → the places where their code cells use a prompt. Nothing of them runs."""

import ast
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from llmops_cli.load.callsites import call_sites
from llmops_cli.model.usage import CallSite

_PYTHON_CELLS = re.compile(r"%%(?:time|timeit|capture|prun)\b")
_BREAK = re.compile(r"\r\n?|\n")


def notebook_sites(data: bytes, path: str, unread: list[str]) -> tuple[CallSite, ...]:
    """Return the call sites of a notebook, in order; a cell that is no Python goes into `unread`.

    A name that one cell binds is known in the cells below. Raises `ValueError` in words for what is no notebook.
    """
    lines = ["", ""]  # the only ones in which Python would look for an encoding
    places = [(0, 0), (0, 0)]
    for number, source in _cells(data, path):
        cell = _python(source)
        if cell is None:
            unread.append(f"{path}:cell {number}: no Python, not read")
            continue
        lines += cell
        places += [(number, at) for at in range(1, len(cell) + 1)]
    sites = call_sites("\n".join(lines).encode(), path)
    return tuple(replace(site, cell=places[site.line - 1][0], line=places[site.line - 1][1]) for site in sites)


def _cells(data: bytes, path: str) -> Iterator[tuple[int, str]]:
    """Yield the code cells with their number among all cells, from 1. Raises `ValueError` for what is no notebook."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError(f"{path}:1: no notebook (JSON)") from None
    cells = said.get("cells") if isinstance(said, dict) else None
    numbered = enumerate(cells, start=1) if isinstance(cells, list) else None
    if numbered is None:
        raise ValueError(f"{path}:1: no notebook: it has no cells (nbformat 4)")
    if _language(said) != "python":
        raise ValueError(f"{path}:1: a notebook in {_language(said)}")
    for number, cell in numbered:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", "")
            yield (
                number,
                source if isinstance(source, str) else "".join(part for part in source if isinstance(part, str)),
            )


def _language(said: dict[str, Any]) -> str:
    metadata = said.get("metadata")
    kept = metadata if isinstance(metadata, dict) else {}
    for section, key in (("language_info", "name"), ("kernelspec", "language")):
        inner = kept.get(section)
        if isinstance(inner, dict) and isinstance(inner.get(key), str):
            return str(inner[key]).casefold()
    return "python"


def _python(source: str) -> list[str] | None:
    """Return the lines of a cell, with `pass` for what is an order to the notebook; None for what is no Python."""
    lines = _BREAK.split(source)
    if source.lstrip().startswith("%%") and not _PYTHON_CELLS.match(source.lstrip()):
        return []
    if not _parses(lines):
        lines = [_without_order(line) for line in lines]
    return lines if _parses(lines) else None


def _without_order(line: str) -> str:
    bare = line.strip()
    given = bare.partition("=")[2].lstrip()
    if bare.startswith(("%", "!", "?")) or bare.endswith("?") or given.startswith(("%", "!")):
        return line[: len(line) - len(line.lstrip())] + "pass"
    return line


def _parses(lines: list[str]) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
