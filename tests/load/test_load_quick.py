"""The quick check of our own schemas: a yes is sound, and every keyword that they use is known."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from llmops_cli.load.quick import RULES, SAYS_NOTHING, holds
from llmops_cli.load.schema import schema_text

INPUTS = ("prompt", "evalset", "case", "config")
SCHEMAS = {name: json.loads(schema_text(name)) for name in INPUTS}
PROMPT = {
    "id": "a/b",
    "model": "m",
    "params": {"temperature": 0.5, "max_tokens": 5},
    "variables": {"x": {"type": "string", "enum": ["a"]}, "y": "string"},
    "messages": [{"role": "system", "content": "x"}, {"placeholder": "h"}],
    "evals": ["e"],
    "output": {"format": "json_schema", "schema": {"type": "object"}},
}
GOOD = {
    "prompt": PROMPT,
    "evalset": {
        "id": "e",
        "data": "e.jsonl",
        "scorers": [{"type": "exact", "primary": True}],
        "gate": {"margin": 0.05},
    },
    "case": {"id": "c", "inputs": {"x": 1}, "expected": None, "tags": ["t"], "critical": True},
    "config": {"endpoints": {"a": "http://h/v1"}, "gate": {"margin": "auto"}, "budget": {"max_calls": 3}},
}
JUNK = st.sampled_from([None, True, 0, -1, 1.5, "", "x", "X y", [], ["a"], {}, {"x": 1}, {"type": "nope"}])


@pytest.mark.parametrize("name", INPUTS)
def test_a_good_file_is_answered_without_jsonschema(name):
    assert holds(SCHEMAS[name], GOOD[name])


def keywords(schema, found):
    if isinstance(schema, dict):
        for key, value in schema.items():
            found.add(key)
            if key in ("properties", "patternProperties", "$defs"):
                for one in value.values():
                    keywords(one, found)
            elif key not in ("const", "enum"):
                keywords(value, found)
    elif isinstance(schema, list):
        for one in schema:
            keywords(one, found)
    return found


@pytest.mark.parametrize("name", INPUTS)
def test_every_keyword_of_our_schemas_is_known(name):
    assert keywords(SCHEMAS[name], set()) <= set(RULES) | SAYS_NOTHING


def places(value, path=()):
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(INPUTS), st.data())
def test_what_is_surely_valid_is_valid(name, data):
    value = copy.deepcopy(GOOD[name])
    path = data.draw(st.sampled_from([path for path in places(value) if path]))
    parent = value
    for key in path[:-1]:
        parent = parent[key]
    how = data.draw(st.sampled_from(["replace", "remove", "add"]))
    if how == "replace":
        parent[path[-1]] = data.draw(JUNK)
    elif how == "remove":
        del parent[path[-1]]
    elif isinstance(parent, dict):
        parent[data.draw(st.sampled_from(["idd", "x-own", "host", "schema"]))] = data.draw(JUNK)
    if holds(SCHEMAS[name], value):
        assert Draft202012Validator(SCHEMAS[name]).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"const": [[1]]}, [[True]], False),
        ({"enum": [{"a": [0]}]}, {"a": [False]}, False),
        ({"enum": [{"a": [0]}]}, {"a": [0]}, True),
        ({"multipleOf": 0.01}, 19.99, True),
        ({"multipleOf": 0.01}, 19.995, False),
        ({"pattern": "^a$"}, "a", True),
        ({"pattern": "^a$"}, "a\n", False),
        ({"pattern": "^[$]\\$?$"}, "$$", True),
        ({"pattern": "^[$]\\$?$"}, "$\n", False),
    ],
)
def test_values_are_equal_multiples_and_matches_as_json_schema_means_it(schema, value, said):
    assert holds(schema, value) is said
