import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from llmops_cli.compare.causes import Failing, grouped, mark
from llmops_cli.compare.refuted import Standing

failing = st.builds(
    Failing,
    st.text(min_size=1, max_size=4),
    st.lists(st.sampled_from(["wrong in a", "wrong in b", "another answer"]), min_size=1, unique=True).map(tuple),
    st.integers(0, 9),
    st.lists(st.sampled_from(["x", "y"]), unique=True).map(tuple),
)


def test_the_largest_group_stands_first_and_its_shortest_case_at_its_head():
    groups = grouped([Failing("a", ("s",), 9), Failing("b", ("s",), 1), Failing("c", ("t",), 5)], {}, 10)
    assert [(group.symptom, group.cases) for group in groups] == [("s", ("b", "a")), ("t", ("c",))]


def test_a_tag_that_marks_a_group_is_named_with_its_counts():
    broken = [Failing(f"c{at}", ("s",), at, ("hand", "all")) for at in range(9)]
    (group,) = grouped(broken, {"hand": 12, "all": 120}, 120)
    assert group.tag == "9 of 9 have the tag hand, 12 of 120 of all"


def test_a_tag_marks_a_group_though_all_of_it_have_a_common_tag_and_one_has_it_not():
    tags = [("german", "normal")] * 12 + [("english", "normal")]
    broken = [Failing(f"c{at:02}", ("s",), at, own) for at, own in enumerate(tags)]
    (group,) = grouped(broken, {"german": 15, "english": 105, "normal": 100, "vip": 20}, 120)
    assert group.tag == "12 of 13 have the tag german, 15 of 120 of all"


@pytest.mark.parametrize(
    ("hit", "drawn", "marked", "cases", "named"),
    [
        (5, 10, 20, 120, True),
        (3, 10, 20, 120, False),
        (3, 3, 20, 120, True),
        (2, 2, 2, 120, False),
        (4, 4, 60, 120, False),
        (9, 10, 60, 120, True),
    ],
)
def test_a_tag_is_named_where_an_exact_test_shows_that_the_group_has_it_more_often(hit, drawn, marked, cases, named):
    broken = [Failing(f"c{at:02}", ("s",), at, ("x",) if at < hit else ("y",)) for at in range(drawn)]
    (group,) = grouped(broken, {"x": marked, "y": cases - marked}, cases)
    assert bool(group.tag) is named
    shown = hypergeom.sf(hit - 1, cases, marked, drawn) * 2 <= 0.05
    assert bool(shown and hit >= 3) is named


def test_a_tag_that_most_cases_have_marks_nothing():
    broken = [Failing(f"c{at}", ("s",), at, ("all",)) for at in range(9)]
    assert grouped(broken, {"all": 100}, 120)[0].tag == ""


@given(st.lists(failing, max_size=12, unique_by=lambda one: one.case), st.randoms())
def test_every_broken_case_stands_in_a_group_a_symptom_and_their_order_decides_nothing(found, random):
    groups = grouped(found, {}, 20)
    listed = sorted((group.symptom, case) for group in groups for case in group.cases)
    assert listed == sorted((symptom, one.case) for one in found for symptom in one.symptoms)
    shuffled = list(found)
    random.shuffle(shuffled)
    assert grouped(shuffled, {}, 20) == groups


def test_what_fresh_answers_refute_stands_last_in_its_group_and_makes_no_group_large():
    refuted = [Failing(f"r{at}", ("refuted",), 1, standing=Standing.REFUTED) for at in range(3)]
    mixed = [
        Failing("a", ("s",), 1, standing=Standing.REFUTED),
        Failing("b", ("s",), 9),
        Failing("c", ("s",), 99, standing=Standing.CONFIRMED),
    ]
    groups = grouped([*refuted, *mixed], {}, 20)
    assert [(group.symptom, group.cases) for group in groups] == [
        ("s", ("c", "b", "a")),
        ("refuted", ("r0", "r1", "r2")),
    ]


def test_the_surest_case_of_a_group_stands_first_however_long_its_inputs_are():
    weak = Failing("a", ("s",), 1, drop=0.5)
    sure = Failing("b", ("s",), 9, drop=1.0)
    doubtful = Failing("c", ("s",), 1, standing=Standing.REFUTED, drop=1.0)
    (group,) = grouped([weak, doubtful, sure], {}, 10)
    assert group.cases == ("b", "a", "c")


def test_a_mark_is_named_of_five_that_fell_where_three_that_broke_are_too_few():
    tags = {"software": 10, "goods": 20}
    assert mark([("software",)] * 3, tags, 30) == ""
    assert mark([("software",)] * 5, tags, 30) == "5 of 5 have the tag software, 10 of 30 of all"
