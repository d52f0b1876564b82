"""What to do next about a gate's answer: questions that a reader may have, each with the command that answers it."""

from collections.abc import Iterator

from llmops_cli.model.verdict import Family, GateReport, PromptVerdict, Verdict
from llmops_cli.report.gate_words import changed
from llmops_cli.report.quote import argument

UNRENDERED = "cannot-render"
FULL_BASELINE = 5
WANTED = ("removed-cases",)
"""Hard rules that an acceptance covers."""
BASELINE = "llmops baseline accept {prompt}@{base} --reason …"
NEXT = {
    Verdict.INCOMPLETE: (("Ask for what is missing (what was paid for is kept):", "llmops gate"),),
    Verdict.UNCOVERED: (("Judge it:", "llmops evalset new ID, then name it under evals: in the prompt's file"),),
    Verdict.NO_BASELINE: (
        ("Run the base too:", "llmops gate --mode auto"),
        ("Store one:", f"llmops eval run {{prompt}}@{{base}}, then {BASELINE}, and commit it on the base"),
    ),
    Verdict.DRIFT: (
        ("What moved?", "llmops baseline drift {prompt}@{base}"),
        (
            "Record it anew:",
            f"llmops eval run {{prompt}}@{{base}} --mode live --repeat 5, then {BASELINE}, on the base",
        ),
    ),
    Verdict.INCONCLUSIVE: (("What can this set see?", "llmops eval power {prompt}@{base}"),),
    Verdict.NEW: (("First baseline:", "llmops baseline accept {prompt} --reason TEXT"),),
}
MORE_RUNS = ("More evidence:", "llmops baseline record {prompt}@{base} --runs 5, and commit it on the base")
REPAIR = (
    (
        "Which cases cannot be rendered? Give them what the prompt lacks, and keep their other inputs as they are:",
        "llmops validate",
    ),
    (
        "Other inputs must change too? In a change of its own, before this one: edit the cases, then",
        "llmops eval run {prompt}, then llmops baseline accept {prompt} --reason …",
    ),
)
INTENDED = ("Intended?", "llmops baseline review {prompt}")
WHY = ("Why?", "llmops eval explain {prompt}")
DIFF = ("What changed?", "llmops prompt diff {prompt}")


def next_steps(report: GateReport) -> list[tuple[str, str]]:
    """Return the questions with their commands, about the first prompt that has the gate's verdict."""
    mine = next((prompt for prompt in changed(report) if prompt.verdict is report.verdict), None)
    prompt = argument(mine.id) if mine else "PROMPT"
    return [
        (question, command.format(prompt=prompt, base=argument(report.base[:7])))
        for question, command in _steps(report, mine)
    ]


def _steps(report: GateReport, mine: PromptVerdict | None) -> Iterator[tuple[str, str]]:
    judged = [family for family in report.families if mine and family.prompt == mine.id]
    match report.verdict:
        case Verdict.FAIL:
            yield from _about_a_fail(report, mine, judged)
        case Verdict.INCOMPLETE:
            yield from _about_what_is_missing(report)
        case verdict:
            yield from NEXT.get(verdict, ())
    unsure = [family for family in judged if family.verdict is Verdict.INCONCLUSIVE]
    if report.verdict is Verdict.INCONCLUSIVE and any(family.base_runs < FULL_BASELINE for family in unsure):
        yield MORE_RUNS


def _about_a_fail(report: GateReport, mine: PromptVerdict | None, judged: list[Family]) -> Iterator[tuple[str, str]]:
    failed = [family for family in judged if family.verdict is Verdict.FAIL]
    rules = [hard.rule for hard in report.hard if mine is None or hard.prompt == mine.id]
    if failed or (mine and any(rule in WANTED for rule in rules)):
        yield INTENDED
    if any(family.broke for family in failed):
        yield WHY
    if mine and mine.status != "removed":
        yield DIFF
    for rule in dict.fromkeys(rules):
        yield ("What does the rule want?", f"llmops explain {_plain(argument(rule))}")


def _about_what_is_missing(report: GateReport) -> Iterator[tuple[str, str]]:
    """Yield how to get the answers. A case that cannot be rendered stays so, however often it is asked."""
    if report.failures.keys() != {UNRENDERED}:
        yield from NEXT[Verdict.INCOMPLETE]
    if UNRENDERED in report.failures:
        yield from REPAIR


def _plain(text: str) -> str:
    """Return text that `format` takes as it stands."""
    return text.replace("{", "{{").replace("}", "}}")
