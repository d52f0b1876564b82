import pytest
from hypothesis import given
from hypothesis import strategies as st
from pairings import arm_of

from llmops_cli.compare.power import (
    Evidence,
    auto_margin,
    cases_needed,
    detectable_drop,
    hold,
    margin_held,
    margin_of,
    more_cases_for,
    rule_of,
    runs_needed,
    variance_of,
    within_case_variance,
)
from llmops_cli.model.settings import GatePolicy

TYPICAL = 0.043


@pytest.mark.parametrize(
    ("cases", "base_runs", "head_runs", "points"),
    [
        (50, 5, 1, 10.6), (50, 5, 3, 6.7), (50, 5, 5, 5.6), (100, 5, 1, 6.7), (100, 5, 3, 4.3), (100, 5, 5, 3.6),
        (200, 5, 1, 4.4), (200, 5, 3, 2.8), (500, 5, 5, 1.5), (50, 1, 1, 12.5), (100, 1, 1, 8.1), (200, 1, 1, 5.4),
    ],
)  # fmt: skip
def test_the_detectable_drop_is_the_published_one(cases, base_runs, head_runs, points):
    evidence = Evidence(TYPICAL, 1 / base_runs, 1 / head_runs)
    assert detectable_drop(evidence, cases) * 100 == pytest.approx(points, abs=0.06)


@pytest.mark.parametrize(("drop", "cases"), [(0.05, 79), (0.03, 186), (0.02, 388)])
def test_five_baseline_and_three_head_runs_need_the_published_cases(drop, cases):
    assert cases_needed(Evidence(TYPICAL, 1 / 5, 1 / 3), drop) == pytest.approx(
        cases, rel=0.02
    )  # published with v rounded


def test_the_inconclusive_example_of_the_command_line_sees_eighteen_points():
    evidence = Evidence(17 / 120, 1.0)
    assert detectable_drop(evidence, 60) == pytest.approx(0.18, abs=0.005)
    assert cases_needed(evidence, 0.05) == pytest.approx(710, abs=5)


@given(st.floats(0, 0.25), st.integers(1, 5), st.integers(1, 5), st.floats(0.01, 0.5))
def test_the_cases_needed_are_the_fewest(variance, base_runs, head_runs, drop):
    evidence = Evidence(variance, 1 / base_runs, 1 / head_runs)
    cases = cases_needed(evidence, drop)
    assert detectable_drop(evidence, cases) <= drop * (1 + 1e-9)
    assert cases == 1 or detectable_drop(evidence, cases - 1) > drop * (1 - 1e-9)


def test_more_runs_help_only_where_the_baseline_is_not_the_limit():
    assert runs_needed(Evidence(TYPICAL, 1 / 5), 100, 0.05) == 2
    assert runs_needed(Evidence(TYPICAL, 1 / 5), 100, 0.045) == 3
    assert runs_needed(Evidence(0.25, 1.0), 50, 0.05) is None


@pytest.mark.parametrize(
    ("base", "head", "variance"),
    [
        ([[1, 0, 1, 1, 1], [1, 1, 1, 1, 1]], [[1], [0]], 0.1),  # 4·1/(5·4) in one of two cases
        ([[1], [1]], [[1, 0], [1, 1]], 0.25),  # the head's repeats, where the baseline has none
        ([[1]] * 60, [[0]] * 17 + [[1]] * 43, 17 / 120),  # (broke + fixed)/(2n)
        ([[0.5], [0.5]], [[0.7], [0.5]], 0.01),
        ([], [], 0.045),
    ],
)
def test_the_variance_of_one_run_comes_from_the_best_that_is_known(base, head, variance):
    assert variance_of(base, head) == pytest.approx(variance)


def test_single_runs_say_nothing_of_their_variance():
    assert within_case_variance([[1.0], [0.0]]) is None


@pytest.mark.parametrize(
    ("cases", "base_runs", "head_runs", "margin"),
    [(50, 1, 1, 0.15), (49, 1, 1, 0.16), (40, 5, 1, 0.15), (39, 5, 1, 0.16), (100, 5, 1, 0.08), (1319, 1, 1, 0.05), (1, 1, 1, 1.0), (0, 1, 1, 1.0)],
)  # fmt: skip
def test_the_auto_margin_grows_as_the_set_shrinks(cases, base_runs, head_runs, margin):
    assert margin_held(Evidence(0.045, 1 / base_runs, 1 / head_runs), cases) == margin


@given(st.floats(0, 0.25), st.integers(1, 3000), st.integers(1, 5))
def test_the_auto_margin_is_a_whole_number_of_points_from_five_up(variance, cases, base_runs):
    margin = margin_held(Evidence(variance, 1 / base_runs), cases)
    assert 0.05 <= margin <= 1.0
    assert margin == round(margin, 2)


def test_the_set_with_the_missing_cases_holds_five_points():
    evidence = Evidence(0.045, 1 / 5)
    more = more_cases_for(evidence, 100, 0.05)
    assert margin_held(evidence, 100) == 0.08
    assert margin_held(evidence, 100 + more) == 0.05
    assert margin_held(evidence, 100 + more - 1) == 0.06
    assert more_cases_for(evidence, 100 + more, 0.05) == 0


def test_a_baseline_holds_by_its_own_repeats_alone():
    steady = arm_of({f"c{i}": [True] * 5 for i in range(60)})
    flaky = arm_of({f"c{i}": [True, False] * 2 for i in range(60)})
    once = arm_of({f"c{i}": [True] for i in range(60)})
    policy = GatePolicy()
    assert [auto_margin(arm, "exact", policy) for arm in (steady, flaky, once)] == [0.07, 0.26, 0.14]
    assert hold(arm_of({}), "exact", policy).margin == 1.0
    assert hold(once, "exact", policy).more_cases == more_cases_for(Evidence(0.045, 1.0), 60, 0.05)


def test_a_margin_by_hand_stands_and_a_stored_one_comes_before_a_computed_one():
    arm = arm_of({f"c{i}": [True] for i in range(60)}, margin=0.09)
    assert margin_of(arm, "exact", GatePolicy(margin=0.3)) == 0.3
    assert margin_of(arm, "exact", GatePolicy()) == 0.09
    assert margin_of(arm_of({"c": [True]}), "exact", GatePolicy()) == 1.0


@pytest.mark.parametrize(
    ("margin", "policy", "rule"),
    [
        (0.15, GatePolicy(), "statistics"),
        (0.16, GatePolicy(), "cases"),
        (0.16, GatePolicy(margin=0.16), "statistics"),
        (0.16, GatePolicy(rule="statistics"), "statistics"),
        (0.05, GatePolicy(rule="cases"), "cases"),
    ],
)
def test_a_set_is_small_by_its_auto_margin_unless_the_policy_says_otherwise(margin, policy, rule):
    assert rule_of(margin, policy) == rule
