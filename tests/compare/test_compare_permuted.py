import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.compare.exact import Table, permutation_p
from llmops_cli.compare.permuted import permuted_p

scores = st.lists(st.integers(0, 10).map(lambda step: step / 10), min_size=1, max_size=4)
cases = st.lists(st.tuples(scores, scores), max_size=30)


def choices(base, head):
    """How often each difference, times k_B·k_C, comes up among all choices of whole scores; and the one seen."""
    pool, found = [*base, *head], {}
    for drawn in itertools.combinations(range(len(pool)), len(head)):
        chosen = sum(pool[place] for place in drawn)
        value = chosen * len(base) - (sum(pool) - chosen) * len(head)
        found[value] = found.get(value, 0) + 1
    return found, sum(head) * len(base) - sum(base) * len(head)


def exact(whole):
    """P(Σd < observed) and P(=) of whole scores with the same repeats in each case, by convolution."""
    pmf, lowest, observed = np.ones(1), 0, 0
    for base, head in whole:
        found, seen = choices(base, head)
        one = np.zeros(max(found) - min(found) + 1)
        for value, count in found.items():
            one[value - min(found)] = count
        pmf, lowest, observed = np.convolve(pmf, one / one.sum()), lowest + min(found), observed + seen
    place = observed - lowest
    return pmf[:place].sum(), pmf[place]


