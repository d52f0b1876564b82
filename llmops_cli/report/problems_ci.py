"""`llmops validate` for CI services: annotations of GitHub, code quality of GitLab, JUnit."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from llmops_cli.model.problem import Problem, Severity
from llmops_cli.report.figures import count
from llmops_cli.report.sanitize import line, plain, workflow, workflow_data, workflow_property, xml

MOST_ANNOTATIONS = 9
"""GitHub shows ten of a kind in one step: nine problems, and how many more there are."""

COMMAND = re.compile(r"^(\s*)::", re.MULTILINE)
MARK = re.compile(r"##(?=\w*\[)")
COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}
GITLAB: dict[Severity, str] = {"error": "major", "warning": "minor", "note": "info"}


def github(problems: Sequence[Problem], *, files: int) -> str:
    """Return workflow commands, at most nine of a kind; each problem that has none as a line of the log."""
    ordered = sorted(problems, key=lambda problem: problem.order)
    lines: list[str] = []
    rest: list[Problem] = []
    for severity, command in COMMANDS.items():
        own = [problem for problem in ordered if problem.severity == severity]
        lines += [_command(command, problem) for problem in own[:MOST_ANNOTATIONS]]
        if own[MOST_ANNOTATIONS:]:
            more = len(own) - MOST_ANNOTATIONS
            lines.append(f"::{command} title=llmops::and {more} more, listed in the log")
        rest += own[MOST_ANNOTATIONS:]
    lines += [workflow(line(f"{one.source}: {one.code} {one.message}")) for one in rest]
    return "\n".join(lines or [f"No problems in {count(files, 'file')}."])


def _command(command: str, problem: Problem) -> str:
    source = problem.source
    place = [f"file={workflow_property(plain(source.path))}"]
    if source.line:
        place += [f"line={source.line}", *([f"col={source.column}"] if source.column else [])]
    title = workflow_property(f"{problem.code} {problem.slug}")
    text = f"{problem.message}\nhelp: {problem.hint}" if problem.hint else problem.message
    return f"::{command} {','.join(place)},title={title}::{workflow_data(plain(text))}"


def gitlab(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return a GitLab code quality report. A fingerprint stays the same while a problem only moves."""
    seen: dict[str, int] = {}
    report = []
    for one in sorted(problems, key=lambda problem: problem.order):
        key = f"{one.code}\0{one.source.path}\0{one.message}"
        seen[key] = seen.get(key, 0) + 1
        report.append(
            {
                "description": plain(one.message),
                "check_name": one.code,
                "fingerprint": hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "backslashreplace")).hexdigest(),
                "severity": GITLAB[one.severity],
                "location": {"path": plain(one.source.path), "lines": {"begin": max(one.source.line, 1)}},
                "content": {"body": plain(one.hint)},
            }
        )
    return report


def junit(problems: Sequence[Problem], *, files: int) -> str:
    """Return JUnit XML: a test for each problem, failed by errors only; one that passes where there is none."""
    ordered = sorted(problems, key=lambda problem: problem.order)
    failed = sum(problem.severity == "error" for problem in ordered)
    cases = [_case(problem) for problem in ordered]
    if not cases:
        cases = [f'    <testcase classname="llmops.validate" name="{count(files, "file")} without problems"/>']
    counts = f'tests="{len(cases)}" failures="{failed}" errors="0" skipped="0"'
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    suite = f'  <testsuite name="llmops validate" {counts}>'
    document = "\n".join([head, f"<testsuites {counts}>", suite, *cases, "  </testsuite>", "</testsuites>"])
    # Where it is printed to a log, a CI runner must find no command in it.
    return COMMAND.sub(r"\1&#58;:", MARK.sub("&#35;#", document))


def _case(problem: Problem) -> str:
    place = xml(f"{problem.code} {problem.source}")
    head = f'    <testcase classname="{xml(problem.source.path)}" name="{place}" file="{xml(problem.source.path)}"'
    head += f' line="{max(problem.source.line, 1)}">'
    text = xml(f"{problem.message}\n{problem.hint}".strip())
    if problem.severity == "error":
        kind = f'type="{xml(problem.slug)}" message="{xml(line(problem.message))}"'
        return f"{head}<failure {kind}>{text}</failure></testcase>"
    return f"{head}<system-out>{problem.severity}: {text}</system-out></testcase>"
