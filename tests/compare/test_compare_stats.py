import math
from statistics import NormalDist, median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from llmops_cli.compare.stats import drop, graded_interval, mean, middle, pseudo_runs, wilson, z, zero_of

DIFFERENCES = st.lists(st.floats(-1, 1), min_size=1, max_size=60)


@pytest.mark.parametrize(("cases", "bound"), [(10, -0.23), (50, -0.047), (100, -0.023)])
def test_identical_cases_still_leave_room_for_a_drop(cases, bound):
    assert drop([0.0] * cases, inverse_runs=1.0).lower_bound == pytest.approx(bound, abs=0.003)


def test_the_lower_bound_is_the_formula_of_the_contract():
    found = drop([-1.0, 0.0, 0.0, 0.5], inverse_runs=1 / 3, beta=0.05)
    spread = sum((d + 0.125) ** 2 for d in (-1.0, 0.0, 0.0, 0.5))
    error = math.sqrt(spread + 2 / 3) / 4
    assert found.delta == -0.125
    assert found.lower_bound == pytest.approx(-0.125 - norm.ppf(0.95) * error, abs=1e-12)
    assert found.interval == pytest.approx((-0.125 - norm.ppf(0.975) * error, -0.125 + norm.ppf(0.975) * error))


@given(DIFFERENCES, st.floats(0.2, 1.0))
def test_the_interval_holds_the_difference_and_ends_where_scores_end(differences, inverse_runs):
    found = drop(differences, inverse_runs=inverse_runs)
    assert -1.0 <= found.interval[0] <= found.delta <= found.interval[1] <= 1.0
    assert found.lower_bound < found.delta


@given(DIFFERENCES, st.randoms(use_true_random=False))
def test_the_order_of_differences_changes_no_bit(differences, shuffler):
    again = list(differences)
    shuffler.shuffle(again)
    assert drop(again, inverse_runs=1.0) == drop(differences, inverse_runs=1.0)


@pytest.mark.parametrize(("passes", "cases"), [(97, 120), (0, 5), (5, 5), (1, 1), (1319, 1319), (742, 1319)])
def test_the_interval_of_a_share_is_scipys_wilson_interval(passes, cases):
    wanted = binomtest(passes, cases).proportion_ci(0.95, "wilson")
    assert wilson(passes / cases, cases) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_the_interval_of_the_documented_run_is_the_documented_one():
    low, high = wilson(97 / 120, 120)
    assert (round(low, 3), round(high, 3)) == (0.729, 0.869)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_a_graded_interval_lies_in_the_scale_and_is_never_a_point(means):
    low, high = graded_interval(means)
    assert 0.0 <= low < high <= 1.0
    assert low <= mean(means) + 1e-12
    assert mean(means) <= high + 1e-12


def test_ten_equal_grades_are_not_a_certainty():
    assert graded_interval([0.9] * 10) == (pytest.approx(0.761, abs=0.001), 1.0)


@pytest.mark.parametrize(("runs", "inverse"), [([1, 1, 1], 1.0), ([5, 5], 0.2), ([1, 2, 4], 7 / 12)])
def test_unequal_repeats_count_by_their_harmonic_mean(runs, inverse):
    assert pseudo_runs(runs) == pytest.approx(inverse)


def test_the_rule_of_three_in_its_exact_form():
    assert zero_of(60) == pytest.approx(0.0487, abs=0.0001)
    assert binomtest(0, 60, zero_of(60), alternative="less").pvalue == pytest.approx(0.05)


@pytest.mark.parametrize("level", [1e-6, 0.01, 0.3, 0.5, 0.8, 0.95, 0.975, 0.999, 1 - 1e-6])
def test_the_normal_quantile_is_scipys(level):
    assert z(level) == pytest.approx(norm.ppf(level), abs=1e-9)
    assert NormalDist().cdf(z(level)) == pytest.approx(level, rel=1e-9)


@given(st.lists(st.floats(0, 100), min_size=1))
def test_the_middle_is_the_median(values):
    assert middle(values) == median(values)
