"""Cohen's kappa and its kin by the formulas of their papers, written down a second time."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from llmops_cli.compare.agreement import agreement, kappa_error, pair_bias

YES_NO = ("true", "false")
SIDES = ("A", "tie", "B")


def rated(*counts, categories=YES_NO):
    cells = [(one, other) for one in categories for other in categories]
    return [pair for pair, count in zip(cells, counts, strict=True) for _ in range(count)]


def found(*counts, categories=YES_NO):
    return agreement(("ada", "bo"), rated(*counts, categories=categories), categories)


def test_the_textbook_table_has_kappa_04():
    got = found(20, 5, 10, 15)
    assert got.agree == pytest.approx(0.7)
    assert got.kappa == pytest.approx(0.4)
    assert got.pabak == pytest.approx(0.4)
    assert got.rates == (0.5, 0.6)
    assert got.agree_interval == pytest.approx(tuple(binomtest(35, 50).proportion_ci(method="wilson")), abs=1e-12)


def test_high_agreement_with_a_lopsided_base_rate_has_a_low_kappa_and_pabak_and_ac1_say_so():
    got = found(118, 5, 2, 0)
    assert got.agree == pytest.approx(0.944)
    assert got.kappa == pytest.approx(-0.0234, abs=1e-4)
    assert got.pabak == pytest.approx(0.888)
    assert got.ac1 == pytest.approx(0.9407, abs=1e-4)


@pytest.mark.parametrize("counts", [(30, 0, 0, 0), (0, 0, 0, 30)])
def test_kappa_of_raters_who_know_one_category_only_is_undefined(counts):
    got = found(*counts)
    assert (got.kappa, got.kappa_interval) == (None, None)
    assert got.agree == 1.0


def test_one_rater_who_always_says_the_same_has_kappa_0():
    assert found(20, 0, 10, 0).kappa == 0.0


def test_ten_answers_without_a_disagreement_do_not_prove_kappa_1():
    low, high = found(5, 0, 0, 5).kappa_interval
    assert low < 0.7
    assert high == 1.0


def test_no_pair_and_a_strange_category_are_refused():
    with pytest.raises(ValueError, match="0 pairs"):
        agreement(("a", "b"), [], YES_NO)
    with pytest.raises(ValueError, match="categories"):
        agreement(("a", "b"), [("true", "maybe")], YES_NO)


TABLES = st.lists(st.integers(0, 30), min_size=9, max_size=9).filter(any)


def shares(counts):
    total = sum(counts)
    return [[counts[3 * i + j] / total for j in range(3)] for i in range(3)]


def kappa(p):
    agree = sum(p[i][i] for i in range(3))
    chance = sum(sum(p[i]) * sum(row[i] for row in p) for i in range(3)) / sum(map(sum, p)) ** 2
    agree /= sum(map(sum, p))
    return (agree - chance) / (1 - chance) if chance < 1 - 1e-12 else None


@given(TABLES)
def test_kappa_and_its_error_agree_with_the_delta_method_by_finite_differences(counts):
    got, p = found(*counts, categories=SIDES), shares(counts)
    wanted = kappa(p)
    if wanted is None:
        assert got.kappa is None
        return
    assert got.kappa == pytest.approx(wanted, abs=1e-9)
    full = [count + 0.5 for count in counts]
    p, total, slopes, step = shares(full), sum(full), {}, 1e-6
    for i in range(3):
        for j in range(3):
            up, down = [row[:] for row in p], [row[:] for row in p]
            up[i][j] += step
            down[i][j] -= step
            slopes[i, j] = (kappa(up) - kappa(down)) / (2 * step)
    centre = sum(p[i][j] * slopes[i, j] for i, j in slopes)
    variance = sum(p[i][j] * (slopes[i, j] - centre) ** 2 for i, j in slopes) / total
    table = {(SIDES[i], SIDES[j]): full[3 * i + j] for i in range(3) for j in range(3)}
    assert kappa_error(table, SIDES) == pytest.approx(math.sqrt(variance), rel=1e-4)


@given(TABLES)
def test_every_figure_stays_on_its_scale_and_swapping_raters_changes_none(counts):
    got = found(*counts, categories=SIDES)
    back = agreement(("bo", "ada"), [(b, a) for a, b in rated(*counts, categories=SIDES)], SIDES)
    assert back.rates == got.rates[::-1]
    for name in ("agree", "kappa", "pabak", "ac1"):
        one, other = getattr(got, name), getattr(back, name)
        assert one == pytest.approx(other, abs=1e-12)
        assert one is None or -1 - 1e-9 <= one <= 1 + 1e-9
    if got.kappa_interval:
        assert got.kappa_interval[0] <= got.kappa <= got.kappa_interval[1]


def test_the_interval_of_kappa_covers_it_in_95_percent_of_samples():
    draw = random.Random(7)
    cells, weights = rated(1, 1, 1, 1), [0.35, 0.10, 0.08, 0.47]
    truth = agreement(("a", "b"), rated(35, 10, 8, 47), YES_NO).kappa
    hits = 0
    for _ in range(1000):
        low, high = agreement(("a", "b"), draw.choices(cells, weights, k=50), YES_NO).kappa_interval
        hits += low <= truth <= high
    assert 0.93 <= hits / 1000 <= 0.985


def test_a_judge_that_always_picks_the_first_place_has_bias_1():
    got = pair_bias([(1.0, 1.0)] * 10)
    assert (got.consistency, got.bias, got.first, got.second) == (0.0, 1.0, 10, 0)


def test_a_judge_that_never_looks_at_the_place_has_bias_0():
    got = pair_bias([(0.0, 0.5)] * 8 + [(1.0, 0.75), (1.0, 0.25)])
    assert (got.consistency, got.bias) == (0.8, 0.0)
    assert pair_bias([]) is None


@pytest.mark.parametrize(("first", "second"), [(0.4, 0.1), (0.1, 0.1), (0.02, 0.0), (0.9, 0.05)])
@pytest.mark.parametrize("pairs", [30, 200])
def test_the_interval_of_the_bias_covers_the_truth_and_turns_with_the_places(first, second, pairs):
    draw = random.Random(f"{first} {second} {pairs}")
    kinds = [(1.0, 1.0), (1.0, 0.0), (0.0, 0.5)]
    covers = 0
    for _ in range(1_000):
        rows = draw.choices(kinds, (first, second, 1 - first - second), k=pairs)
        got = pair_bias(rows)
        low, high = got.bias_interval
        assert -1 <= low <= got.bias <= high <= 1
        covers += low <= first - second <= high
        turned = pair_bias([(odd, 1 - place) for odd, place in rows])
        assert turned.bias_interval == pytest.approx((-high, -low))
    assert covers >= 930
