"""The broken cases in the pull request comment, a row each."""

from llmops_cli.model.broken import Broken
from llmops_cli.model.verdict import Family
from llmops_cli.report.gate_cases import doubt, passed
from llmops_cli.report.gate_code import NAME_LIMIT, TEXT_LIMIT, code
from llmops_cli.report.gate_fields import fields
from llmops_cli.report.gate_layout import Place

SHOWN_BROKEN = 50
SHOWN_FIELDS = 10


def broken_rows(place: Place, label: str) -> list[str]:
    """Return a row for each of the first broken cases that no other family told, those that were refuted last."""
    family = place.family
    examples = {example.case: example for example in family.examples}
    where = f"{code(family.prompt)} {code(label)}"
    shown = place.fresh[:SHOWN_BROKEN]
    return [f"- {where} {code(case)}{_example(family, case, examples.get(case))}" for case in shown]


def _example(family: Family, case: str, example: Broken | None) -> str:
    if example is None:
        return "".join(f" {code(words)}" for words in doubt(family, case))
    if example.wrong:
        return f" {fields(example, code, shown=SHOWN_FIELDS, limit=NAME_LIMIT)}{_runs(family, example)}"
    if example.reason:
        return f" judge: {code(example.reason, TEXT_LIMIT)} got {code(example.got, TEXT_LIMIT)}{_runs(family, example)}"
    expected = f" expected {code(example.expected, TEXT_LIMIT)}" if example.expected else ""
    return f"{expected} got {code(example.got, TEXT_LIMIT)}{_runs(family, example)}"


def _runs(family: Family, example: Broken) -> str:
    return f" {code(passed(family, example))}" if example.fresh_head else ""
