"""What lowers the bar: each threshold has its direction, and nothing that differs goes unsaid."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.compare.bar_policy import LAXER, policy_changes, settings_changes
from llmops_cli.compare.bar_sets import case_changes, set_changes
from llmops_cli.model.evalset import Case, EvalSet, ScorerSpec
from llmops_cli.model.settings import Budget, GatePolicy, Quarantine, Settings
from llmops_cli.model.source import NOWHERE

OTHER = {
    "margin": 0.03, "alpha": 0.01, "beta": 0.1, "power": 0.9, "on_inconclusive": "warn", "on_uncovered": "warn",
    "cost_increase": 0.5, "slices": ("a",), "rule": "cases", "exact": "strict", "inference": "population", "cluster": "doc",
    "min_slice": 30, "max_removed": 0.5, "max_unscored": 0.5, "small_set_margin": 0.01, "plan": "fixed", "runs": 1,
    "confirm": False, "anchor": "none", "quarantine": (Quarantine("c", "ann", "flaky", "2026-12-31"),),
}  # fmt: skip


def test_there_is_another_value_for_each_threshold_there_is():
    assert OTHER.keys() == {field.name for field in fields(GatePolicy)}


@pytest.mark.parametrize("name", OTHER)
def test_no_threshold_changes_unsaid(name):
    lax = replace(GatePolicy(), **{name: OTHER[name]})
    for one, two in ((GatePolicy(), lax), (lax, GatePolicy())):
        (found,) = policy_changes(one, two)
        assert name in found.text or name in ("slices", "quarantine")
    assert not [*policy_changes(lax, lax)]


@pytest.mark.parametrize("name", sorted({*LAXER, "quarantine"} - {"margin"}))
def test_a_laxer_threshold_is_weaker_and_the_way_back_is_not(name):
    lax = replace(GatePolicy(), **{name: OTHER[name]})
    assert [one.weaker for one in policy_changes(GatePolicy(), lax)] == [True]
    assert [one.weaker for one in policy_changes(lax, GatePolicy())] == [False]


@pytest.mark.parametrize(
    ("before", "after", "weaker"),
    [(0.02, 0.1, True), (0.1, 0.02, False), ("auto", 0.05, False), ("auto", 0.06, True), (0.2, "auto", True)],
)
def test_a_margin_is_wider_where_it_may_be(before, after, weaker):
    (found,) = policy_changes(GatePolicy(margin=before), GatePolicy(margin=after))
    assert (found.text, found.weaker) == (f"margin {before} → {after}", weaker)


def test_a_longer_quarantine_is_weaker_and_its_end_is_not():
    short, long = (
        GatePolicy(quarantine=(Quarantine("c", "ann", "flaky", day),)) for day in ("2026-01-01", "2026-02-01")
    )
    assert [(one.text, one.weaker) for one in policy_changes(short, long)] == [("quarantined, or for longer: c", True)]
    assert [(one.text, one.weaker) for one in policy_changes(long, GatePolicy())] == [
        ("out of quarantine, or sooner: c", False)
    ]


def test_whom_the_project_trusts_is_said():
    strict = Settings(accepts="base", trust_recordings="base", budget=Budget(max_error_rate=0.01))
    assert [one.weaker for one in settings_changes(strict, Settings())] == [True, True, True]
    assert [one.weaker for one in settings_changes(Settings(), strict)] == [False, False, False]


CASES = st.builds(
    Case, st.sampled_from("abc"), st.sampled_from([{}, {"x": 1}]), st.none() | st.sampled_from("xy"),
    st.sampled_from([(), ("t",), ("t", "u")]), st.booleans(), st.booleans(),
    st.sampled_from([(), (ScorerSpec("exact", "exact"),), (ScorerSpec("exact", "exact", negate=True),)]),
    metadata=st.sampled_from([{}, {"doc": 1}]),
)  # fmt: skip
SETS = st.lists(CASES, unique_by=lambda case: case.id, max_size=3)


@given(SETS, SETS)
def test_no_difference_between_cases_goes_unsaid_and_no_sameness_is_said(before, after):
    found = [*case_changes(before, after, ("t",))]
    assert bool(found) == ({case.id: case for case in before} != {case.id: case for case in after})
    assert [*case_changes(reversed(before), reversed(after), ("t",))] == found


@given(SETS, SETS)
def test_to_take_away_is_weaker_whatever_else_is_done(before, after):
    lost = {case.id for case in before} - {case.id for case in after}
    weaker = [one.text for one in case_changes(before, after) if one.weaker]
    assert any(" removed" in text for text in weaker) == bool(lost)


SPEC = ScorerSpec("exact", "exact", pass_at=0.5, minimum=0.9)


def a_set(*specs):
    return EvalSet("s", ("s.jsonl",), specs, NOWHERE)


@pytest.mark.parametrize(
    ("change", "weaker"),
    [
        ({"pass_at": 0.4}, True),
        ({"pass_at": 0.6}, False),
        ({"pass_at": None}, True),
        ({"minimum": None}, True),
        ({"minimum": 0.95}, False),
        ({"negate": True}, True),
        ({"options": {"ignore_case": True}}, False),
        ({"type": "contains"}, True),
        ({"gate": False}, True),
    ],
)
def test_a_scorer_that_changes_is_said_with_its_direction(change, weaker):
    (found,) = set_changes(a_set(SPEC), a_set(replace(SPEC, **change)))
    assert found.weaker == weaker
    assert "exact" in found.text
