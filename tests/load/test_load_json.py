import io
import json

import pace
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.load.json_ import keys, parse
from llmops_cli.load.jsonl import MAX_LINE, Line, read
from llmops_cli.model.problem import Problem


def flaw(text: str) -> str:
    _, found = parse(text)
    return f"{found.code} {found.offset}" if found else "none"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}', "none"),
        ('{"a": 1, "a": 2}', "LE002 9"),
        ('{"a": {"b": 1, "c": [{"d": 1, "d": 2}]}}', "LE002 30"),
        ('{"a": "a", "b": {"a": 1}}', "none"),
        ('{"a": "NaN", "b": NaN}', "LE003 18"),
        ('{"b": -Infinity}', "LE003 6"),
        ('{"b": 1e999}', "LE001 6"),
        ('{"b": -' + "9" * 5000 + "}", "LE001 6"),
        (r'{"b": "\ud800"}', "LE004 7"),
        (r'{"b": "\ud83d\ude00"}', "none"),
        (r'{"b": "\ude00\ud83d"}', "LE004 7"),
        (r'{"b": "\ud83d x \ude00"}', "LE004 7"),
        (r'{"b": "\\ud800"}', "none"),
        (r'{"b": "x\u0000"}', "LE005 8"),
        ('{"b": "x\x00"}', "LE001 8"),
        ("[" * 64 + "]" * 64, "none"),
        ("[" * 65 + "]" * 65, "LE006 64"),
        ('{"a": "' + "[{" * 100 + '"}', "none"),
        ("[" + "[]," * 20_000 + "1]", "LE006 59998"),
        ("{'a': 1}", "LE001 1"),
        ('{"a": 1,}', "LE001 8"),
        ("", "LE001 0"),
        ('{"a": 1} x', "LE001 9"),
        ('{"a": 012}', "LE001 7"),
        ('{"a": "x', "LE001 6"),
        ('{"a": "\\', "LE001 6"),
    ],
)
def test_json_is_strict_and_says_where(text, expected):
    assert flaw(text) == expected


def test_a_line_separator_inside_a_text_is_json():
    assert parse('{"a": "x\u2028y"}') == ({"a": "x\u2028y"}, None)


def test_each_key_is_found_with_its_value():
    text = '{"a": {"b\\u0041": [1, {"c": ":"}]}, "d" :  2}'
    found = [(place.depth, place.key, text[place.offset], text[place.value_offset]) for place in keys(text)]
    assert found == [(1, "a", '"', "{"), (2, "bA", '"', "["), (4, "c", '"', '"'), (1, "d", '"', "2")]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.booleans())
def test_what_json_writes_is_read_alike_unless_it_holds_a_nul(value, ascii_only):
    text = json.dumps(value, ensure_ascii=ascii_only)
    found, wrong = parse(text)
    if "\\u0000" in text and wrong:
        assert wrong.code == "LE005"
    else:
        assert (found, wrong) == (json.loads(text), None)


@given(st.text(alphabet='{}[]",:\\aud80019eE.-NIn tfl', max_size=40))
def test_any_text_is_a_value_or_a_flaw_inside_the_text(text):
    value, wrong = parse(text)
    if wrong:
        assert value is None
        assert 0 <= wrong.offset <= len(text)
    else:
        assert value == json.loads(text)


def lines(data: bytes) -> list:
    return list(read(io.BytesIO(data), "f.jsonl"))


def test_lines_end_at_a_line_feed_and_nowhere_else():
    found = lines('\ufeff{"a": "x\u2028y\x85z"}\r\n\n  \n{"b": 1}'.encode())
    assert [(line.number, line.value) for line in found] == [(1, {"a": "x\u2028y\x85z"}), (4, {"b": 1})]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1}\n{"a": 1\n', "LE001 f.jsonl:2:8"),
        (b'{"a": "\xff"}\n', "LE011 f.jsonl:1:8"),
        ('{"ä": "'.encode() + b"\xed\xa0\x80" + b'"}\n', "LE011 f.jsonl:1:8"),
        (b"[1]\n", "LE009 f.jsonl:1:1"),
        ('{"a": 1}\n'.encode("utf-16"), "LE011 f.jsonl:1:1"),
        (b'{"a": "' + b"x" * MAX_LINE + b'"}\n', "LE012 f.jsonl:1:1"),
    ],
)
def test_a_bad_line_is_a_problem_with_its_place(data, expected):
    problems = [item for item in lines(data) if isinstance(item, Problem)]
    assert f"{problems[0].code} {problems[0].source}" == expected


def test_the_line_after_one_that_is_too_long_is_read():
    found = lines(b'"' + b"x" * (3 * MAX_LINE) + b'"\n{"a": 1}\n')
    assert isinstance(found[0], Problem)
    assert found[1] == Line(2, '{"a": 1}', {"a": 1})


BOMBS = {
    "brackets": "[" * 1_000_000,
    "objects": '{"a":' * 700_000,
    "siblings": "[" + "{}," * 1_000_000 + "1]",
    "quotes": '"' * 1_000_000,
    "escaped quotes": '"' + '\\"' * 500_000 + "[" * 100,
    "backslashes": "\\" * 1_000_000,
    "digits": "[" + "9" * 1_000_000 + "]",
    "float": "[0." + "1" * 1_000_000 + "e999]",
    "surrogates": '["' + "\\ud800" * 500_000 + '"]',
    "spaces": " " * 1_000_000 + "[",
    "strings then depth": "[" + '"",' * 300_000 + "[" * 70,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_of_a_line_is_answered_within_100_ms_of_work(name):
    data = BOMBS[name].encode()
    assert isinstance(lines(data)[0], Problem)
    assert pace.seconds(lambda: lines(data), 0.1) < 0.1


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_lines_or_problems(data):
    for item in lines(data):
        assert isinstance(item, (Line, Problem))
