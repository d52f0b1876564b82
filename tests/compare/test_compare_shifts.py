import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.compare.pairs import Pair, Paired
from llmops_cli.compare.shifts import shifts

PLACES = ("broke", "worse", "fixed", "better", "aside")

passes = st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=5).map(tuple)
grades = st.lists(st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]), min_size=1, max_size=5).map(tuple)


def went(base, head, aside=()):
    found = shifts(Paired((Pair("c", tuple(base), tuple(head)),), binary=False), aside)
    return next((place for place in PLACES if getattr(found, place)), "same")


@pytest.mark.parametrize(
    ("base", "head", "where"),
    [
        ((1, 1, 1, 1), (0,), "broke"),
        ((1, 1, 1, 0), (0, 0), "broke"),
        ((1, 1, 1, 0), (0, 1), "worse"),
        ((1, 1, 0, 0), (0,), "worse"),
        ((1, 1, 1, 0), (1,), "better"),
        ((0, 0, 0, 1), (1,), "fixed"),
        ((1, 0), (0, 1, 1, 0), "same"),
        ((1.0, 1.0, 1.0, 0.8), (0.8,), "broke"),
        ((1.0, 1.0, 0.8, 0.8), (0.8,), "worse"),
        ((1.0, 1.0, 0.0), (0.9, 0.9, 0.9), "better"),
        ((0.8, 0.8), (0.8,), "same"),
    ],
)
def test_a_case_breaks_where_its_usual_run_falls_and_is_worse_where_only_its_mean_does(base, head, where):
    assert went(map(float, base), map(float, head)) == where


@given(st.lists(st.tuples(grades, grades), max_size=8), st.sets(st.integers(0, 7)))
def test_every_case_stands_in_one_place_and_the_same_are_those_whose_mean_did_not_move(sides, aside):
    pairs = tuple(Pair(f"c{at}", base, head) for at, (base, head) in enumerate(sides))
    found = shifts(Paired(pairs, binary=False), {f"c{at}" for at in aside})
    listed = [case for place in PLACES for case in getattr(found, place)]
    assert len(listed) == len({*listed}) == len(pairs) - found.same
    assert {pair.case for pair in pairs if abs(pair.difference) > 1e-9} == {*listed}


@given(passes, passes)
def test_a_pass_or_fail_case_breaks_exactly_where_most_runs_pass_before_and_most_fail_after(base, head):
    is_broken = 2 * sum(base) > len(base) and 2 * sum(head) < len(head)
    assert (went(base, head) == "broke") is is_broken


@given(grades, grades)
def test_both_sides_swapped_a_broken_case_is_a_fixed_one(base, head):
    other = {"broke": "fixed", "worse": "better", "fixed": "broke", "better": "worse", "same": "same"}
    assert went(head, base) == other[went(base, head)]
