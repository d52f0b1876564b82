"""That the json_schema scorer neither hangs nor fetches; its cases are in tests/spec/score/json_schema.yaml."""

import json
import time

import pace
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored import score
from support import ModelServer

from llmops_cli.errors import UsageError


@given(st.dictionaries(st.sampled_from("abc"), st.integers() | st.text()))
def test_a_schema_of_numbers_accepts_objects_of_numbers_only(value):
    schema = {"type": "object", "additionalProperties": {"type": "integer"}}
    assert score("json_schema", json.dumps(value), schema=schema).passed is all(
        isinstance(item, int) for item in value.values()
    )


@pytest.mark.parametrize("key", ["pattern", "patternProperties"])
def test_a_runaway_pattern_in_a_schema_is_stopped(key):
    schema = {"pattern": "(a+)+$"} if key == "pattern" else {"patternProperties": {"(a+)+$": {}}}
    text = "a" * 5_000 + "!"
    answer = json.dumps(text if key == "pattern" else {text: 1})
    assert score("json_schema", answer, schema=schema).value is None
    assert pace.seconds(lambda: score("json_schema", answer, schema=schema), 2, time.monotonic) < 2


@pytest.mark.parametrize(
    "place", [{"$ref": "{url}"}, {"$id": "{url}/", "$ref": "b.json"}, {"allOf": [{"$dynamicRef": "{url}"}]}]
)
def test_a_reference_to_a_server_is_refused_and_the_server_is_never_asked(place):
    with ModelServer() as server:
        schema = json.loads(json.dumps(place).replace("{url}", server.url))
        with pytest.raises(UsageError, match="outside itself"):
            score("json_schema", "1", schema=schema)
        assert not server.requests
