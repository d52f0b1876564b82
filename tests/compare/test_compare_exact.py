import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, fisher_exact, hypergeom

from llmops_cli.compare.exact import Table, permutation_p


def oracle(tables):
    """P(sum < T), P(=), P(>) by scipy's hypergeometric distribution and a plain convolution."""
    pmf, observed = {0: 1.0}, 0
    for base_passes, base_runs, head_passes, head_runs in tables:
        one = hypergeom(base_runs + head_runs, base_passes + head_passes, head_runs)
        step = {k: one.pmf(k) for k in range(head_runs + 1)}
        merged = {}
        for have, weight in pmf.items():
            for more, chance in step.items():
                merged[have + more] = merged.get(have + more, 0.0) + weight * chance
        pmf, observed = merged, observed + head_passes
    parts = ([w for k, w in pmf.items() if k < observed], [pmf[observed]], [w for k, w in pmf.items() if k > observed])
    return [math.fsum(part) for part in parts]


@st.composite
def tables(draw, most=12):
    def one():
        base_runs, head_runs = draw(st.integers(1, 5)), draw(st.integers(1, 5))
        return Table(draw(st.integers(0, base_runs)), base_runs, draw(st.integers(0, head_runs)), head_runs)

    return [one() for _ in range(draw(st.integers(0, most)))]


@settings(deadline=None, max_examples=60)
@given(tables())
def test_both_tails_agree_with_scipy_for_any_repeats(cases):
    below, at, above = oracle(cases)
    assert permutation_p(cases) == pytest.approx((below + at / 2, above + at / 2), abs=1e-12)
    assert permutation_p(cases, strict=True) == pytest.approx((below + at, above + at), abs=1e-12)


@pytest.mark.parametrize(("broke", "fixed"), [(0, 0), (1, 0), (5, 7), (15, 4), (33, 5), (209, 152), (360, 76)])
def test_one_run_each_is_mcnemars_exact_test(broke, fixed):
    cases = [Table(1, 1, 0, 1)] * broke + [Table(0, 1, 1, 1)] * fixed + [Table(1, 1, 1, 1)] * 100
    wanted = binomtest(fixed, broke + fixed, 0.5, alternative="less").pvalue if broke + fixed else 1.0
    assert permutation_p(cases, strict=True).worse == pytest.approx(wanted, rel=1e-10, abs=1e-300)


@pytest.mark.parametrize("table", [(5, 5, 0, 5), (4, 5, 1, 3), (2, 7, 6, 9), (1, 1, 0, 1), (5, 5, 2, 2), (0, 5, 1, 1)])
def test_a_single_case_is_fishers_exact_test(table):
    base_passes, base_runs, head_passes, head_runs = table
    grid = [[head_passes, head_runs - head_passes], [base_passes, base_runs - base_passes]]
    found = permutation_p([Table(*table)], strict=True)
    assert found.worse == pytest.approx(fisher_exact(grid, alternative="less").pvalue, abs=1e-12)
    assert found.better == pytest.approx(fisher_exact(grid, alternative="greater").pvalue, abs=1e-12)


def random_table(draw, most=8):
    base_runs, head_runs = draw.randint(1, most), draw.randint(1, most)
    return Table(draw.randint(0, base_runs), base_runs, draw.randint(0, head_runs), head_runs)


def test_a_thousand_random_tables_agree_with_scipy_to_twelve_digits_in_both_tails_and_both_ways():
    draw = random.Random(20)
    for _ in range(1000):
        table = random_table(draw)
        law = hypergeom(table.base_runs + table.head_runs, table.base_passes + table.head_passes, table.head_runs)
        below, at, above = law.cdf(table.head_passes - 1), law.pmf(table.head_passes), law.sf(table.head_passes)
        assert permutation_p([table]) == pytest.approx((below + at / 2, above + at / 2), abs=1e-12)
        assert permutation_p([table], strict=True) == pytest.approx((below + at, above + at), abs=1e-12)


