"""MLflow prompt versions in."""

import json

import pytest
from foreign_files import MLFLOW, at, json_bytes, messages

from llmops_cli.convert import mlflow
from llmops_cli.errors import LlmopsError


def read(value):
    return mlflow.read({"m.json": json_bytes(value)}, "m.json")


def version(**more):
    return {"name": "p", "version": "1", "template": "Hi {{name}}", **more}


CONFIG = {"provider": "openai", "model_name": "gpt-4o"}
FIELDS = [
    ({}, "messages.0.content", "Hi {{ name }}"),
    ({"template": [{"role": "system", "content": "x"}]}, "messages.0", {"role": "system", "content": "x"}),
    ({"template": [{"role": "user", "content": "x"}, {"role": "tool", "content": "y"}]}, "loss", "template.1"),
    ({"template": [{"role": "user", "content": "x", "name": "n"}]}, "x-mlflow.template.0.name", None),
    ({"description": "d"}, "x-mlflow.description", "d"),
    ({"commit_message": "m"}, "x-mlflow.commit_message", "m"),
    ({"tags": {"team": "x"}}, "x-mlflow.tags.team", "x"),
    ({"tags": [{"key": "team", "value": "x"}]}, "x-mlflow.tags.team", "x"),
    ({"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, "loss", "tags.1"),
    ({"aliases": ["production"]}, "x-mlflow.aliases", ["production"]),
    ({"creation_timestamp": 1}, "x-mlflow.creation_timestamp", 1),
    ({"model_config": CONFIG}, "model", "openai/gpt-4o"),
    ({"model_config": {"model_name": "gpt-4o"}}, "model", "gpt-4o"),
    ({"model_config": {**CONFIG, "temperature": 0.5}}, "params.temperature", 0.5),
    ({"model_config": {**CONFIG, "max_tokens": 5}}, "params.max_tokens", 5),
    ({"model_config": {**CONFIG, "top_k": 5}}, "params.top_k", 5),
    ({"model_config": {**CONFIG, "stop_sequences": ["x"]}}, "params.stop", ["x"]),
    ({"model_config": {**CONFIG, "extra_params": {"a": 1}}}, "x-mlflow.model_config.extra_params", {"a": 1}),
    ({"response_format": {"type": "object"}}, "output.schema", {"type": "object"}),
    ({"tags": {"_mlflow_prompt_response_format": '{"type": "object"}'}}, "output.schema", {"type": "object"}),
    ({"tags": {"_mlflow_prompt_model_config": json.dumps(CONFIG)}}, "model", "openai/gpt-4o"),
]


@pytest.mark.parametrize(("said", "path", "value"), FIELDS)
def test_each_field_has_its_place(said, path, value):
    imported = read(version(**said))
    if path == "loss":
        assert [loss.path for loss in imported.losses] == [value]
    elif value is not None:
        assert imported.losses == ()
        assert at(imported.prompts[0].versions[0].document, path) == value


def test_versions_come_from_old_to_new_with_labels_author_and_message():
    (foreign,) = read(MLFLOW).prompts
    assert [(item.name, item.labels, item.author, item.message) for item in foreign.versions] == [
        ("1", (), "", ""),
        ("2", ("production",), "ada", "shorter"),
    ]


def test_a_value_is_not_expanded_again():
    imported = read(version(template="A={{a}} B={{ b }}"))
    assert messages(imported, {"a": "{{b}}", "b": "SECRET"}) == [("user", "A={{b}} B=SECRET")]


def test_a_template_with_tags_is_jinja():
    imported = read(version(template="{% if a %}{{ a }}{% endif %} {{ b | upper }}"))
    assert imported.losses == ()
    assert messages(imported, {"a": "x", "b": "y"}) == [("user", "x Y")]


def test_aliases_may_be_mappings():
    imported = read({"prompt": version(aliases=[{"alias": "staging", "version": "1"}])})
    assert imported.prompts[0].versions[0].labels == ("staging",)


def test_a_page_of_a_longer_list_is_reported():
    assert [loss.path for loss in read({"model_versions": [version()], "next_page_token": "t"}).losses] == [
        "next_page_token"
    ]
    assert read({"model_versions": [version()], "next_page_token": ""}).losses == ()


@pytest.mark.parametrize(
    "value",
    [
        [],
        3,
        {"name": "p"},
        {"name": "p", "template": []},
        {"name": "p", "tags": {"mlflow.prompt.text": "{", "_mlflow_prompt_type": "chat"}},
    ],
)
def test_what_is_no_version_is_refused(value):
    with pytest.raises(LlmopsError):
        read(value)
