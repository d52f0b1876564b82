"""Laws of the json_valid scorer; its cases are in tests/spec/score/json_valid.yaml."""

import json

import pace
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored import score

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_what_json_writes_is_valid_and_in_a_fence_only_where_fences_are_stripped(value):
    text = json.dumps(value)
    fenced = f"```json\n{text}\n```"
    assert score("json_valid", text).passed
    assert score("json_valid", fenced).passed is False
    assert score("json_valid", fenced, fence="strip").passed


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[" * 500 + "]" * 500, '{"a":' * 100_000, "9" * 100_000, "```\n" * 20_000]
)
@pytest.mark.parametrize("fence", ["strict", "strip"])
def test_a_hostile_answer_is_invalid_in_a_moment(text, fence):
    assert score("json_valid", text, fence=fence).passed is False
    assert pace.seconds(lambda: score("json_valid", text, fence=fence), 0.5) < 0.5