def test_a_thousand_random_pairs_of_runs_are_mcnemars_test_to_twelve_digits():
    draw = random.Random(21)
    for _ in range(1000):
        broke, fixed, same = draw.randint(0, 60), draw.randint(0, 60), draw.randint(0, 9)
        cases = [Table(1, 1, 0, 1)] * broke + [Table(0, 1, 1, 1)] * fixed + [Table(1, 1, 1, 1)] * same
        law = binom(broke + fixed, 0.5)
        worse, better = law.cdf(fixed), law.sf(fixed - 1)
        assert permutation_p(cases, strict=True) == pytest.approx((worse, better), abs=1e-12)
        half = law.pmf(fixed) / 2
        assert permutation_p(cases) == pytest.approx((worse - half, better - half), abs=1e-12)


def test_two_hundred_random_sets_agree_with_scipy_to_twelve_digits():
    draw = random.Random(22)
    for _ in range(200):
        cases = [random_table(draw, most=5) for _ in range(draw.randint(2, 40))]
        below, at, above = oracle(cases)
        assert permutation_p(cases) == pytest.approx((below + at / 2, above + at / 2), abs=1e-12)


def test_large_sets_agree_with_a_plain_convolution():
    draw = random.Random(3)
    cases = []
    for _ in range(150):
        chance = draw.betavariate(2, 2)
        cases.append(
            Table(sum(draw.random() < chance for _ in range(5)), 5, sum(draw.random() < chance for _ in range(3)), 3)
        )
    below, at, above = oracle(cases)
    assert permutation_p(cases) == pytest.approx((below + at / 2, above + at / 2), abs=1e-12)


@settings(deadline=None)
@given(tables(), tables())
def test_two_sets_merged_are_judged_by_the_sum_of_both(one, other):
    """The passes of merged sets are the sum of two independent sums; what each says alone is all that they say."""
    both = oracle([*one, *other])
    assert permutation_p([*one, *other]) == pytest.approx((both[0] + both[1] / 2, both[2] + both[1] / 2), abs=1e-12)
    assert permutation_p([*one, *other]) == permutation_p([*other, *one])


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_cases_changes_no_bit(cases, shuffler):
    again = list(cases)
    shuffler.shuffle(again)
    assert permutation_p(again) == permutation_p(cases)


@given(tables())
def test_p_values_are_probabilities_and_meet_at_one(cases):
    found = permutation_p(cases)
    assert 0.0 <= found.worse <= 1.0
    assert 0.0 <= found.better <= 1.0
    assert found.worse + found.better == pytest.approx(1.0, abs=1e-12)


@given(tables())
def test_swapping_the_arms_swaps_the_p_values(cases):
    swapped = permutation_p([Table(c, k, b, m) for b, m, c, k in cases])
    found = permutation_p(cases)
    assert (swapped.better, swapped.worse) == pytest.approx(found, abs=1e-12)


@given(tables(), st.integers(1, 5), st.integers(1, 5), st.booleans())
def test_a_case_that_always_passes_or_always_fails_changes_nothing(cases, base_runs, head_runs, passes):
    still = Table(base_runs * passes, base_runs, head_runs * passes, head_runs)
    assert permutation_p([*cases, still]) == permutation_p(cases)


@given(tables(), st.booleans(), st.data())
def test_a_pass_that_becomes_a_fail_never_speaks_for_the_head(cases, strict, data):
    lowered = [place for place, case in enumerate(cases) if case.head_passes]
    if lowered:
        place = data.draw(st.sampled_from(lowered))
        worse = list(cases)
        worse[place] = cases[place]._replace(head_passes=cases[place].head_passes - 1)
        before, after = permutation_p(cases, strict=strict), permutation_p(worse, strict=strict)
        assert after.worse <= before.worse + 1e-12
        assert after.better >= before.better - 1e-12


def test_no_informative_case_says_nothing_either_way():
    assert permutation_p([]) == (0.5, 0.5)
    assert permutation_p([Table(1, 1, 1, 1)] * 5, strict=True) == (1.0, 1.0)


def test_the_far_tail_keeps_its_digits():
    found = permutation_p([Table(1, 1, 0, 1)] * 900)
    assert found.worse == pytest.approx(2.0**-901, rel=1e-9)