def sample(draw, kind, steps, runs):
    shapes = {
        "mostly perfect": lambda: steps if draw.random() < 0.9 else draw.randint(0, steps // 2),
        "anything": lambda: draw.randint(0, steps),
        "skewed": lambda: round(steps * draw.betavariate(5, 1)),
    }
    return [shapes[kind]() for _ in range(runs)]


@pytest.mark.parametrize("runs", [(5, 1), (1, 5), (3, 2), (2, 2)])
def test_few_cases_are_counted_one_by_one(runs):
    draw = random.Random(str(runs))
    for _ in range(10):
        found = [tuple([draw.random() for _ in range(count)] for count in runs) for _ in range(4)]
        seen = sum(sum(head) / len(head) - sum(base) / len(base) for base, head in found)
        options = []
        for base, head in found:
            pool = [*base, *head]
            drawn = itertools.combinations(range(len(pool)), len(head))
            options.append(
                [
                    sum(pool[place] for place in one) * (1 / len(head) + 1 / len(base)) - sum(pool) / len(base)
                    for one in drawn
                ]
            )
        sums = [sum(one) for one in itertools.product(*options)] if math.prod(map(len, options)) < 20_000 else None
        if sums is None:
            sums = np.array(options[0])
            for one in options[1:]:
                sums = (sums[:, None] + np.array(one)[None, :]).ravel()
        p = permuted_p(found)
        assert p.worse == pytest.approx(np.mean(np.array(sums) <= seen + 1e-9), abs=1e-12)
        assert p.better == pytest.approx(np.mean(np.array(sums) >= seen - 1e-9), abs=1e-12)


@pytest.mark.parametrize("kind", ["mostly perfect", "anything", "skewed"])
@pytest.mark.parametrize("runs", [(5, 1), (1, 5), (5, 3), (2, 1)])
def test_many_cases_are_within_three_thousandths_where_a_verdict_can_turn(kind, runs):
    draw = random.Random(f"{kind}{runs}")
    for _ in range(12):
        steps, worse = draw.choice([4, 10, 50]), draw.choice([0, 0, 0.05, 0.15])
        whole = []
        while len(whole) < draw.randint(30, 80):
            base, head = (sample(draw, kind, steps, count) for count in runs)
            head = [score // 2 if draw.random() < worse else score for score in head]
            whole += [(base, head)] if len({*base, *head}) > 1 else []
        below, at = exact(whole)
        p, wanted = (
            permuted_p([([one / steps for one in b], [one / steps for one in h]) for b, h in whole]),
            below + at / 2,
        )
        limit = 0.003 if min(wanted, 1 - wanted) <= 0.1 else 0.005
        assert p.worse == pytest.approx(wanted, abs=limit)
        assert p.better == pytest.approx(1 - wanted, abs=limit)


@pytest.mark.parametrize("kind", ["mostly perfect", "skewed", "anything"])
@pytest.mark.parametrize("runs", [(5, 1), (5, 3), (1, 3)])
def test_scores_of_an_unchanged_prompt_look_worse_no_oftener_than_alpha_however_skewed(kind, runs):
    draw, trials = random.Random(f"{kind}{runs}"), 600
    low = sum(
        permuted_p([tuple(sample(draw, kind, 20, count) for count in runs) for _ in range(40)]).worse <= 0.05
        for _ in range(trials)
    )
    assert low / trials <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)


def test_twenty_runs_on_each_side_neither_overflow_nor_take_long():
    draw = random.Random(1)
    found = [([draw.random() for _ in range(20)], [draw.random() - 0.2 for _ in range(20)]) for _ in range(20)]
    p = permuted_p(found)
    assert 0.0 < p.worse < 1e-6
    assert p.better > 1.0 - 1e-6


def test_the_worst_choice_there_is_has_its_own_chance():
    found = [([0.9, 0.8, 0.7, 0.6, 0.5], [0.1])] * 30
    p = permuted_p(found)
    assert p.worse == pytest.approx(6.0**-30)
    assert p.better == pytest.approx(1.0)


@pytest.mark.parametrize("heavy", [1, 2, 4])
@pytest.mark.parametrize("size", [30, 100, 300, 3000])
def test_a_few_cases_that_outweigh_all_others_leave_the_p_values_right(heavy, size):
    draw = random.Random(heavy * size)
    sizes = [draw.randint(5, 15) for _ in range(40)] + [size] * heavy
    for _ in range(10):
        whole = [((0,), (draw.choice((-1, 1)) * one,)) for one in sizes]
        below, at = exact(whole)
        p = permuted_p(whole)
        assert p.worse == pytest.approx(below + at / 2, abs=0.003)
        assert p.better == pytest.approx(1 - below - at / 2, abs=0.003)


@pytest.mark.parametrize("runs", [(5, 1), (3, 3), (1, 2)])
def test_passes_and_fails_are_the_exact_test(runs):
    draw = random.Random(str(runs))
    for _ in range(20):
        found = [tuple([float(draw.random() < 0.6) for _ in range(count)] for count in runs) for _ in range(12)]
        tables = [Table(round(sum(base)), len(base), round(sum(head)), len(head)) for base, head in found]
        assert permuted_p(found) == pytest.approx(permutation_p(tables, strict=True), abs=1e-12)


@given(cases)
def test_p_values_are_probabilities_and_swap_with_the_arms(found):
    p = permuted_p(found)
    swapped = permuted_p([(head, base) for base, head in found])
    assert 0.0 < p.worse <= 1.0
    assert (swapped.better, swapped.worse) == pytest.approx(p, abs=1e-9)


@given(cases, st.randoms(use_true_random=False))
def test_the_order_of_cases_and_runs_changes_no_bit(found, shuffler):
    again = [tuple(shuffler.sample(runs, len(runs)) for runs in case) for case in found]
    shuffler.shuffle(again)
    assert permuted_p(again) == permuted_p(found)


@given(cases, st.floats(0.01, 100.0), st.floats(-1.0, 1.0))
def test_neither_unit_nor_level_of_the_scores_matters(found, unit, level):
    moved = [tuple([score * unit + level for score in runs] for runs in case) for case in found]
    assert permuted_p(moved) == pytest.approx(permuted_p(found), abs=1e-6)


@given(cases)
def test_cases_of_one_value_change_nothing(found):
    assert permuted_p([*found, ([0.3, 0.3], [0.3]), ([1.0], [1.0])]) == permuted_p(found)


def test_nothing_that_differs_says_nothing():
    assert permuted_p([]) == (1.0, 1.0)
    assert permuted_p([([0.1 + 0.2], [0.3])] * 50) == (1.0, 1.0)
