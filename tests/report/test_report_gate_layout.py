"""A slice or a second scorer takes a line, unless it says what no other row said."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from gate_reports import ESCALATION, FAIL, INCOMPLETE, INCONCLUSIVE, INVOICE, PASS, REFUND, changed

from llmops_cli.errors import ExitCode
from llmops_cli.model.broken import Broken
from llmops_cli.model.look import Look
from llmops_cli.model.verdict import Verdict
from llmops_cli.report.gate_html import page
from llmops_cli.report.gate_json import document
from llmops_cli.report.gate_junit import junit
from llmops_cli.report.gate_markdown import markdown
from llmops_cli.report.gate_next import next_steps
from llmops_cli.report.gate_text import text

SLICES = ("gift", "plain", "refund")
OPEN = ("not shown worse (p .5, its level is .005), not shown within 5 pp", "24 cases can only see a drop of 20 pp")


def beside(family, verdict, *, slices=SLICES, **rest):
    return tuple(replace(family, slice=tag, primary=False, verdict=verdict, **rest) for tag in slices)


def with_slices():
    """A PASS of two scorers on three slices, none of which can show anything alone."""
    valid = replace(INVOICE, scorer="json_valid", primary=False)
    families = (
        INVOICE,
        valid,
        *(part for one in (INVOICE, valid) for part in beside(one, Verdict.INCONCLUSIVE, reasons=OPEN)),
    )
    return replace(PASS, families=families, prompts=(changed("billing/invoice", Verdict.PASS),))


def all_failing():
    """A FAIL of a whole set, and of each of its slices, by the very same cases."""
    parts = beside(REFUND, Verdict.FAIL)
    return replace(FAIL, families=(REFUND, *parts), prompts=(changed("support/refund", Verdict.FAIL),))


def test_a_pass_with_three_slices_and_two_scorers_stays_within_a_screen():
    lines = text(with_slices()).split("\n")
    assert len(lines) <= 12
    assert lines[1].startswith("  billing/invoice   pass json_fields")
    assert "inconclusive" not in "\n".join(lines)
    assert lines[2].strip() == (
        "beside it, none shown worse (-v: a row each): json_fields [gift] +1.7 pp, [plain] +1.7 pp, [refund] +1.7 pp; "
        "json_valid +1.7 pp, [gift] +1.7 pp, [plain] +1.7 pp, [refund] +1.7 pp"
    )


def test_asked_for_more_the_text_has_a_row_for_each():
    rows = [line for line in text(with_slices(), full=True).split("\n") if line.startswith("  billing/invoice")]
    assert len(rows) == 8
    assert "its level is .005" in text(with_slices(), full=True)


def test_nothing_is_lost_from_the_document():
    assert len(document(with_slices())["families"]) == 8
    assert [one["verdict"] for one in document(with_slices())["families"]].count("INCONCLUSIVE") == 6


def test_broken_cases_are_told_once_and_a_slice_of_them_takes_a_line():
    lines = text(all_failing()).split("\n")
    (group,) = [line for line in lines if "a fence around the JSON" in line]
    assert group.startswith("    12 × a fence around the JSON: refund-017, refund-044, refund-051 (+9)")
    assert sum("refuse: outside 30 days" in line for line in lines) == 1
    assert sum(line.startswith("  support/refund") for line in lines) == 4
    assert "<summary>15 broken cases</summary>" in markdown(all_failing())
    assert markdown(all_failing()).count("a fence around the JSON") == 1
    assert page(all_failing()).count("refuse: outside 30 days") == 1
    assert page(all_failing()).count("each of them stands above") == 3


def test_junit_counts_a_broken_case_once_and_a_family_as_one_failure():
    suite = ET.fromstring(junit(all_failing()))
    assert suite.get("failures") == str(4 + 15)
    assert ET.fromstring(junit(with_slices())).get("errors") == "0"


@pytest.mark.parametrize("render", [text, markdown, page, junit])
def test_a_slice_that_fails_alone_tells_its_cases(render):
    fine = replace(REFUND, verdict=Verdict.PASS, reasons=("not worse than −5.0 pp",))
    parts = beside(REFUND, Verdict.FAIL, slices=("gift",))
    shown = render(replace(FAIL, families=(fine, *parts), prompts=(changed("support/refund", Verdict.FAIL),)))
    assert "refuse: outside 30 days" in shown
    assert re.search(r"support/(<wbr>)?refund", shown)


def test_the_primary_stands_first_though_a_slice_of_it_failed():
    fine = replace(REFUND, verdict=Verdict.PASS, reasons=("not worse than −5.0 pp",))
    parts = beside(REFUND, Verdict.FAIL, slices=("gift",))
    lines = text(replace(FAIL, families=(*parts, fine))).split("\n")
    assert lines[1].split()[:3] == ["support/refund", "pass", "exact"]
    assert next(line for line in lines[2:] if line.startswith("  support")).split()[:3] == [
        "support/refund",
        "exact",
        "[gift]",
    ]


def test_what_is_withheld_for_one_reason_is_said_once():
    (family,) = INCOMPLETE.families
    family = replace(family, reasons=("verdict withheld: too many runs are missing",))
    shown = replace(INCOMPLETE, families=(family, *beside(family, Verdict.INCOMPLETE)))
    assert text(shown).count("withheld") == 1
    assert "the same: exact [gift], [plain], [refund]" in text(shown)
    assert ET.fromstring(junit(shown)).get("errors") == "1"


def test_answers_without_a_score_are_not_called_missing():
    (family,) = INCOMPLETE.families
    doubt = "scorer exact could not score 2 of 60 answers of the head"
    family = replace(family, missing=0, unscored=2, reasons=(doubt,))
    shown = replace(INCOMPLETE, families=(family, *beside(family, Verdict.INCOMPLETE)), failures={})
    assert text(shown).startswith("! GATE INCOMPLETE   2 answers could not be scored: no verdict on quality")
    assert next_steps(shown)[0][1] == "llmops gate --mode live", "a judge's bad answer is kept like a good one"
    assert "answers are missing" in text(replace(shown, failures={"timeout": 1}))


def test_what_fell_without_breaking_is_counted_and_not_called_the_same():
    family = replace(REFUND, worse=("w-1", "w-2"), better=("b-1",), same=98)
    shown = replace(FAIL, families=(family,))
    said = "15 broke, 2 worse, 4 fixed, 1 better, 98 same"
    assert said in text(shown)
    assert said in junit(shown)
    assert "| 15 + 2 worse / 4 + 1 better |" in markdown(shown)
    assert '<p class="ids">worse: <bdi>w-1</bdi>, <bdi>w-2</bdi></p>' in page(shown)


def test_a_case_that_the_base_fails_too_is_not_said_to_pass_when_asked_again():
    family = replace(REFUND, refuted=("refund-017", "refund-044"), base_fails=("refund-017",))
    again = replace(family.examples[0], fresh_base="0/5", fresh_head="0/5")
    family = replace(family, examples=(again,))
    shown = text(replace(FAIL, families=(family,)))
    assert "15 broke (1 of them not so when asked again, the base fails 1 of them too when asked again)" in shown
    assert "the base fails it too when asked again" in shown


@pytest.mark.parametrize("render", [text, markdown, page, junit])
def test_a_judge_is_shown_with_its_reason_and_not_with_what_was_expected(render):
    example = Broken("refund-017", "Your order is being looked at.", "We are sorry", "4/4", "0/1", reason="it is curt")
    shown = render(replace(FAIL, families=(replace(REFUND, examples=(example,)),)))
    assert "it is curt" in shown
    assert "being looked at" not in shown


def test_a_tag_that_marks_all_that_fell_is_named_where_no_symptom_tells_more():
    mark = "of what fell, 5 of 5 have the tag software, 10 of 30 of all"
    shown = replace(FAIL, families=(replace(REFUND, groups=(), mark=mark),))
    assert mark in text(shown)
    assert mark in markdown(shown)
    assert mark in page(shown)


def test_too_close_to_call_after_the_last_round_says_how_to_have_more_and_which_rule_knows_no_chance():
    broken = Broken("esc-01", "no", "yes", "4/4", "0/3")
    family = replace(ESCALATION, look=Look(3, 3, 0.8, 1 / 3), examples=(broken,), base_runs=5.0)
    steps = next_steps(replace(INCONCLUSIVE, mode="auto", families=(family,)))
    assert [command for _, command in steps][1:3] == [
        "gate: {runs: 5} in llmops.yaml, committed on the base",
        "llmops explain critical",
    ]


def test_a_slice_that_cannot_tell_asks_for_no_more_evidence():
    parts = beside(ESCALATION, Verdict.INCONCLUSIVE, slices=("gift",), base_runs=1.0)
    sure = replace(ESCALATION, base_runs=5.0)
    steps = next_steps(replace(INCONCLUSIVE, mode="auto", families=(sure, *parts)))
    assert not any("baseline record" in command for _, command in steps)


def test_a_comment_on_a_pass_marks_no_slice_as_doubtful():
    report = replace(with_slices(), verdict=Verdict.PASS, exit_code=ExitCode.OK)
    assert "❔" not in markdown(report)
    assert "inconclusive" not in markdown(report)
