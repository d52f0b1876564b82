"""Which cases broke for good, and whether they are what a drop is made of."""

import pytest
from pairings import arm_of, binary

from llmops_cli.compare.breaks import breaks


def of(before, after, **facts):
    return breaks(arm_of(before, side="base "), arm_of(after, **facts), "exact")


@pytest.mark.parametrize(
    ("before", "after", "state", "cases"),
    [
        ("+ + +", "- + +", "concentrated", ["c000"]),
        ("+++++ +++++", "- +", "concentrated", ["c000"]),
        ("+++++ ++++-", "- -", "concentrated", ["c000"]),
        ("+++ +++ +++ +++", "--- +-- -+- --+", "diffuse", ["c000"]),
        ("+++ +++", "+-- --+", "diffuse", []),
        ("+ - +", "+ - +", "nothing", []),
        ("- -", "+ +", "nothing", []),
        ("- -", "- -", "nothing", []),
    ],
)
def test_a_drop_is_concentrated_where_cases_that_broke_make_up_half_of_it(before, after, state, cases):
    found = of(binary(before), binary(after))
    assert found.state == state
    assert [one.case for one in found.cases] == cases
    assert bool(found.reason) is (state != "concentrated")


def test_a_graded_case_broke_where_its_runs_lie_far_apart():
    found = of({"a": [0.9, 0.8], "b": [0.9, 0.5], "c": [1.0]}, {"a": [0.2, 0.4], "b": [0.4], "c": [1.0]})
    assert [(one.case, round(one.least, 6), one.before_runs, one.after_runs) for one in found.cases] == [
        ("a", 0.6, 2, 2)
    ]


def test_one_field_of_four_that_is_wrong_in_every_run_is_a_broken_case():
    found = of({"a": [1.0, 1.0], "b": [1.0, 1.0]}, {"a": [0.75], "b": [1.0]})
    assert (found.state, [one.case for one in found.cases]) == ("concentrated", ["a"])


def test_cases_without_a_score_on_both_sides_say_nothing():
    found = of({"a": [True], "b": [None]}, {"a": [None], "b": [True]})
    assert (found.state, found.cases) == ("nothing", ())
    assert "no case has a score" in found.reason


def test_a_case_that_the_head_lacks_did_not_break():
    assert of(binary("+ +"), {"c000": [True]}).state == "nothing"


def test_what_fell_where_the_whole_rose_is_not_called_a_drop():
    found = of(binary("++++ ---- ----"), binary("+--- ++++ ++++"))
    assert found.state == "diffuse"
    assert "the drop" not in found.reason
    assert "exact did not fall (41.7 pp)" in found.reason
