"""Picoschema ↔ JSON Schema."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.convert._picoschema import PicoschemaError, from_json_schema, to_json_schema


def closed(properties, *required, extra=False):
    listed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **listed, "additionalProperties": extra}


@pytest.mark.parametrize(
    ("pico", "schema"),
    [
        ("string", {"type": "string"}),
        ("number, what it is", {"type": "number", "description": "what it is"}),
        ("number,what, it is", {"type": "number", "description": "what, it is"}),
        ("any", {}),
        (
            {"a": "boolean", "b?": "string, b"},
            closed({"a": {"type": "boolean"}, "b": {"type": ["string", "null"], "description": "b"}}, "a"),
        ),
        (
            {"a(array, all)": "string, one"},
            closed(
                {"a": {"type": "array", "items": {"type": "string", "description": "one"}, "description": "all"}}, "a"
            ),
        ),
        (
            {"a?(array)": {"b?": "integer"}},
            closed({"a": {"type": ["array", "null"], "items": closed({"b": {"type": ["integer", "null"]}})}}),
        ),
        (
            {"a(object, o)": {"b": "null"}},
            closed({"a": {**closed({"b": {"type": "null"}}, "b"), "description": "o"}}, "a"),
        ),
        ({"a": {"b": "string"}}, closed({"a": closed({"b": {"type": "string"}}, "b")}, "a")),
        ({"a(enum, e)": ["x", 1]}, closed({"a": {"enum": ["x", 1], "description": "e"}}, "a")),
        ({"a?(enum)": ["x"]}, closed({"a": {"enum": ["x", None]}})),
        ({"a": "any", "b?": "any, b"}, closed({"a": {}, "b": {"description": "b"}}, "a")),
        (
            {"a": "string", "(*)": "number, n"},
            closed({"a": {"type": "string"}}, "a", extra={"type": "number", "description": "n"}),
        ),
        (
            {"a(array, a list (of all), with commas)": "string"},
            closed(
                {"a": {"type": "array", "items": {"type": "string"}, "description": "a list (of all), with commas"}},
                "a",
            ),
        ),
    ],
)
def test_each_form_means_its_json_schema_and_comes_back(pico, schema):
    assert to_json_schema(pico) == schema
    again = from_json_schema(schema)
    assert again is not None
    assert to_json_schema(again) == schema


@pytest.mark.parametrize(
    "schema", [{"type": "string"}, {"type": "object"}, {"type": "array", "items": {"$ref": "#/x"}}]
)
def test_json_schema_passes_as_it_is(schema):
    assert to_json_schema(schema) is schema


def test_properties_alone_are_json_schema_of_an_object():
    assert to_json_schema({"properties": {"a": {"type": "string"}}}) == {
        "type": "object",
        "properties": {"a": {"type": "string"}},
    }


@pytest.mark.parametrize(
    ("pico", "said"),
    [
        ("Foo", "name of a schema"),
        ({"a": "String"}, "name of a schema"),
        ({"a": 3}, "a text or a mapping"),
        ({"a(list)": "string"}, "is not array, object or enum"),
        ({"a(enum)": "x"}, "does not fit"),
        ({"a(": "string"}, "a key is"),
    ],
)
def test_what_is_no_picoschema_is_named(pico, said):
    with pytest.raises(PicoschemaError, match=said):
        to_json_schema(pico)


def test_a_named_schema_is_looked_up_and_may_be_described_anew():
    def named(path, name):
        assert (path, name) == ("a?", "Foo")
        return {"type": "number", "description": "a foo"}

    assert to_json_schema({"a?": "Foo, mine"}, named)["properties"]["a"] == {
        "type": ["number", "null"],
        "description": "mine",
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 1},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}},
        {"type": "object", "properties": {"a b": {"type": "string"}}, "additionalProperties": False, "x": 1},
        {"type": ["string", "number"]},
    ],
)
def test_a_schema_that_picoschema_cannot_say_is_not_said(schema):
    assert from_json_schema(schema) is None


scalars = st.sampled_from(["string", "number, a, b", "boolean", "any", "integer, c (d)", "null"])
keys = st.from_regex(r"[a-z]{1,4}\??", fullmatch=True)
picos = st.recursive(scalars, lambda inner: st.dictionaries(keys, inner, min_size=1, max_size=3), max_leaves=6)


@given(picos)
def test_picoschema_survives_json_schema(pico):
    schema = to_json_schema(pico)
    if from_json_schema(schema) is not None:
        assert to_json_schema(from_json_schema(schema)) == schema
