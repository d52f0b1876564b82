"""Which cases are flaky, with scipy as the oracle of the posterior."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc

from llmops_cli.compare.flaky import beta_below, flaky_chance, is_flaky

halves = st.integers(0, 400).map(lambda count: count + 0.5)


@given(st.floats(0, 1), halves, halves)
def test_the_incomplete_beta_function_is_scipys(x, first, second):
    assert beta_below(x, first, second) == pytest.approx(betainc(first, second, x), abs=1e-10)


@given(st.integers(1, 200).flatmap(lambda runs: st.tuples(st.integers(0, runs), st.just(runs))))
def test_passes_and_failures_are_flaky_alike(counts):
    passes, runs = counts
    assert flaky_chance(passes, runs) == pytest.approx(flaky_chance(runs - passes, runs), abs=1e-12)


@pytest.mark.parametrize(
    ("runs", "flaky"),
    [
        (1, []),
        (4, []),
        (5, [1, 2, 3, 4]),
        (6, [2, 3, 4]),
        (8, [2, 3, 4, 5, 6]),
        (10, [2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_a_case_is_flaky_where_both_ends_are_unlikely(runs, flaky):
    assert [passes for passes in range(runs + 1) if is_flaky(passes, runs)] == flaky


@pytest.mark.parametrize(("passes", "runs"), [(-1, 5), (6, 5)])
def test_counts_that_cannot_be_are_refused(passes, runs):
    with pytest.raises(ValueError, match="passes of 5 runs"):
        is_flaky(passes, runs)
