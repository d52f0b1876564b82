import pytest

from llmops_cli.model.completion import Request
from llmops_cli.model.order import unsorted

SORTED = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
TURNED = {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (SORTED, []),
        (TURNED, [[["properties"], ["b", "a"]]]),
        ({"anyOf": [SORTED, TURNED]}, [[["anyOf", 1, "properties"], ["b", "a"]]]),
        ({"$defs": {"x": TURNED}}, [[["$defs", "x", "properties"], ["b", "a"]]]),
        ({"properties": {"properties": {"type": "string", "enum": ["x"]}}}, []),
        ({"required": ["b", "a"], "type": "object"}, []),
        (True, []),
    ],
)
def test_only_fields_that_are_not_sorted_need_their_order_said(schema, said):
    assert unsorted(schema) == said


def test_a_recorded_answer_is_not_given_to_a_call_whose_fields_stand_in_another_order():
    def call(schema):
        return Request("m", (), response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}})

    assert call(SORTED).fingerprint != call(TURNED).fingerprint


def test_a_call_without_unsorted_fields_keeps_the_fingerprint_under_which_it_was_recorded():
    found = Request("m", ({"role": "user", "content": "hi"},)).fingerprint
    assert found == "5099b71712fff0930bfaa2792400f968efe0e29a2a50b6e2089194852d7ed261"
