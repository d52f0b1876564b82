"""Broken cases as people read them: which count, which do not, and what exactly came instead of what."""

import html
import re
from dataclasses import replace

import pytest
from gate_reports import FAIL, INVOICE, PASS, REFUND
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.model.broken import Broken, Wrong
from llmops_cli.model.group import Group
from llmops_cli.report.gate_fields import apart
from llmops_cli.report.gate_html import page
from llmops_cli.report.gate_junit import junit
from llmops_cli.report.gate_markdown import markdown
from llmops_cli.report.gate_text import text

SINKS = pytest.mark.parametrize("sink", [text, markdown, junit, page])


def shown(sink, family, report=FAIL):
    return sink(replace(report, families=(family,)))


@SINKS
def test_a_pass_says_how_many_cases_moved_and_are_set_aside(sink):
    drawn = shown(sink, replace(INVOICE, aside=("inv-001", "inv-002")), PASS)
    assert "2 moved but set aside (flaky or in quarantine)" in drawn
    assert "set aside" not in shown(sink, INVOICE, PASS)


AGAIN = replace(
    REFUND,
    broke=("a", "b", "c", "d"),
    groups=(),
    refuted=("b", "d"),
    examples=(
        Broken("c", "refuse", "approve", "5/5", "0/1", "3/3", "0/3"),
        Broken("a", "refuse", "approve", "5/5", "0/1", "3/3", "1/3"),
        Broken("b", "refuse", "approve", "5/5", "0/1", "0/3", "3/3"),
    ),
)


@SINKS
def test_a_case_that_did_not_break_when_asked_again_says_so(sink):
    drawn = shown(sink, AGAIN)
    said = "fresh: base 0/3, head 3/3; not so when asked again"
    assert drawn.count(said) == 1
    assert drawn.count("not so when asked again") > drawn.count(said)


@pytest.mark.parametrize("sink", [text, junit])
def test_the_tally_says_how_many_did_not_break_when_asked_again(sink):
    assert "4 broke (2 of them not so when asked again), 4 fixed" in shown(sink, AGAIN)


@pytest.mark.parametrize(
    ("sink", "each", "cases"),
    [
        (text, r"^ {4}([a-d]) ", "cab"),
        (markdown, r"^- `support/refund` `exact` `([a-d])`", "cabd"),
        (junit, r'name="exact: ([a-d])"', "cabd"),
        (page, r'scope="row"><bdi>([a-d])|<td data-label="Case"><div><bdi>([a-d])', "cab"),
    ],
)
def test_what_fresh_answers_refute_stands_last(sink, each, cases):
    found = re.findall(each, shown(sink, AGAIN), re.MULTILINE)
    assert "".join("".join(one) for one in found) == cases


def test_a_case_that_is_not_spelled_out_is_marked_in_the_comment_and_in_junit():
    assert "- `support/refund` `exact` `d` `not so when asked again`\n" in shown(markdown, AGAIN)
    assert 'message="broke: not so when asked again"' in shown(junit, AGAIN)


@SINKS
def test_a_case_of_several_groups_is_spelled_out_once(sink):
    groups = (Group("wrong in iban", ("a", "c")), Group("wrong in date", ("c", "b")))
    examples = (Broken("c", "refuse", "agree to it", "5/5", "0/1"),)
    assert shown(sink, replace(AGAIN, groups=groups, examples=examples)).count("agree to it") == 1


@pytest.mark.parametrize("sink", [text, markdown])
def test_many_ways_to_fail_are_cut(sink):
    groups = tuple(Group(f"wrong in f{at}", ("a",)) for at in range(9))
    drawn = shown(sink, replace(AGAIN, groups=groups))
    assert drawn.count("wrong in f") == 6
    assert "+3 more ways to fail" in drawn


@pytest.mark.parametrize("sink", [text, markdown, page])
def test_a_group_says_how_many_of_its_cases_did_not_break_when_asked_again(sink):
    drawn = shown(sink, replace(AGAIN, groups=(Group("no JSON", ("a", "c", "b")), Group("a refusal", ("a",)))))
    assert drawn.count("(1 of them not so when asked again)") == 1


SPACED = Wrong("iban", "FR1420041010050500013M02606", "FR14 2004 1010 0505 0001 3M02 606")
GRADED = Broken(
    "c", '{"currency": "EUR", …}', '{"vendor": "Acme", …}', "5/5", "0/1", wrong=(SPACED, Wrong("total", 12.5, None))
)


def graded(sink, example=GRADED):
    return html.unescape(shown(sink, replace(AGAIN, examples=(example,))))


@pytest.mark.parametrize(
    ("sink", "words"),
    [
        (text, 'c  iban: expected "FR1420041010050500013M02606", got "FR14 2004 1010 0505 0001 3M02 606"; total: expected 12.5, got nothing'),
        (markdown, '`c` `iban`: expected `"FR1420041010050500013M02606"`, got `"FR14 2004 1010 0505 0001 3M02 606"`; `total`: expected `12.5`, got `nothing`'),
        (junit, 'iban: expected "FR1420041010050500013M02606", got "FR14 2004 1010 0505 0001 3M02 606"\ntotal: expected 12.5, got nothing'),
        (page, 'iban: "FR14 2004 1010 0505 0001 3M02 606"\ntotal: nothing'),
    ],
)  # fmt: skip
def test_of_an_object_only_the_wrong_fields_are_shown(sink, words):
    drawn = graded(sink)
    assert words in drawn
    assert "currency" not in drawn
    assert "Acme" not in drawn


def test_many_wrong_fields_are_counted_and_a_long_one_is_cut_where_it_parts():
    long = Wrong("notes", "a" * 500 + "bcd" + "e" * 500, "a" * 500 + "xyz" + "e" * 500)
    drawn = graded(text, replace(GRADED, wrong=(long, SPACED, SPACED, SPACED)))
    assert re.search(r"notes: expected …a{10}bcde+…, got …a{10}xyze+…; iban: .* \(\+2\)", drawn)


@given(st.text(max_size=80), st.text(max_size=80), st.integers(8, 40))
def test_two_texts_that_differ_still_differ_once_they_are_cut(one, other, limit):
    shown_one, shown_other = apart(one, other, limit)
    assert max(len(shown_one), len(shown_other)) <= limit
    assert (shown_one != shown_other) is (one != other)
