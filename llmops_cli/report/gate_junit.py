"""The gate's answer as JUnit XML, which every CI shows: a suite a prompt and eval set, a test a metric or case."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from llmops_cli.errors import ExitCode
from llmops_cli.model.broken import Broken
from llmops_cli.model.verdict import Family, GateReport, PromptVerdict, Verdict
from llmops_cli.report.figures import interval, p_value, points
from llmops_cli.report.gate_cases import doubt, passed, tally
from llmops_cli.report.gate_fields import rows
from llmops_cli.report.gate_layout import Place, places
from llmops_cli.report.gate_words import FINE, bare, figures, headline, quiet, said
from llmops_cli.report.sanitize import clip, xml

NAME_LIMIT = 200
TEXT_LIMIT = 1000
FIELD_LIMIT = 200
COMMAND = re.compile(r"^(\s*)::", re.MULTILINE)
MARK = re.compile(r"##(?=\w*\[)")
FAILURES = (Verdict.FAIL, Verdict.UNCOVERED)


@dataclass(frozen=True, slots=True)
class _Test:
    """One testcase: `tag` is failure, error, skipped or "" (passed)."""

    name: str
    tag: str
    message: str = ""
    body: str = ""


def junit(report: GateReport) -> str:
    """Return the XML, ending in a newline. FAIL and UNCOVERED are failures, what gives no verdict is an error.

    A verdict that the policy waves through is skipped, with its reason. No times and no host names.
    """
    suites = {key: tests for key, tests in _suites(report).items() if tests}
    everything = [test for tests in suites.values() for test in tests]
    head = f'<testsuites name="llmops gate" {_counts(everything)}>'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', head]
    for (prompt, evalset), tests in suites.items():
        name = f"{prompt} · {evalset}" if evalset else prompt
        lines.append(f'  <testsuite name="{_name(name)}" {_counts(tests)}>')
        lines += [line for test in tests for line in _case(name, test)]
        lines.append("  </testsuite>")
    return _inert("\n".join([*lines, "</testsuites>", ""]))


def _inert(document: str) -> str:
    """Return the same document in which a CI runner, where it is printed to a log, finds no command."""
    return COMMAND.sub(r"\1&#58;:", MARK.sub("&#35;#", document))


def _suites(report: GateReport) -> dict[tuple[str, str], list[_Test]]:
    suites: dict[tuple[str, str], list[_Test]] = {}
    for place in sorted(places(report), key=lambda place: (place.family.prompt, place.family.evalset)):
        suites.setdefault((place.family.prompt, place.family.evalset), []).extend(_tests(report, place))
    for hard in report.hard:
        name = f"{hard.rule}: {hard.case}" if hard.case else hard.rule
        suites.setdefault((hard.prompt, hard.evalset), []).append(_Test(name, "failure", hard.detail))
    ruled = {hard.prompt for hard in report.hard}
    for prompt in bare(report):
        if prompt.id not in ruled:
            suites.setdefault((prompt.id, ""), []).append(_prompt(report, prompt))
    return suites or {("gate", ""): [_Test(headline(report, str), _tag(report, report.verdict))]}


def _tests(report: GateReport, place: Place) -> list[_Test]:
    """Return a test for the family, for each of its broken cases that no other told, and for each family beside it."""
    family = place.family
    first = _family(family, _tag(report, family.verdict))
    examples = {example.case: example for example in family.examples}
    cases = [_broken(report, family, first.name, case, examples.get(case)) for case in place.fresh]
    beside = [_family(one, "skipped" if one.verdict is Verdict.INCONCLUSIVE else "") for one in place.beside]
    return [first, *cases, *beside, *(_family(one, "skipped") for one in place.alike)]


def _family(family: Family, tag: str) -> _Test:
    name = family.scorer + (f" [{family.slice}]" if family.slice else "")
    name += f" vs {family.against}" if family.against else ""
    reasons = "; ".join(family.reasons)
    verdict = said(family).upper() if quiet(family) else family.verdict.value
    return _Test(name, tag, f"{verdict}: {reasons}" if reasons else verdict, _figures(family))


def _broken(report: GateReport, family: Family, scorer: str, case: str, example: Broken | None) -> _Test:
    tag = _tag(report, family.verdict) if family.verdict is Verdict.FAIL else "skipped"
    if example is None:
        return _Test(f"{scorer}: {case}", tag, ": ".join(["broke", *doubt(family, case)]))
    body = "\n".join(f"{one}: expected {wanted}, got {got}" for one, wanted, got in rows(example, FIELD_LIMIT))
    if example.reason:
        body = f"judge: {clip(example.reason, TEXT_LIMIT)}\ngot: {clip(example.got, TEXT_LIMIT)}"
    body = body or f"expected: {clip(example.expected, TEXT_LIMIT)}\ngot: {clip(example.got, TEXT_LIMIT)}"
    return _Test(f"{scorer}: {case}", tag, f"broke: {passed(family, example)}".removesuffix(": "), body)


def _prompt(report: GateReport, prompt: PromptVerdict) -> _Test:
    message = "; ".join([prompt.verdict.value, *prompt.reasons])
    return _Test(prompt.status, _tag(report, prompt.verdict), message)


def _tag(report: GateReport, verdict: Verdict) -> str:
    if verdict in FINE:
        return ""
    if report.exit_code == ExitCode.OK:
        return "skipped"
    return "failure" if verdict in FAILURES else "error"


def _figures(family: Family) -> str:
    parts = [figures(family)]
    if family.delta is not None:
        parts.append(points(family.delta) + (f" {interval(*family.interval)}" if family.interval else ""))
    if family.p_worse is not None:
        parts.append(p_value(family.p_worse))
    parts.append(tally(family))
    return "   ".join(part for part in parts if part)


def _case(suite: str, test: _Test) -> list[str]:
    head = f'    <testcase classname="{_name(suite)}" name="{_name(test.name)}"'
    if not test.tag:
        said = "\n".join(part for part in (test.message, test.body) if part)
        return (
            [f"{head}>", f"      <system-out>{_body(said)}</system-out>", "    </testcase>"] if said else [f"{head}/>"]
        )
    message = f'message="{xml(clip(test.message, TEXT_LIMIT))}"'
    # `skipped` has no text in the schemas in use
    inner = (
        f"<{test.tag} {message}/>"
        if test.tag == "skipped"
        else f"<{test.tag} {message}>{_body(test.body)}</{test.tag}>"
    )
    return [f"{head}>", f"      {inner}", "    </testcase>"]


def _counts(tests: Sequence[_Test]) -> str:
    tags = [test.tag for test in tests]
    counts = {"tests": len(tests), "failures": tags.count("failure"), "errors": tags.count("error")}
    counts["skipped"] = tags.count("skipped")
    return " ".join(f'{name}="{number}"' for name, number in counts.items())


def _name(text: str) -> str:
    return xml(clip(text, NAME_LIMIT).replace("\n", " ").replace("\t", " "))


def _body(text: str) -> str:
    return xml(clip(text, 3 * TEXT_LIMIT))
