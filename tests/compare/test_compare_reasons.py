"""The words beside a verdict: the level that a p was held against, and what an undecided small set lacks."""

import re

from pairings import pairing_of

from llmops_cli.compare.gate import judge
from llmops_cli.compare.power import Evidence
from llmops_cli.compare.reasons import sight
from llmops_cli.compare.verdicts import Terms
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Verdict


def family(signs, **policy):
    base, head = ({case: [sign == "+" for sign in pair[side]] for case, pair in signs.items()} for side in (0, 1))
    (found,) = judge(pairing_of(base, head, policy=GatePolicy(**policy))).families
    return found


def test_a_p_below_one_in_twenty_is_shown_with_the_level_that_it_missed():
    signs = {f"b{i}": ("+", "-") for i in range(8)} | {f"s{i}": ("+", "+") for i in range(60)}
    found = family(signs, margin=0.05, alpha=0.001)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reasons[0] == "not shown worse (p .002, its level is .001), not shown within 5 pp"


def test_an_undecided_small_set_says_how_many_more_cases_would_let_statistics_decide():
    signs = {"c0": ("+++++", "-"), "flips": ("++++-", "+"), **{f"same{i}": ("+++++", "+") for i in range(3)}}
    found = family(signs, rule="cases", margin=0.4)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reasons[0] == "broken in every run: c0"
    (said,) = [reason for reason in found.reasons if "more would" in reason]
    assert said.startswith("small set of 5 cases: about ")
    assert said.endswith(" more would let it hold a margin of 15 pp, and statistics decide")
    more = found.more_cases - 5
    larger = {**signs, **{f"more{i}": ("+++++", "+") for i in range(more)}}
    assert family(larger).rule == "statistics"
    assert family({**signs, **{f"more{i}": ("+++++", "+") for i in range(more // 2)}}).rule == "cases"


def test_where_more_runs_would_do_no_cases_are_asked_for():
    signs = {"c0": ("+++++", "-"), "flips": ("++++-", "+"), **{f"same{i}": ("+++++", "+") for i in range(50)}}
    found = family(signs, rule="cases", margin=0.2)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert not [reason for reason in found.reasons if "more would" in reason]


def test_a_drop_that_rounds_to_the_margin_is_told_from_it():
    text, _ = sight(Evidence(0.1, 0.2, 1 / 3), 60, Terms(0.08, "statistics", 0.04, GatePolicy()))
    assert re.search(r"drop of 8\.5 pp; about 140 would see 8 pp", text), text
