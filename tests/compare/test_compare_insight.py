"""What a stored baseline says of its set: detectable drops, needs, slices by Neyman's rule, silent and flaky cases."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pairings import arm_of

from llmops_cli.compare.insight import Wanted, power, sample_of
from llmops_cli.compare.power import Evidence, detectable_drop
from llmops_cli.compare.slices import Aim, Stratum, _added, _mde, _spread, slices, tag_of
from llmops_cli.model.power import Sample
from llmops_cli.model.settings import GatePolicy

AIM = Aim(0.05, 0.05, 0.8, (0.2, 1.0))
PASS, FLAKY, FAIL = [True] * 5, [True, False, True, False, True], [False] * 5


def wanted(**facts):
    facts = {"mde": 0.05, "policy": GatePolicy(margin=0.05), "tags": {}, "clusters": {}, **facts}
    return Wanted(**facts)


def arm(*rows):
    return arm_of({f"c{place:03}": row for place, row in enumerate(rows)})


def test_a_set_says_what_it_finds_and_what_would_find_more():
    found = power(arm(*[PASS] * 40, *[FLAKY] * 10), "exact", wanted())
    assert found.variance == pytest.approx(0.2 * 0.3)
    assert [sight.head_runs for sight in found.sights] == [1, 3, 5]
    assert [sight.mde for sight in found.sights] == sorted((sight.mde for sight in found.sights), reverse=True)
    assert found.sights[0].mde == pytest.approx(detectable_drop(Evidence(0.06, 0.2), 50))
    assert detectable_drop(Evidence(0.06, 0.2), found.needs.cases) <= 0.05
    assert detectable_drop(Evidence(0.06, 0.2), found.needs.cases - 1) > 0.05
    assert found.needs.base_runs is None, "five repeats are what a baseline holds, and it has them"
    assert found.flaky == ("c040", "c041", "c042", "c043", "c044", "c045", "c046", "c047", "c048", "c049")
    assert len(found.silent) == 40
    assert found.self_test.plan == (5, 1)
    assert found.refused == ""


def test_more_baseline_repeats_are_named_where_they_alone_find_the_drop():
    needs = power(arm(*[PASS[:2]] * 180, *[[True, False]] * 20), "exact", wanted()).needs
    assert needs.base_runs == 3
    assert detectable_drop(Evidence(0.05, 1 / 3), 200) <= 0.05 < detectable_drop(Evidence(0.05, 1 / 2), 200)


def test_a_set_without_repeats_is_refused_but_still_says_its_size_and_what_it_would_take():
    found = power(arm(*[[True]] * 30), "exact", wanted())
    assert found.self_test is None
    assert "one run a case" in found.refused
    assert found.hint == "llmops baseline record greet --runs 5"
    assert found.sights
    assert found.variance is None


def test_a_baseline_without_a_score_says_so_and_nothing_else():
    found = power(arm([None, None], [None]), "exact", wanted())
    assert found.refused == "no case has a score"
    assert (found.sights, found.needs, found.mean, found.runs) == ((), None, None, (0, 0))


def test_scores_that_are_no_numbers_are_counted_and_left_out():
    sample = sample_of(arm_of({"a": [0.5, math.nan, None], "b": [0.25, 0.5]}), "exact")
    assert sample.repeats == {"a": (0.5,), "b": (0.25, 0.5)}
    assert sample.left_out == 2
    assert not sample.binary


def test_the_small_set_rule_is_said_to_be_measured_without_its_confirmation():
    found = power(arm(*[PASS] * 12, *[FLAKY] * 6), "exact", wanted(policy=GatePolicy()))
    assert found.rule == "cases"
    assert any("fresh runs confirm" in note for note in found.self_test.notes)


def test_power_under_population_is_said_to_be_that_of_these_cases():
    found = power(
        arm(*[PASS] * 40, *[FLAKY] * 6), "exact", wanted(policy=GatePolicy(margin=0.05, inference="population"))
    )
    assert any("other cases" in note for note in found.self_test.notes)


def test_a_case_counts_to_one_slice():
    assert tag_of(("easy", "german"), ("german",)) == "german"
    assert tag_of(("easy", "german"), ()) == "easy"
    assert tag_of((), ("german",)) == ""


def two_slices(calm, noisy):
    rows = {f"a{place:03}": (1.0,) * 5 for place in range(calm)}
    rows |= {f"b{place:03}": (1.0, 0.0, 1.0, 0.0, 1.0) for place in range(noisy)}
    return Sample(rows, binary=True, seed=""), {case: "calm" if case[0] == "a" else "noisy" for case in rows}


def test_the_noisy_slice_is_the_one_to_grow():
    sample, tags = two_slices(60, 20)
    first, second = slices(sample, tags, AIM)
    assert (first.tag, second.tag) == ("noisy", "calm")
    assert first.add > 10 * second.add
    assert first.gain > second.gain > 0
    assert first.mde > second.mde


def test_one_slice_is_no_choice():
    sample, tags = two_slices(30, 0)
    assert slices(sample, tags, AIM) == ()


strata = st.lists(
    st.tuples(st.integers(1, 60), st.floats(0, 0.25)), min_size=2, max_size=3
).map(lambda rows: [Stratum(str(place), cases / sum(size for size, _ in rows), variance, cases)
                    for place, (cases, variance) in enumerate(rows)])  # fmt: skip


@given(strata)
def test_what_is_added_finds_the_drop_and_one_case_less_does_not(parts):
    added = _added(parts, AIM)
    assert min(added) >= 0
    assert _mde(parts, added, AIM) <= AIM.drop
    if sum(added):
        assert _mde(parts, _spread(parts, sum(added) - 1), AIM) > AIM.drop


@given(strata, st.integers(1, 25))
def test_no_other_spread_of_as_many_cases_finds_much_less(parts, more):
    if len(parts) > 2:
        parts = [Stratum(each.tag, 0.5, each.variance, each.cases) for each in parts[:2]]
    chosen = _mde(parts, _spread(parts, more), AIM)
    best = min(_mde(parts, way, AIM) for way in product(range(more + 1), repeat=2) if sum(way) == more)
    assert sum(_spread(parts, more)) == more
    assert chosen <= best * 1.01 + 1e-12


@given(strata, st.integers(0, 30))
def test_another_case_never_blinds_the_set(parts, more):
    assert _mde(parts, _spread(parts, more + 1), AIM) <= _mde(parts, _spread(parts, more), AIM) + 1e-3
