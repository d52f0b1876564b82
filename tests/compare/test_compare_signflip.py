import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, permutation_test

from llmops_cli.compare.signflip import sign_flip_p

steps = st.integers(-10, 10).map(lambda step: step / 10)


def exact(sizes, observed):
    """P(Σ±size < observed) and P(=) for whole sizes, by convolution."""
    total = sum(sizes)
    pmf = np.zeros(2 * total + 1)
    pmf[total] = 1.0
    for size in sizes:
        pmf = (np.roll(pmf, size) + np.roll(pmf, -size)) / 2
    return pmf[: observed + total].sum(), pmf[observed + total]


@pytest.mark.parametrize("seed", range(6))
def test_few_cases_agree_with_scipys_exact_permutation_test(seed):
    draw = random.Random(seed)
    found = [round(draw.gauss(-0.1, 0.4), 3) for _ in range(9)]
    for alternative, mine in (("less", "worse"), ("greater", "better")):
        oracle = permutation_test(
            (np.array(found), np.zeros(9)), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples",
            vectorized=True, n_resamples=np.inf, alternative=alternative,
        )  # fmt: skip
        assert getattr(sign_flip_p(found), mine) == pytest.approx(oracle.pvalue, abs=1e-12)


def test_sixteen_equal_differences_are_the_binomial_test():
    found = sign_flip_p([-0.2] * 12 + [0.6 - 0.4] * 4 + [0.0] * 50)
    assert found.worse == pytest.approx(binom(16, 0.5).cdf(4), abs=1e-12)
    assert found.better == pytest.approx(binom(16, 0.5).sf(3), abs=1e-12)


@pytest.mark.parametrize("cases", [30, 40, 80, 200])
@pytest.mark.parametrize("seed", range(4))
def test_the_saddlepoint_is_within_three_thousandths_from_thirty_cases(cases, seed):
    draw = random.Random(1000 * cases + seed)
    sizes = [draw.randint(1, 60) for _ in range(cases)]
    spread = math.sqrt(sum(size * size for size in sizes))
    for place in (-3.0, -2.0, -1.645, -1.0, -0.3, 0.0, 0.8, 1.645, 2.5):
        signs = _signs_near(sizes, place * spread, draw)
        observed = sum(signs)
        below, at = exact(sizes, observed)
        found = sign_flip_p([value / 60 for value in signs])
        assert found.worse == pytest.approx(below + at / 2, abs=0.003)
        assert found.better == pytest.approx(1 - below - at / 2, abs=0.003)


@pytest.mark.parametrize("steps_of_a_score", [4, 5, 10, 20, 100])
def test_random_scores_of_thirty_cases_and_more_are_within_three_thousandths(steps_of_a_score):
    draw = random.Random(steps_of_a_score)
    for _ in range(60):
        cases, shift, spread = draw.randint(30, 100), draw.uniform(-0.15, 0.08), draw.uniform(0.08, 0.5)
        found = []
        while len(found) < cases:
            step = round(steps_of_a_score * max(-1.0, min(1.0, draw.gauss(shift, spread))))
            found += [step] if step else []
        below, at = exact([abs(step) for step in found], sum(found))
        p, wanted = sign_flip_p([step / steps_of_a_score for step in found]), below + at / 2
        assert p.worse == pytest.approx(wanted, abs=0.003)
        assert p.better == pytest.approx(1 - wanted, abs=0.003)


def _signs_near(sizes, target, draw):
    signs = [size if draw.random() < 0.5 else -size for size in sizes]
    for place in draw.sample(range(len(signs)), len(signs)):
        if abs(sum(signs) - 2 * signs[place] - target) < abs(sum(signs) - target):
            signs[place] = -signs[place]
    return signs


@pytest.mark.parametrize(("fell", "rose"), [(20, 10), (30, 20), (60, 45), (40, 40), (17, 17)])
def test_passes_and_fails_of_one_run_come_close_to_mcnemars_mid_p(fell, rose):
    wanted = binom(fell + rose, 0.5).cdf(rose) - binom(fell + rose, 0.5).pmf(rose) / 2
    assert sign_flip_p([-1.0] * fell + [1.0] * rose).worse == pytest.approx(wanted, abs=0.003)


def test_the_largest_drop_there_is_has_the_chance_of_one_sign_pattern():
    found = sign_flip_p([-0.5] * 40)
    assert found.worse == pytest.approx(2.0**-40)
    assert found.better == pytest.approx(1.0)


def test_nothing_that_differs_says_nothing():
    assert sign_flip_p([0.0] * 100) == (1.0, 1.0)
    assert sign_flip_p([]) == (1.0, 1.0)


@given(st.lists(steps, max_size=40))
def test_p_values_are_probabilities_and_swap_with_the_arms(found):
    p = sign_flip_p(found)
    assert 0.0 < p.worse <= 1.0
    assert 0.0 < p.better <= 1.0
    swapped = sign_flip_p([-value for value in found])
    assert (swapped.better, swapped.worse) == pytest.approx(p, abs=1e-12)


@given(st.lists(steps, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_cases_changes_no_bit_of_a_sign_flip(found, shuffler):
    again = list(found)
    shuffler.shuffle(again)
    assert sign_flip_p(again) == sign_flip_p(found)


@given(st.lists(steps, max_size=40))
def test_cases_without_a_difference_change_nothing(found):
    assert sign_flip_p([*found, 0.0, 0.0]) == sign_flip_p(found)


@given(st.lists(st.floats(0.01, 1.0), min_size=17, max_size=30), st.floats(0.001, 1000))
def test_the_unit_does_not_matter(found, unit):
    assert sign_flip_p([value * unit for value in found]) == pytest.approx(sign_flip_p(found), abs=1e-9)


@given(st.lists(steps, min_size=1, max_size=12), st.data())
def test_a_lower_difference_never_speaks_for_the_head(found, data):
    place = data.draw(st.integers(0, len(found) - 1))
    lower = list(found)
    lower[place] -= data.draw(st.integers(1, 5)) / 10
    assert sign_flip_p(lower).worse <= sign_flip_p(found).worse + 1e-12
