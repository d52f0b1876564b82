"""Which cases stand for all that broke, and culprits that each break some of them on their own."""

import pytest
from pairings import arm_of
from test_compare_culprits import Model, named

from llmops_cli.compare.breaks import Broke, breaks
from llmops_cli.compare.culprits import culprits
from llmops_cli.compare.symptoms import representatives


def broke(name, drop):
    return Broke(name, 0.5, 5, 3, drop=drop, sure=True)


def chosen(kinds, most):
    """Return the cases that are asked of `kinds`: (first letter, how many, drop, tags)."""
    rows = [(f"{letter}{at}", drop, tags) for letter, count, drop, tags in kinds for at in range(count)]
    found = sorted((broke(name, drop) for name, drop, _ in rows), key=lambda one: one.rank)
    return [one.case for one in representatives(found, {name: tags for name, _, tags in rows}, most)]


@pytest.mark.parametrize(
    ("kinds", "most", "cases"),
    [
        ([("a", 9, 1.0, ())], 5, "a0 a1 a2 a3 a4"),
        ([("a", 9, 0.4, ()), ("b", 9, 0.2, ())], 4, "a0 a1 b0 b1"),
        ([("a", 9, 0.4, ()), ("b", 9, 0.2, ())], 5, "a0 a1 a2 b0 b1"),
        ([("a", 4, 0.4, ()), ("b", 9, 0.2, ())], 4, "b0 b1 a0 a1"),
        ([("a", 9, 1.0, ("x",)), ("b", 8, 1.0, ("y",))], 4, "a0 a1 b0 b1"),
        ([("a", 1, 1.0, ()), ("b", 3, 0.2, ())], 3, "b0 b1 b2"),
        ([("a", 1, 1.0, ())], 5, "a0"),
        ([], 5, ""),
    ],
)
def test_two_cases_of_each_kind_are_asked_before_a_third_of_one(kinds, most, cases):
    assert chosen(kinds, most) == cases.split()


def test_a_part_that_takes_half_of_what_a_graded_case_lost_breaks_it_on_its_own():
    """Both parts take one field of five each: a hybrid with one of them scores 0.8."""
    (one,) = breaks(arm_of({"a": [1.0] * 5}, side="base "), arm_of({"a": [0.6] * 3}), "exact").cases
    assert 0.8 < one.least < 1.0


@pytest.mark.parametrize("order", [(0, 0, 1, 1, 0), (0, 1, 0, 1, 0), (0, 1, 0, 1, 2)])
def test_parts_that_each_break_other_cases_are_never_said_to_break_them_together(order):
    """2 of 5 cases fail with hunk 3 and 2 with hunk 12: each passes by a majority, both together fail."""
    groups = [[frozenset({3})], [frozenset({12})], [frozenset({3}), frozenset({12})]]
    found = culprits(16, 5, Model([groups[at] for at in order]), fresh=None)
    assert (found.state, named(found)) == ("found", {frozenset({3}), frozenset({12})})


def test_parts_that_break_some_cases_together_and_one_breaks_others_alone_are_all_named():
    groups = [*([[frozenset({12})]] * 3), *([[frozenset({3, 5})]] * 3)]
    found = culprits(16, 6, Model(groups, calls=100), fresh=None)
    assert (found.state, named(found)) == ("found", {frozenset({12}), frozenset({3, 5})})
