"""`llmops validate`: what is wrong, where, and what to do; for people, for editors, for scripts."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from llmops_cli.model.problem import Problem, Severity
from llmops_cli.report.ansi import Style, paint
from llmops_cli.report.figures import count
from llmops_cli.report.sanitize import line, plain, terminal, workflow

_TAB = "    "
# How much of a long line is shown, and how much of it before the place that is meant.
_SHOWN = 110
_BEFORE = 60


STYLES: Mapping[Severity, Style] = {"error": "red", "warning": "yellow", "note": "cyan"}


def full(problems: Sequence[Problem], *, color: bool, files: int) -> str:
    """Return each problem with its line and carets under it, and how many there are in how many files."""
    blocks = [_block(problem, color) for problem in sorted(problems, key=lambda problem: problem.order)]
    return "\n".join([*blocks, _closing(problems, files)])


def concise(problems: Sequence[Problem]) -> str:
    """Return `file:line:column: CODE message`, a line for each problem."""
    ordered = sorted(problems, key=lambda problem: problem.order)
    return "\n".join(f"{_safe(str(one.source))}: {one.code} {_safe(one.message)}" for one in ordered)


def document(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return `llmops/problems@1`. Lines and columns count from 1; 0 is not known."""
    ordered = sorted(problems, key=lambda problem: problem.order)
    return {
        "schema": "llmops/problems@1",
        "problems": [
            {
                "code": one.code,
                "slug": one.slug,
                "severity": one.severity,
                "path": one.source.path,
                "line": one.source.line,
                "column": one.source.column,
                "message": plain(one.message),
                "hint": plain(one.hint),
            }
            for one in ordered
        ],
    }


def _block(problem: Problem, color: bool) -> str:  # noqa: FBT001  the same word down to `paint`
    style = STYLES[problem.severity]
    head = paint(f"{problem.severity}[{problem.code}]", style, color)
    lines = [f"{head}: {paint(_safe(problem.message), 'bold', color)}", f"  --> {_safe(str(problem.source))}"]
    gutter = " " * len(str(problem.source.line or ""))
    if problem.excerpt.strip() and problem.source.line:
        before, marked, after = _window(problem)
        carets = " " * _width(before) + paint("^" * max(1, _width(marked)), style, color)
        bar = paint("|", "cyan", color)
        lines.append(f"{gutter} {bar}")
        lines.append(f"{paint(str(problem.source.line), 'cyan', color)} {bar} {before}{marked}{after}".rstrip())
        lines.append(f"{gutter} {bar} {carets}")
    if problem.hint:
        lines.append(f"{gutter} = help: {_safe(problem.hint)}")
    return "\n".join(lines)


def _window(problem: Problem) -> tuple[str, str, str]:
    """Return the shown part of the line: before, at and after the place. Long lines are cut on both sides."""
    text = problem.excerpt
    start = min(max(problem.source.column - 1, 0), len(text))
    stop = min(start + max(problem.width, 1), len(text), start + _SHOWN)
    cut = max(0, start - _BEFORE) if len(text) > _SHOWN else 0
    end = len(text) if len(text) <= _SHOWN else max(stop, cut + _SHOWN)
    parts = text[cut:start], text[start:stop], text[stop:end]
    before, marked, after = (workflow(terminal(part.replace("\t", _TAB))) for part in parts)
    return f"{'…' if cut else ''}{before}", marked, f"{after}{'…' if end < len(text) else ''}"


def _width(text: str) -> int:
    """Return how many columns of a terminal the text takes: wide characters two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) or char == "\u200d" else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def _closing(problems: Sequence[Problem], files: int) -> str:
    where = f"in {count(files, 'file')}."
    numbers = {severity: sum(problem.severity == severity for problem in problems) for severity in STYLES}
    said = [count(number, severity) for severity, number in numbers.items() if number]
    return f"Found {', '.join(said)} {where}" if said else f"No problems {where}"


def _safe(text: str) -> str:
    return workflow(line(text))
