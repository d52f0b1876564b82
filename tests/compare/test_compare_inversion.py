"""Sums that come in lumps: cases that flip between 0 and 1, and others that change a little."""

import itertools
import random
from math import lcm

import numpy as np
import pytest
from pace import seconds

from llmops_cli.compare.permuted import permuted_p

FULL = 100


def exact(cases):
    """P(Σd < observed) and P(=) by convolution, of whole scores out of FULL."""
    scale = lcm(*(len(base) * len(head) for base, head in cases))
    pmf, lowest, observed = np.ones(1), 0, 0
    for base, head in cases:
        pool, per = [*base, *head], scale // (len(base) * len(head))
        sums = [sum(chosen) for chosen in itertools.combinations(pool, len(head))]
        values = [(chosen * len(base) - (sum(pool) - chosen) * len(head)) * per for chosen in sums]
        one = np.bincount([value - min(values) for value in values])
        pmf, lowest = np.convolve(pmf, one / one.sum()), lowest + min(values)
        observed += (sum(head) * len(base) - sum(base) * len(head)) * per
    place = observed - lowest
    return pmf[:place].sum(), pmf[place]


SETS = {
    "half flip, the others move by five points": lambda at, draw: draw.choice([0, FULL] if at % 2 else [90, 95]),
    "few flip, the others move by a point or two": lambda at, draw: draw.choice(
        [0, FULL] if at % 5 == 0 else [97, 98, 99]
    ),
    "a third flips, the others move by anything small": lambda at, draw: (
        draw.choice([0, FULL]) if at % 3 == 0 else draw.randint(80, 99)
    ),
    "all flip, some not all the way": lambda at, draw: draw.choice([0, 90 + 10 * (at % 2)]),
}


@pytest.mark.parametrize("runs", [(1, 1), (5, 1), (2, 1), (3, 2)], ids=str)
@pytest.mark.parametrize("kind", SETS)
def test_a_tail_of_a_lumpy_sum_is_within_the_promise_of_the_exact_mid_p(kind, runs):
    draw = random.Random(f"{kind} {runs}")
    tails = []
    while len(tails) < 8:
        cases = [tuple([SETS[kind](at, draw) for _ in range(side)] for side in runs) for at in range(70)]
        below, at = exact(cases)
        found = permuted_p([([v / FULL for v in base], [v / FULL for v in head]) for base, head in cases])
        told = zip(found, (below + at / 2, 1 - below - at / 2), strict=True)
        tails += [pair for pair in told if pair[1] < 0.15]
    for p, mid in tails:
        assert p == pytest.approx(mid, abs=0.003)


def test_a_far_tail_keeps_its_size():
    cases = [((1.0,), (0.0,))] * 40 + [((1.0,), (0.95,))] * 40
    assert permuted_p(cases).worse == pytest.approx(2.0**-80, rel=0.01)
    assert permuted_p([(head, base) for base, head in cases]).better == pytest.approx(2.0**-80, rel=0.01)


def test_swapped_sides_swap_the_tails():
    draw = random.Random(5)
    cases = [
        ((draw.choice([0.0, 1.0] if at % 2 else [0.9, 0.95]),), (draw.choice([0.0, 1.0] if at % 2 else [0.9, 0.95]),))
        for at in range(50)
    ]
    there, back = permuted_p(cases), permuted_p([(head, base) for base, head in cases])
    assert (there.worse, there.better) == pytest.approx((back.better, back.worse), abs=1e-9)


def test_many_cases_take_a_moment():
    draw = random.Random(4)
    cases = [
        ([draw.random() if at % 4 else float(draw.random() < 0.6) for _ in range(5)], [draw.random() * 0.98])
        for at in range(500)
    ]
    assert 0.001 < min(permuted_p(cases)) < 0.3
    assert seconds(lambda: permuted_p(cases), 0.25) < 0.25
