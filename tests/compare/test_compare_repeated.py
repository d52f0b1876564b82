"""Cases that share their answers count as one: what the gate says does not depend on how often a case is copied."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pairings import arm_of, flagged, pairing_of

from llmops_cli.compare.confirm import second
from llmops_cli.compare.drift import look
from llmops_cli.compare.gate import judge
from llmops_cli.compare.insight import Wanted, power
from llmops_cli.compare.pairs import Pair, Paired
from llmops_cli.compare.repeated import distinct, said, twins_of, united
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Verdict

POLICIES = [GatePolicy(margin="auto"), GatePolicy(margin=0.05, rule="statistics"), GatePolicy(inference="population")]
RUNS = st.lists(st.booleans(), min_size=3, max_size=3)
SETS = st.lists(st.tuples(RUNS, RUNS.map(lambda runs: runs[:2]), st.integers(1, 5)), min_size=2, max_size=12)


def named(questions):
    """Return the scores of both sides with each question asked as often as it says, and their flags."""
    base, head, flags = {}, {}, {}
    for number, (before, after, copies) in enumerate(questions):
        for copy in range(copies):
            name, first = f"c{number:02}-{copy}", f"c{number:02}-0" if copies > 1 else ""
            base[name], head[name], flags[name] = before, after, flagged(unit=first, asked=first)
    return base, head, flags


@settings(max_examples=60)
@given(SETS, st.sampled_from(POLICIES))
def test_copies_change_no_figure_and_no_verdict(questions, policy):
    base, head, flags = named(questions)
    one = judge(pairing_of(base, head, flags=flags, policy=policy))
    other = judge(pairing_of(*named([(*sides, 1) for *sides, _ in questions])[:2], policy=policy))
    assert one.verdict is other.verdict
    for family, alone in zip(one.families, other.families, strict=True):
        figures = [(each.p_worse, each.p_better, each.lower_bound, each.delta, each.margin, each.mde, each.more_cases)
                   for each in (family, alone)]  # fmt: skip
        assert figures[0] == pytest.approx(figures[1], abs=1e-9)
        assert {case[:3] for case in family.broke} == {case[:3] for case in alone.broke}


def test_the_report_says_how_many_cases_repeat_others():
    questions = [([True] * 3, [True, number > 1], 10) for number in range(12)]
    base, head, flags = named(questions)
    notes = judge(pairing_of(base, head, flags=flags)).reasons
    assert "108 cases ask what others ask, and share their answers: 120 cases count as 12" in notes
    assert not any("share their" in note for note in judge(pairing_of(base, head)).reasons)


def test_two_checks_of_one_answer_count_together_and_either_can_break():
    base = {name: [True] * 5 for name in ("a", "b", *(f"c{n}" for n in range(10)))}
    head = base | {"b": [False] * 5}
    flags = {name: flagged(unit="a", asked="a") for name in ("a", "b")}
    found = judge(pairing_of(base, head, flags=flags, policy=GatePolicy(margin="auto", rule="cases")))
    assert found.verdict is Verdict.FAIL
    assert found.families[0].broke == ("b",)


def test_one_of_many_checks_of_one_answer_still_breaks_a_small_set():
    base = {f"c{n}": [True] * 5 for n in range(12)}
    head = base | {"c7": [False] * 5}
    flags = {name: flagged(unit="c0", asked="c0") for name in base}
    assert judge(pairing_of(base, head, flags=flags, policy=GatePolicy(rule="cases"))).verdict is Verdict.FAIL


def test_a_run_of_a_unit_is_the_mean_of_its_cases_in_that_run():
    pairs = (Pair("a", (1.0, 0.0), (1.0,)), Pair("b", (0.0, 1.0), (1.0,)), Pair("c", (1.0,), (0.0,)))
    twins = {"a": ("a", "a"), "b": ("a", "a")}
    assert united(Paired(pairs, binary=True), twins) == Paired((Pair("a", (0.5, 0.5), (1.0,)), pairs[2]), binary=False)


def test_where_the_head_alone_asks_the_same_the_answers_of_the_base_are_so_many_draws():
    pairs = (Pair("a", (1.0, 0.0), (1.0,)), Pair("b", (1.0, 1.0), (1.0,)))
    twins = {"a": ("a", "a"), "b": ("b", "a")}
    assert united(Paired(pairs, binary=True), twins).pairs == (Pair("a", (1.0, 0.0, 1.0, 1.0), (1.0,)),)
    (note,) = said(("a", "b"), twins)
    assert "1 of them the base asks otherwise" in note


def test_a_margin_in_the_header_of_a_baseline_does_not_outlast_the_copies_it_was_made_from():
    questions = [([True, True, number > 2], [True], 10) for number in range(12)]
    base, head, flags = named(questions)
    arm = replace(arm_of(base, side="base "), margin=0.05)
    (family,) = judge(pairing_of(arm, head, flags=flags, policy=GatePolicy(margin="auto"))).families
    assert family.margin > 0.15
    assert distinct(arm, {}).margin == 0.05


def test_a_slice_of_copies_is_as_small_as_its_questions():
    questions = [([True] * 3, [True], 10) for _ in range(12)]
    base, head, flags = named(questions)
    flags = {name: replace(flag, tags=("hard",)) for name, flag in flags.items()}
    found = judge(pairing_of(base, head, flags=flags, policy=GatePolicy(margin=0.05, slices=("hard",))))
    assert [family.slice for family in found.families] == [None]
    assert "slice hard: 12 cases, too few to judge (20)" in found.reasons


def test_never_cases_that_share_an_answer_prove_no_more_than_one():
    base = {name: [True] * 3 for name in "abcdef"}
    flags = {name: flagged(never=True, unit="a", asked="a") for name in base}
    notes = judge(pairing_of(base, base, flags=flags)).reasons
    assert "never: 0 of 1: ≤ 95.0 %" in notes


def test_a_price_that_copies_share_is_one_price():
    base, head, flags = named([([True] * 3, [True], 20), ([True] * 3, [True], 1)])
    arms = [arm_of(side, side=word) for side, word in ((base, "base "), (head, "head "))]
    before, after = (
        replace(arm, rows={case: replace(row, cost_usd=cost) for case, row in arm.rows.items()})
        for arm, cost in zip(arms, (0.01, 0.02), strict=True)
    )
    assert judge(pairing_of(before, after, flags=flags)).hard == ()
    assert [one.rule for one in judge(pairing_of(before, after)).hard] == ["cost"]


def test_fresh_answers_that_copies_share_confirm_as_little_as_one():
    base, head, flags = named([([True] * 3, [False] * 3, 20)])
    twins = twins_of(flags)
    alone = second(arm_of(base), arm_of(head), "exact", base, (GatePolicy(), {}))
    once = second(arm_of(base), arm_of(head), "exact", base, (GatePolicy(), twins))
    assert alone.p < 1e-6
    assert once.p == pytest.approx(1 / 20 / 2)
    assert once.cases == 1


def test_drift_is_not_shown_by_one_answer_that_many_cases_share():
    base, head, flags = named([([True] * 3, [False], 20)])
    found = look(arm_of(base), arm_of(head), "exact", twins_of(flags))
    assert found.cases == 1
    assert found.p_worse > 0.05


def test_the_power_of_a_set_is_that_of_its_questions():
    questions = [([True, True, number % 3 > 0], [], 10) for number in range(12)]
    base, _, flags = named(questions)
    wanted = Wanted(0.05, GatePolicy(margin="auto"), {}, {}, twins=twins_of(flags))
    found = power(arm_of(base), "exact", wanted)
    alone = power(
        arm_of({name: row for name, row in base.items() if name.endswith("-0")}), "exact", replace(wanted, twins={})
    )
    assert (found.cases, found.copies) == (12, 108)
    assert replace(found, copies=0) == alone
