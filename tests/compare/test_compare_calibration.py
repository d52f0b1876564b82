"""How good a judge is by people's labels: rates with Wilson's intervals, Youden's J, and what the gate may use."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from llmops_cli.compare.calibration import (
    calibration,
    cases_factor,
    judges,
    may_gate,
    people,
    quality,
    refusal,
    scaled_margin,
    shortage,
)
from llmops_cli.model.review import Opinion

SHARE = st.floats(0, 1)


def pairs(hit=0, missed=0, false_alarm=0, rejected=0):
    return [(1, 1)] * hit + [(1, 0)] * missed + [(0, 1)] * false_alarm + [(0, 0)] * rejected


def said(case, value, by="", judge="", scorer="tone"):
    return Opinion(case, "a" * 64, scorer, value, by=by, judge=judge)


def test_a_judge_of_90_and_80_percent_has_j_07():
    found = quality(pairs(hit=90, missed=10, false_alarm=20, rejected=80))
    assert (found.labels, found.positives, found.negatives) == (200, 100, 100)
    assert (found.sensitivity, found.specificity) == (0.9, 0.8)
    assert found.youden == pytest.approx(0.7)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_the_intervals_are_wilsons_and_hold_the_estimate(hit, missed, false_alarm, rejected):
    found = quality(pairs(hit, missed, false_alarm, rejected))
    for right, of, interval in (
        (hit, hit + missed, found.sensitivity_interval),
        (rejected, rejected + false_alarm, found.specificity_interval),
    ):
        if not of:
            assert interval is None
            continue
        wanted = binomtest(right, of).proportion_ci(method="wilson")
        assert interval == pytest.approx((wanted.low, wanted.high), abs=1e-12)
    if found.youden is not None:
        assert found.youden_interval[0] <= found.youden + 1e-12
        assert found.youden <= found.youden_interval[1] + 1e-12


def test_the_interval_of_j_is_newcombes_square_and_add():
    found = quality(pairs(hit=45, missed=5, false_alarm=15, rejected=35))
    (l1, u1), (l2, u2) = found.sensitivity_interval, found.specificity_interval
    low = 0.6 - math.sqrt((0.9 - l1) ** 2 + (0.7 - l2) ** 2)
    high = 0.6 + math.sqrt((u1 - 0.9) ** 2 + (u2 - 0.7) ** 2)
    assert found.youden_interval == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize(("good", "bad", "lacks"), [(30, 0, "specificity"), (0, 30, "sensitivity")])
def test_labels_of_one_class_leave_a_rate_unknown_and_never_0_or_1(good, bad, lacks):
    found = quality(pairs(hit=good, rejected=bad))
    assert getattr(found, lacks) is None
    assert getattr(found, f"{lacks}_interval") is None
    assert (found.youden, found.youden_interval) == (None, None)
    assert not may_gate(found)
    assert f"{lacks} cannot be known" in refusal(found)


def test_no_label_at_all_is_no_quality():
    found = quality([])
    assert (found.labels, found.sensitivity, found.specificity, found.youden) == (0, None, None, None)
    assert not may_gate(found)


@pytest.mark.parametrize("pair", [(math.nan, 1), (1, math.nan), (1, 1.01), (-0.01, 1), (math.inf, 0)])
def test_what_is_no_share_is_refused(pair):
    with pytest.raises(ValueError, match="no pair of shares"):
        quality([*pairs(hit=10, rejected=10), pair])


def test_answers_on_which_people_are_split_are_left_out_and_counted():
    found = quality([*pairs(hit=10, rejected=10), (0.5, 1), (0.5, 0)])
    assert (found.labels, found.disputed, found.youden) == (20, 2, 1.0)


def test_a_graded_score_counts_as_it_is():
    found = quality([(1, 0.9)] * 10 + [(0, 0.4)] * 10)
    assert found.youden == pytest.approx(0.5)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60), SHARE, SHARE)
def test_a_true_difference_shrinks_by_j(rows, base, head):
    found = quality([(float(good), score) for good, score in rows])
    if found.youden is None:
        return
    seen = [share * found.sensitivity + (1 - share) * (1 - found.specificity) for share in (base, head)]
    assert seen[1] - seen[0] == pytest.approx(found.youden * (head - base), abs=1e-9)


@pytest.mark.parametrize(
    ("hit", "rejected", "allowed"),
    [(10, 10, True), (8, 7, True), (7, 8, True), (7, 7, False), (10, 4, False), (5, 5, False), (0, 0, False)],
)
def test_a_judge_below_one_half_may_not_gate(hit, rejected, allowed):
    found = quality(pairs(hit, 10 - hit, 10 - rejected, rejected))
    assert may_gate(found) is allowed
    if not allowed:
        low = f"{found.youden_interval[0]:.2f}".replace("-", "−")
        assert f"{found.youden:.2f}".replace("-", "−") in refusal(found)
        assert low in refusal(found)


@pytest.mark.parametrize(("good", "bad", "enough"), [(5, 5, True), (4, 6, False), (6, 4, False), (100, 4, False)])
def test_fewer_than_five_labels_of_a_class_are_too_few_however_right_the_judge_is(good, bad, enough):
    found = quality(pairs(hit=good, rejected=bad))
    assert may_gate(found) is enough
    assert (shortage(found) == "") is enough


def test_the_margin_shrinks_by_j_and_the_cases_grow_by_its_square():
    assert scaled_margin(0.05, 0.7) == pytest.approx(0.035)
    assert scaled_margin(0.05, 1.0) == 0.05
    assert scaled_margin(0.05, -0.2) == 0.0
    assert cases_factor(0.5) == 4.0
    assert cases_factor(1.0) == 1.0


@given(SHARE, SHARE)
def test_a_worse_judge_never_gets_a_wider_margin(one, other):
    assert (scaled_margin(0.05, min(one, other))) <= scaled_margin(0.05, max(one, other))


def test_people_are_averaged_and_may_be_chosen():
    opinions = [said("1", 1, by="ada"), said("1", 0, by="bo"), said("2", 1, by="ada"), said("1", 1, judge="d")]
    answer = "a" * 64
    assert people(opinions, "tone") == {("1", answer): 0.5, ("2", answer): 1.0}
    assert people(opinions, "tone", by=["bo"]) == {("1", answer): 0.0}
    assert people(opinions, "other") == {}
    assert judges(opinions, "tone") == {"d": {("1", answer): 1}}


def labelled(count, judge, wrong=0):
    rows = []
    for number in range(count):
        good = number % 2
        score = 1 - good if number < wrong else good
        rows += [said(str(number), float(good), by="ada"), said(str(number), float(score), judge=judge)]
    return rows


@pytest.mark.parametrize(
    ("opinions", "state", "says"),
    [
        ([], "unlabelled", "nobody has labelled"),
        ([said("1", 1, judge="d1")], "unlabelled", "nobody"),
        ([said("1", 1, by="ada")], "unjudged", "none of the 1"),
        (labelled(20, "d0"), "stale", "scored by d0; the judge now is d1"),
        (labelled(8, "d1"), "few", "at least 5"),
        (labelled(20, "d1"), "calibrated", ""),
    ],
)
def test_a_calibration_holds_for_the_very_digest_only(opinions, state, says):
    found = calibration(opinions, "tone", "d1")
    assert found.state == state
    assert says in found.reason
    assert (found.quality is None) is (state in ("unlabelled", "unjudged", "stale"))


def test_scores_of_an_older_judge_are_never_mixed_in():
    mixed = [*labelled(20, "d1"), *[said(str(number), 0.0, judge="d0") for number in range(20)]]
    assert calibration(mixed, "tone", "d1").quality.youden == 1.0
    assert calibration(mixed, "tone", "d0").quality.youden == 0.0


def test_a_grade_is_a_vote_where_the_scorer_has_a_bar():
    rows = [replace(said("1", 0.8, by="ada"), kind="graded"), replace(said("1", 0.6, by="bo"), kind="graded")]
    answer = ("1", "a" * 64)
    assert people(rows, "tone")[answer] == pytest.approx(0.7)
    assert people(rows, "tone", pass_at=0.75) == {answer: 0.5}
    assert people(rows, "tone", pass_at=0.5) == {answer: 1.0}
    assert people([said("1", 1, by="ada"), said("1", 0, by="bo")], "tone", pass_at=0.75) == {answer: 0.5}


def test_a_pair_is_a_vote_too_where_the_scorer_has_a_bar():
    rows = []
    for number in range(20):
        side = (1.0, 0.5, 0.0, 0.0)[number % 4]
        person = replace(said(str(number), side, by="ada"), kind="pairwise")
        rows += [person, replace(person, by="", judge="d", value=0.5 if side == 1.0 else side)]
    not_worse = calibration(rows, "tone", "d", pass_at=0.5).quality
    better = calibration(rows, "tone", "d").quality
    assert (not_worse.labels, not_worse.disputed, not_worse.youden) == (20, 0, 1.0)
    assert (better.labels, better.disputed, better.youden) == (15, 5, 0.5)
