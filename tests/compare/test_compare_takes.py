"""One value against a schema, held against jsonschema as an oracle; and schemas whose values can all be listed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_compare_schemas import DOCUMENT, VALUES, allows

from llmops_cli.compare.follow import followed
from llmops_cli.compare.refs import node
from llmops_cli.compare.schemas import findings
from llmops_cli.compare.takes import finite, takes

LISTABLE = st.recursive(
    st.lists(st.sampled_from(VALUES[:14]), min_size=1, max_size=4, unique_by=repr).map(lambda listed: {"enum": listed})
    | st.sampled_from(VALUES[:12]).map(lambda value: {"const": value})
    | st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["null", "boolean"]}]),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches}),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None)
@given(DOCUMENT)
def test_a_judgement_is_the_one_of_jsonschema_or_none(schema):
    for value in VALUES:
        found = takes(schema, value, schema)
        assert found is None or found == allows(schema, value), (schema, value)


@settings(max_examples=300, deadline=None)
@given(DOCUMENT)
def test_a_schema_followed_and_joined_lets_through_what_it_did(schema):
    joined = followed(node(schema, ()), schema).schema
    whole = False if joined is None else {**joined, "$defs": schema["$defs"]}
    for value in VALUES:
        assert allows(whole, value) == allows(schema, value), (schema, joined, value)


@settings(max_examples=300, deadline=None)
@given(DOCUMENT)
def test_a_list_of_values_leaves_none_out(schema):
    listed = finite(schema, schema)
    if listed is not None:
        assert [
            value for value in VALUES if allows(schema, value) and not any(_equal(value, one) for one in listed)
        ] == []


@settings(max_examples=300, deadline=None)
@given(LISTABLE, LISTABLE)
def test_of_values_that_can_be_listed_nothing_is_missed_and_nothing_is_called_a_break(before, after):
    inside = all(allows(after, value) for value in [*VALUES, False] if allows(before, value))
    assert inside == (not any(one.breaking for one in findings(before, after, side="input", name="x")))
    back = all(allows(before, value) for value in [*VALUES, False] if allows(after, value))
    assert back == (not any(one.breaking for one in findings(before, after, side="output", name="x")))
    if inside and back:
        assert findings(before, after, side="input", name="x") == ()


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": "^a"}, "b"),
        ({"format": "date"}, "b"),
        ({"$ref": "https://example.org/x"}, 1),
        ({"if": {"type": "string"}}, 1),
        ({"minimum": "1"}, 1),
        ({"properties": {"a": False}, "patternProperties": {}}, {"a": 1}),
    ],
)
def test_what_is_not_judged_here_is_not_known(schema, value):
    assert takes(schema, value, schema) is None


def test_a_schema_that_refers_to_itself_is_no_endless_question():
    loop = {"$ref": "#"}
    assert takes(loop, 1, loop) is None
    assert finite(loop, loop) is None


def _equal(one, other):
    return (type(one) is type(other) and one == other) or (_number(one) and _number(other) and one == other)


def _number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
