"""Laws of the json_fields scorer; its cases are in tests/spec/score/json_fields.yaml."""

import itertools
import json
from collections import Counter
from datetime import date

import pace
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored import score

from llmops_cli.score._date import iso_date
from llmops_cli.score._distance import distance, similarity

ITEMS = st.lists(st.sampled_from("abc"), max_size=6)
FIELDS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3) | st.none() | ITEMS, min_size=1)
SHORT = st.text(alphabet="abc", max_size=8)


def levenshtein(one: str, other: str) -> int:
    """The textbook's table, as the oracle."""
    row = list(range(len(other) + 1))
    for index, left in enumerate(one, 1):
        previous, row = row, [index]
        for place, right in enumerate(other, 1):
            row.append(min(previous[place] + 1, row[-1] + 1, previous[place - 1] + (left != right)))
    return row[-1]


@given(ITEMS, ITEMS)
def test_a_list_scores_the_f1_of_two_multisets(expected, got):
    hits = (Counter(expected) & Counter(got)).total()
    f1 = 2 * hits / (len(expected) + len(got)) if expected or got else 1.0
    assert score("json_fields", json.dumps({"a": got}), {"a": expected}).value == pytest.approx(f1)


@given(FIELDS, FIELDS)
def test_the_value_is_the_mean_of_the_parts_and_right_against_itself(expected, got):
    one = score("json_fields", json.dumps(got), expected)
    assert one.value == pytest.approx(sum(one.parts.values()) / len(expected))
    assert score("json_fields", json.dumps(expected), expected).value == 1


@given(FIELDS, FIELDS)
def test_swapping_expected_and_answer_changes_no_field(one, other):
    keys = {"keys": sorted({*one, *other})}
    assert (
        score("json_fields", json.dumps(one), other, **keys).parts
        == score("json_fields", json.dumps(other), one, **keys).parts
    )


@given(SHORT, SHORT)
def test_the_distance_is_levenshteins(one, other):
    assert distance(one, other) == levenshtein(one, other) == distance(other, one)


@given(st.text(max_size=80), st.text(max_size=80))
def test_similarity_lies_in_0_to_1_and_is_1_for_equal_texts_only(one, other):
    assert 0 <= similarity(one, other) <= 1
    assert (similarity(one, other) == 1) is (one == other)


@given(st.lists(SHORT, max_size=4), st.lists(SHORT, max_size=4))
def test_fuzzy_items_are_paired_as_well_as_they_can_be(expected, got):
    near = [[similarity(want, found) >= 0.5 for found in got] for want in expected]
    shorter, longer, turned = (expected, got, False) if len(expected) <= len(got) else (got, expected, True)
    best = max(
        sum(near[place][index] if turned else near[index][place] for index, place in enumerate(order))
        for order in itertools.permutations(range(len(longer)), len(shorter))
    )
    f1 = 2 * best / (len(expected) + len(got)) if expected or got else 1.0
    compare = {"a": {"type": "fuzzy", "at": 0.5}}
    assert score("json_fields", json.dumps({"a": got}), {"a": expected}, compare=compare).value == pytest.approx(f1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-03-04", "2024-03-04"),
        ("2024/3/4", "2024-03-04"),
        ("20240304", "2024-03-04"),
        ("2024-03-04T10:11:12.5Z", "2024-03-04"),
        ("2024-03-04 10:11", "2024-03-04"),
        ("03/04/2024 10:11:12 AM", "2024-03-04"),
        ("03/04/2024", "2024-03-04"),
        ("3-4-24", "2024-03-04"),
        ("25.12.2024", "2024-12-25"),
        ("12/25/1999", "1999-12-25"),
        ("25/12/69", "1969-12-25"),
        ("25/12/68", "2068-12-25"),
        ("4 March 2024", "2024-03-04"),
        ("4th of March, 2024", "2024-03-04"),
        ("04-MAR-2024", "2024-03-04"),
        ("04MAR24", "2024-03-04"),
        ("March 4, 2024", "2024-03-04"),
        ("Mar. 4th 2024", "2024-03-04"),
        ("Sept 4 '24", "2024-09-04"),
        ("Monday, March 4, 2024", "2024-03-04"),
        ("Mon 4 Mar 2024 10:00 UTC", "2024-03-04"),
        ("2024-Mar-04", "2024-03-04"),
        ("2023-02-29", None),
        ("31/13/2024", None),
        ("0000-01-01", None),
        ("2024-03", None),
        ("12:30", None),
        ("soon", None),
        ("", None),
        ("1" * 5000, None),
        ("on 2024-03-04", None),
    ],
)
def test_a_date_is_read_from_the_forms_people_write(text, day):
    assert iso_date(text) == day


@given(st.dates(date(1970, 1, 1), date(2068, 12, 31)), st.sampled_from(["/", "-", "."]), st.booleans(), st.booleans())
def test_a_date_of_three_numbers_is_read_in_the_order_that_dayfirst_names(day, mark, dayfirst, short):
    year = f"{day.year % 100:02}" if short else str(day.year)
    first, second = (day.day, day.month) if dayfirst else (day.month, day.day)
    assert iso_date(f"{first}{mark}{second}{mark}{year}", dayfirst=dayfirst) == day.isoformat()


@pytest.mark.parametrize("how", ["exact", "icase", "number", "date", "fuzzy"])
def test_a_hostile_answer_is_compared_in_a_moment(how):
    long, many = "ab" * 500_000, ["x" * 20] * 50_000
    compare = dict.fromkeys("ab", how)
    expected = {"a": "2024-01-02", "b": ["2024-01-02"] * 3}
    answer = json.dumps({"a": long, "b": many})
    assert score("json_fields", answer, expected, compare=compare).value == 0
    assert pace.seconds(lambda: score("json_fields", answer, expected, compare=compare), 1) < 1
