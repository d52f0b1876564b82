"""The filters of templates that came from Handlebars: its rules for nothing, for truth, for paths and for printing."""

import json

import pytest
from jinja2 import StrictUndefined
from jinja2.exceptions import FilterArgumentError

from llmops_cli.render.foreign import dig, entries, holds, margin, not_blank, same, stringify, text
from llmops_cli.render.printed import UnprintableError

NOTHING = StrictUndefined(name="x")


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (NOTHING, ""),
        (None, ""),
        ("a", "a"),
        (True, "true"),
        (0, "0"),
        (1.0, "1"),
        (2.5, "2.5"),
        ([1, [None, "b"]], "1,,b"),
        ([], ""),
    ],
)
def test_text_prints_as_handlebars_does(value, printed):
    assert text(value) == printed


@pytest.mark.parametrize("value", [{}, [{}]])
def test_an_object_has_no_text(value):
    with pytest.raises(UnprintableError):
        text(value)


@pytest.mark.parametrize("value", [1e21, 1e-7, float("inf")])
def test_a_number_that_is_printed_differently_everywhere_is_refused(value):
    with pytest.raises(FilterArgumentError):
        text(value)


@pytest.mark.parametrize(
    ("value", "keys", "found"),
    [
        ({"a": [{"b": 1}]}, ("a", "0", "b"), 1),
        ({"a": 1}, ("b",), None),
        ({}, ("items",), None),
        (None, ("a", "b"), None),
        (NOTHING, ("a",), None),
        ([1], (0,), 1),
        ([1], ("1",), None),
        ("text", ("a",), None),
        ({"1": "x"}, (1,), "x"),
        ({"length": 3}, ("length",), 3),
    ],
)
def test_dig_finds_what_is_there_and_nothing_else(value, keys, found):
    assert dig(value, *keys) == found


@pytest.mark.parametrize(("value", "key"), [([1], "length"), ("abc", "length"), ("abc", "0")])
def test_dig_refuses_what_runtimes_disagree_on(value, key):
    with pytest.raises(FilterArgumentError):
        dig(value, key)


@pytest.mark.parametrize("value", [NOTHING, None, False, "", [], 0, 0.0])
def test_nothing_false_and_empty_do_not_hold(value):
    assert not holds(value)
    assert holds(value, True) is (type(value) in (int, float))


@pytest.mark.parametrize("value", [True, "0", " ", {}, [0], 1, -1])
def test_everything_else_holds(value):
    assert holds(value)


def test_entries_are_places_or_keys_and_nothing_of_a_text():
    assert entries(["a"]) == [(0, "a")]
    assert entries({"k": 1}) == [("k", 1)]
    assert [entries(value) for value in ("ab", None, 3, NOTHING)] == [[], [], [], []]


@pytest.mark.parametrize(
    ("one", "two", "equal"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (1, "1", False),
        (True, 1, False),
        (False, 0, False),
        (NOTHING, NOTHING, True),
        (None, None, True),
        (None, 0, False),
        ("a", [1], False),
    ],
)
def test_same_is_strict(one, two, equal):
    assert same(one, two) is equal
    assert same(two, one) is equal


@pytest.mark.parametrize(("one", "two"), [(None, NOTHING), (NOTHING, None)])
def test_whether_a_missing_value_is_null_is_nothing_that_runtimes_agree_on(one, two):
    with pytest.raises(FilterArgumentError, match="a missing value is null"):
        same(one, two)


def test_same_compares_no_lists():
    with pytest.raises(FilterArgumentError):
        same([], {})


def test_stringify_is_the_json_of_javascript():
    assert stringify({"b": 'é"', "a": [1, None, True]}) == '{"b":"é\\"","a":[1,null,true]}'
    assert stringify({"a": []}, 2) == '{\n  "a": []\n}'
    assert stringify({"a": NOTHING, "b": None}) == '{"b":null}'
    assert stringify(None) == "null"


def test_the_json_of_a_missing_value_is_nothing_that_runtimes_agree_on():
    with pytest.raises(FilterArgumentError, match="JSON of a missing value"):
        stringify(NOTHING)


@pytest.mark.parametrize(("value", "indent"), [(1.0, 0), ({"a": [2.0]}, 0), (1, 11), (1, -1)])
def test_stringify_refuses_what_has_two_forms(value, indent):
    with pytest.raises(FilterArgumentError):
        stringify(value, indent)


@pytest.mark.parametrize("value", [{"b": 1, "1": 2}, {"2": 1, "1": 2}, {"10": 1, "9": 2}])
def test_keys_that_are_numbers_have_two_orders(value):
    with pytest.raises(FilterArgumentError, match="another order in JavaScript"):
        stringify({"inside": [value]})
    with pytest.raises(FilterArgumentError, match="another order in JavaScript"):
        entries(value)


@pytest.mark.parametrize("value", [{"0": 1, "9": 2, "10": 3, "a": 4}, {"b": 1, "a": 2}, {"b": 1, "01": 2, "-1": 3}])
def test_keys_in_the_order_of_both_runtimes_stay_in_it(value):
    assert json.loads(stringify(value)) == value
    assert [key for key, _ in entries(value)] == list(value)


def test_margin_moves_each_line_but_an_empty_last_one():
    assert margin("a\n\nb\n", "  ") == "  a\n  \n  b\n"
    assert margin("", "  ") == ""


def test_margin_is_capped():
    with pytest.raises(FilterArgumentError):
        margin("\n" * 70_000, " " * 64)


def test_a_blank_message_is_an_error():
    assert not_blank(" a") == " a"
    for value in ("", " \n", None, []):
        with pytest.raises(FilterArgumentError, match="blank"):
            not_blank(value)
