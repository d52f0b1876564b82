"""Laws of the exact scorer; its cases are in tests/spec/score/exact.yaml."""

import json

from hypothesis import given
from hypothesis import strategies as st
from scored import score

SCALARS = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.text(), st.text())
def test_two_texts_pass_when_they_are_equal_but_for_their_ends(expected, answer):
    assert score("exact", answer, expected).passed is (answer.strip() == expected.strip())


@given(st.dictionaries(st.text(), SCALARS) | SCALARS | st.lists(SCALARS))
def test_any_json_equals_itself_however_it_is_indented(value):
    assert score("exact", json.dumps(value, indent=3), value).passed


def test_an_answer_nested_too_deeply_is_wrong_and_does_not_break_the_run():
    assert score("exact", "[" * 100_000 + "]" * 100_000, [1]).passed is False
    assert score("exact", "[" * 300 + "]" * 300, [1]).passed is False
