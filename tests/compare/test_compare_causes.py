from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.compare.causes import Failing, grouped

failing = st.builds(
    Failing,
    st.text(min_size=1, max_size=4),
    st.sampled_from(["a fence around the JSON", "a refusal", "another answer"]),
    st.integers(0, 9),
    st.lists(st.sampled_from(["x", "y"]), unique=True).map(tuple),
)


def test_the_largest_group_stands_first_and_its_shortest_case_at_its_head():
    groups = grouped([Failing("a", "s", 9), Failing("b", "s", 1), Failing("c", "t", 5)], {}, 10)
    assert [(group.symptom, group.cases) for group in groups] == [("s", ("b", "a")), ("t", ("c",))]


def test_a_tag_that_marks_a_group_is_named_with_its_counts():
    broken = [Failing(f"c{at}", "s", at, ("hand", "all")) for at in range(9)]
    (group,) = grouped(broken, {"hand": 12, "all": 120}, 120)
    assert group.tag == "9 of 9 have the tag hand, 12 of 120 of all"


def test_a_tag_that_most_cases_have_marks_nothing():
    broken = [Failing(f"c{at}", "s", at, ("all",)) for at in range(9)]
    assert grouped(broken, {"all": 100}, 120)[0].tag == ""


@given(st.lists(failing, max_size=12, unique_by=lambda one: one.case), st.randoms())
def test_every_broken_case_stands_in_one_group_and_their_order_decides_nothing(found, random):
    groups = grouped(found, {}, 20)
    assert sorted(case for group in groups for case in group.cases) == sorted(one.case for one in found)
    shuffled = list(found)
    random.shuffle(shuffled)
    assert grouped(shuffled, {}, 20) == groups
