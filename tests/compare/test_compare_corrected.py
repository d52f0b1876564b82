"""The corrected rate: laws, figures by hand, and intervals that cover."""

import os
import random
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.compare.corrected import corrected, rogan_gladen

PAIRS = st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1)), min_size=2, max_size=40)
FULL = os.environ.get("LLMOPS_STATISTICS") == "full"
REST = st.lists(st.floats(0, 1), max_size=40)


def test_the_plain_estimate_is_the_judges_mean_and_peoples_difference_to_it():
    labelled = [(1, 1)] * 20 + [(1, 0)] * 10 + [(0, 0)] * 20
    judged = [1] * 80 + [0] * 120
    got = corrected(judged, labelled)
    assert got.naive == pytest.approx(0.4)
    assert got.people.value == pytest.approx(0.6)
    assert got.plain.value == pytest.approx(0.4 + 10 / 50)
    assert got.rogan_gladen == pytest.approx(0.4 / (20 / 30))


@given(PAIRS, REST)
def test_the_tuned_interval_is_never_wider_than_that_of_the_labels_alone(labelled, rest):
    got = corrected([f for _, f in labelled] + rest, labelled)
    assert 0.0 <= got.weight <= 1.0
    for other in (got.people, got.plain):
        ends = {*got.tuned.interval, *other.interval}
        if not ends & {0.0, 1.0}:  # neither was cut off at an end of the scale
            wide = other.interval[1] - other.interval[0]
            assert got.tuned.interval[1] - got.tuned.interval[0] <= wide + 1e-12


@given(PAIRS, REST)
def test_every_figure_is_a_share_within_its_interval_and_order_does_not_matter(labelled, rest):
    judged = [f for _, f in labelled] + rest
    got = corrected(judged, labelled)
    for each in (got.people, got.plain, got.tuned):
        assert 0.0 <= each.interval[0] <= each.value <= each.interval[1] <= 1.0
    assert corrected(judged[::-1], labelled[::-1]) == got


def test_where_everything_is_labelled_the_judge_has_no_say():
    labelled = [(1, 0)] * 12 + [(0, 1)] * 8
    got = corrected([f for _, f in labelled], labelled)
    assert got.plain.value == pytest.approx(0.6)
    assert got.tuned.value == pytest.approx(0.6)


def test_a_judge_that_says_the_same_of_everything_gets_no_weight():
    got = corrected([1.0] * 100, [(1, 1)] * 10 + [(0, 1)] * 10)
    assert got.weight == 0.0
    assert got.tuned == got.people
    assert got.rogan_gladen is None


def test_a_judge_worse_than_a_coin_gets_no_weight_and_no_cross_check():
    got = corrected([1.0, 0.0] * 50, [(1, 0)] * 10 + [(0, 1)] * 10)
    assert got.weight == 0.0
    assert got.rogan_gladen is None


def test_labels_of_one_class_leave_the_cross_check_undefined():
    assert rogan_gladen(0.5, [(1, 1)] * 20) is None


def test_labels_that_all_agree_with_the_judge_prove_nothing_beyond_their_number():
    low, high = corrected([1.0] * 100 + [0.0] * 100, [(1, 1)] * 10 + [(0, 0)] * 10).plain.interval
    assert high - low > 0.2


@pytest.mark.parametrize(("judged", "labelled"), [([1.0], [(1, 1)]), ([1.0], [(1, 1)] * 2), ([], [])])
def test_too_little_is_refused(judged, labelled):
    with pytest.raises(ValueError, match="labelled of"):
        corrected(judged, labelled)


@pytest.mark.statistics
@pytest.mark.parametrize(("rate", "labels"), [(0.1, 50), (0.5, 50), (0.9, 50), (0.9, 20), (0.97, 50), (0.5, 12)])
@pytest.mark.parametrize("errors", [(0.0, 0.0), (0.04, 0.0), (0.3, 0.05), (0.5, 0.5)])
def test_the_intervals_cover_the_true_rate(rate, labels, errors):
    """A judge that misses, and one that gives false alarms, with some labels of 300 cases; 400 draws a cell, 1,000 in full."""
    count = 1000 if FULL else 400
    draw, hits = random.Random(f"{rate}{labels}{errors}"), [0, 0, 0]
    for _ in range(count):
        rows = []
        for _ in range(300):
            good = draw.random() < rate
            rows.append((float(good), float(draw.random() < (1 - errors[0] if good else errors[1]))))
        got = corrected([f for _, f in rows], rows[:labels])
        for place, each in enumerate((got.people, got.plain, got.tuned)):
            hits[place] += each.interval[0] <= rate <= each.interval[1]
    if FULL:
        shares = "  ".join(f"{hit / count:.1%}" for hit in hits)
        sys.stdout.write(f"\ncover {rate:.0%} by {labels} labels, errors {errors}: people, plain, tuned {shares}\n")
    assert min(hits) / count >= 0.925, hits
