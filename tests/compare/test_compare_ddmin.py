"""Delta debugging: a 1-minimal set is found, in about log2 probes, whatever does not hang together."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.compare.ddmin import Outcome, StoppedError, minimise, turning_point

FAIL, PASS, UNRESOLVED = Outcome


def needs(*culprits):
    """Return a probe that fails once all of the culprits are in."""
    return lambda subset: FAIL if frozenset(culprits) <= subset else PASS


@pytest.mark.parametrize("count", [1, 2, 3, 16, 100])
def test_one_culprit_takes_log2_probes_and_one_more(count):
    for culprit in range(count):
        found = minimise(range(count), needs(culprit))
        assert (found.items, found.complete) == ({culprit}, True)
        assert found.probes <= math.ceil(math.log2(count)) + 1


def test_two_hunks_that_only_break_together_are_both_named():
    for one in range(16):
        for other in range(one):
            found = minimise(range(16), needs(one, other))
            assert found.items == {one, other}
            assert found.probes <= 12


@given(st.sets(st.integers(0, 19), min_size=1, max_size=5), st.integers(0, 3))
def test_culprits_are_found_where_most_halves_are_no_whole(culprits, pair):
    """Item 2·pair and the next only make a whole together."""
    tied = {2 * pair, 2 * pair + 1}

    def probe(subset):
        if 0 < len(tied & subset) < len(tied):
            return UNRESOLVED
        return FAIL if culprits <= subset else PASS

    found = minimise(range(20), probe)
    assert found.complete
    assert found.items == culprits | (tied if tied & culprits else set())


@given(st.sets(st.sets(st.integers(0, 9), min_size=1, max_size=3).map(frozenset), min_size=1, max_size=3), st.data())
def test_the_result_fails_and_without_any_one_item_it_does_not(groups, data):
    unresolved = data.draw(st.sets(st.sets(st.integers(0, 9), min_size=1).map(frozenset), max_size=10))
    every = frozenset(range(10))

    def probe(subset):
        if subset in unresolved and subset != every:
            return UNRESOLVED
        return FAIL if any(group <= subset for group in groups) else PASS

    found = minimise(range(10), probe)
    assert found.items == every or probe(found.items) is FAIL
    assert all(len(found.items) == 1 or probe(found.items - {item}) is not FAIL for item in found.items)


def test_no_subset_is_asked_twice_and_neither_nothing_nor_everything():
    seen = []

    def probe(subset):
        seen.append(subset)
        return UNRESOLVED if len(subset) % 3 == 1 else needs(2, 9)(subset)

    minimise(range(12), probe)
    assert len(seen) == len(set(seen))
    assert frozenset() not in seen
    assert frozenset(range(12)) not in seen


@pytest.mark.parametrize("limit", range(6))
def test_a_search_that_must_stop_names_the_least_that_is_known_to_fail(limit):
    found = minimise(range(16), needs(11), limit=limit)
    assert found.probes <= limit
    assert 11 in found.items
    assert found.complete is (limit >= 5)


def test_a_probe_that_may_not_be_made_ends_the_search():
    def probe(_):
        raise StoppedError

    found = minimise(range(4), probe)
    assert (found.items, found.complete) == ({0, 1, 2, 3}, False)


@given(st.integers(1, 60), st.data())
def test_a_turning_point_is_found_around_places_that_give_no_answer(length, data):
    turn = data.draw(st.integers(1, length))
    skipped = data.draw(st.sets(st.integers(1, length), max_size=length))
    found = turning_point(length, lambda at: UNRESOLVED if at in skipped else FAIL if at >= turn else PASS)
    assert found.passes < turn <= found.fails
    assert set(found.skipped) == set(range(found.passes + 1, found.fails))
    assert set(found.skipped) <= skipped
