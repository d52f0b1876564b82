"""What the gate tells its reader to do next, verdict by verdict."""

from dataclasses import replace

import pytest
from gate_reports import ACCEPTED, DRIFT, ESCALATION, FAIL, HARD, HOSTILE, INCOMPLETE, INCONCLUSIVE, PASS, REPORTS

from llmops_cli.model.verdict import Calls, Hard, PromptVerdict, Verdict
from llmops_cli.report.gate_next import next_steps
from llmops_cli.report.gate_text import text

REVIEW = "llmops baseline review support/refund"
EXPLAIN = "llmops eval explain support/refund"
DIFF = "llmops prompt diff support/refund"
RECORD = "llmops baseline record support/escalation@73e912e --runs 5, and commit it on the base"
REMOVED = replace(
    FAIL,
    families=(),
    prompts=(PromptVerdict("support/refund", "removed", Verdict.FAIL, ("gone",)),),
    hard=(Hard("removed-prompt", "support/refund", "", "", "gone"),),
)
ELSEWHERE = replace(
    PASS, verdict=Verdict.FAIL, hard=(Hard("removed-cases", "support/refund", "refunds", "c1", "gone"),)
)
NOBODYS = replace(PASS, verdict=Verdict.FAIL, hard=(Hard("removed-cases", "", "refunds", "c1", "gone"),))


def commands(report):
    return [command for _, command in next_steps(report)]


def told(report, **changes):
    """The commands for a report whose families are changed so."""
    return commands(replace(report, families=tuple(replace(one, **changes) for one in report.families)))


def test_a_fail_is_asked_whether_it_is_wanted_why_and_what_changed():
    assert commands(FAIL) == [REVIEW, EXPLAIN, DIFF]
    assert text(FAIL).endswith(f"\nIntended? {REVIEW}        Why? {EXPLAIN}\nWhat changed? {DIFF}")


def test_nothing_is_to_be_explained_where_no_case_broke():
    assert told(FAIL, broke=(), examples=(), groups=()) == [REVIEW, DIFF]


def test_a_hard_rule_alone_is_explained_and_not_offered_for_review():
    assert commands(HARD) == ["llmops prompt diff billing/invoice", "llmops explain critical", "llmops explain cost"]


def test_a_removed_prompt_has_no_diff():
    assert commands(REMOVED) == ["llmops explain removed-prompt"]


def test_cases_lost_elsewhere_name_the_prompt_that_they_judge():
    accept = "llmops eval run support/refund, then llmops baseline accept support/refund --reason …"
    assert commands(ELSEWHERE) == [accept, "llmops explain removed-cases"]


def test_cases_that_judge_no_prompt_are_only_explained():
    assert commands(NOBODYS) == ["llmops explain removed-cases"]


def test_too_little_evidence_is_looked_at_and_a_short_baseline_recorded_further():
    power, drift = (f"llmops {what} support/escalation@73e912e" for what in ("eval power", "baseline drift"))
    ask = "llmops gate --mode auto"
    assert commands(INCONCLUSIVE) == [power, ask, RECORD, drift]
    assert ESCALATION.base_runs == 1.0
    assert told(INCONCLUSIVE, base_runs=5.0) == [power, ask, drift]
    assert told(INCONCLUSIVE, base_runs=5.0, delta=0.01) == [power, ask], "nothing fell"
    assert commands(replace(INCONCLUSIVE, mode="auto")) == [power, RECORD, drift], "it asked already"


@pytest.mark.parametrize("report", [INCONCLUSIVE, DRIFT])
def test_old_answers_are_told_from_new_ones_where_a_provider_may_have_changed(report):
    old = next_steps(replace(report, calls=Calls(cached=252)))[-1]
    assert old[0].startswith("252 answers from the cache")
    assert old[1] == "llmops gate --mode live"
    assert old not in next_steps(replace(report, calls=Calls(live=252)))


def saying(report, reason):
    """The report with this reason in every prompt."""
    return replace(report, prompts=tuple(replace(prompt, reasons=(reason,)) for prompt in report.prompts))


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("no answer: 9 (recordings that a fork brings do not count: …)", "llmops gate --mode live"),
        ("15 cases differ: before this change, record them anew for the base's version (…)", "llmops baseline record"),
        ("3 of 9 runs are missing", "llmops gate"),
    ],
)
def test_what_is_missing_is_asked_for_where_and_as_that_helps(said, command):
    assert commands(saying(INCOMPLETE, said))[0].startswith(command)


def test_a_drop_on_cases_that_the_change_edits_too_is_offered_no_acceptance():
    both = "3 cases broke that this change edits too, …: change the eval set first, in a change of its own"
    found = commands(saying(FAIL, both))
    assert REVIEW not in found
    assert found[0] == "llmops baseline record support/refund --runs 5, and commit both"


def test_drift_is_looked_at_and_recorded_anew_and_never_grown():
    looked, anew = commands(DRIFT)
    assert looked == "llmops baseline drift support/refund@73e912e"
    assert anew.startswith("llmops eval run support/refund@73e912e --mode live --repeat 5")
    assert "--grow" not in text(DRIFT), "a round that drifted is not kept"


@pytest.mark.parametrize(
    ("failures", "again", "repair"),
    [
        ({"timeout": 3}, True, False),
        ({}, True, False),
        ({"cannot-render": 120}, False, True),
        ({"cannot-render": 2, "timeout": 1}, True, True),
    ],
)
def test_a_case_that_cannot_be_rendered_is_not_asked_again_but_repaired(failures, again, repair):
    found = commands(replace(INCOMPLETE, failures=failures))
    assert ("llmops gate" in found) is again
    assert ("llmops validate" in found) is repair


def test_a_name_stays_one_argument_whatever_it_is():
    assert all("\n" not in command and "\x1b" not in command for command in commands(HOSTILE))
    odd = replace(REMOVED, hard=(Hard("{x} {0}", "support/refund", "", "", ""),))
    assert commands(odd) == ["llmops explain '{x} {0}'"]


@pytest.mark.parametrize("name", REPORTS)
def test_every_verdict_that_is_not_fine_says_what_to_do(name):
    report = REPORTS[name]
    assert bool(commands(report)) == (report.verdict not in (Verdict.PASS, Verdict.IMPROVED, ACCEPTED.verdict))


@pytest.mark.parametrize(
    ("calls", "cost", "said"),
    [
        (Calls(live=260, unpriced=260), 0.0, "price unknown"),
        (Calls(live=260, unpriced=60), 0.5, "$0.50 and 60 calls of unknown price"),
        (Calls(live=260), 0.5, "$0.50"),
        (Calls(cached=260), 0.0, "$0.00"),
    ],
)
def test_a_price_that_nobody_knows_is_no_zero(calls, cost, said):
    assert f"      {said}" in text(replace(PASS, calls=calls, cost_usd=cost))
