"""`llmops validate` as SARIF 2.1.0, which code scanning reads: each rule with its documentation, then each problem."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from llmops_cli.model.problem import Problem, Severity
from llmops_cli.report.sanitize import plain, sarif

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "note"}


def document(problems: Sequence[Problem], helps: Mapping[str, str], *, version: str) -> dict[str, Any]:
    """Return the log. `helps` says what each code means; its first line is the rule's short description."""
    ordered = sorted(problems, key=lambda problem: problem.order)
    rules: dict[str, Problem] = {}
    for problem in ordered:
        rules.setdefault(problem.code, problem)
    codes = sorted(rules)
    driver = {
        "name": "llmops",
        "version": version,
        "rules": [_rule(rules[code], helps.get(code, "")) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, codes.index(problem.code)) for problem in ordered],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(problem: Problem, help_text: str) -> dict[str, Any]:
    words = help_text or problem.slug
    first = words.partition("\n\n")[0].replace("\n", " ")
    return {
        "id": problem.code,
        "name": "".join(part.capitalize() for part in problem.slug.split("-")),
        "shortDescription": {"text": plain(first)},
        "help": {"text": plain(words)},
    }


def _result(problem: Problem, index: int) -> dict[str, Any]:
    source = problem.source
    text = f"{problem.message} ({problem.hint})" if problem.hint else problem.message
    region: dict[str, int] = {"startLine": max(source.line, 1)}
    if source.column:
        region |= {"startColumn": source.column, "endColumn": source.column + max(problem.width, 1)}
    place = {"artifactLocation": {"uri": quote(source.path, errors="backslashreplace")}, "region": region}
    seal = f"{problem.code}\0{source.path}\0{problem.message}".encode("utf-8", "backslashreplace")
    return {
        "ruleId": problem.code,
        "ruleIndex": index,
        "level": LEVELS[problem.severity],
        "message": {"text": sarif(text)},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"llmopsProblem/v1": hashlib.sha256(seal).hexdigest()},
    }
