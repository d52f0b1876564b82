"""The published schema of the gate's document: every report keeps it, and it knows every key that a document has."""

import json

import pytest
from gate_reports import REPORTS
from jsonschema import Draft202012Validator
from test_report_gate_html import RICH

from llmops_cli.load.schema import schema_text
from llmops_cli.report.gate_json import document

EVERY = {**REPORTS, "rich": RICH}


def read_back(name):
    """The document as a script reads it."""
    return json.loads(json.dumps(document(EVERY[name])))


def unknown(value, schema, whole, at="$"):
    """The places of keys that the schema does not describe."""
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        return [place for each in value for place in unknown(each, schema.get("items", {}), whole, f"{at}[]")]
    if not isinstance(value, dict) or "additionalProperties" in schema:
        return []
    known = schema.get("properties", {})
    own = [f"{at}.{key}" for key in value if key not in known]
    return own + [
        place for key in value if key in known for place in unknown(value[key], known[key], whole, f"{at}.{key}")
    ]


@pytest.mark.parametrize("name", EVERY)
def test_the_schema_knows_every_key_of_a_document(name):
    schema = json.loads(schema_text("gate"))
    assert unknown(read_back(name), schema, schema) == []


@pytest.mark.parametrize("name", [name for name in EVERY if name != "hostile"])
def test_a_document_keeps_its_schema(name):
    Draft202012Validator(json.loads(schema_text("gate"))).validate(read_back(name))


def test_a_key_that_the_schema_does_not_know_is_found():
    schema = json.loads(schema_text("gate"))
    found = read_back("fail")
    found["families"][0]["surprise"] = 1
    assert unknown(found, schema, schema) == ["$.families[].surprise"]


def test_the_command_prints_it(llmops, tmp_path):
    assert llmops(tmp_path, "schema", "gate").json() == json.loads(schema_text("gate"))
