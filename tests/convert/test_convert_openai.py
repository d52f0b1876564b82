"""OpenAI's prompt objects and responses.create bodies in and out."""

import json
from datetime import UTC, datetime

import pytest
from foreign_files import OPENAI_BODY, OPENAI_OBJECT, at, json_bytes, messages
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.convert import openai
from llmops_cli.convert._built import prompt_of
from llmops_cli.convert._dates import LATEST, iso
from llmops_cli.errors import LlmopsError
from llmops_cli.model.exchange import Version

# The parameters of `client.responses.create` (openai-python's ResponseCreateParams).
CREATE = {
    "background",
    "context_management",
    "conversation",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "moderation",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
}


def read(value):
    return openai.read({"p.json": json_bytes(value)}, "p.json")


def body(**more):
    return {"model": "gpt-4o", "input": "Hi {{name}}", **more}


def document(imported):
    return imported.prompts[0].versions[-1].document


FIELDS = [
    ({"model": "o4-mini"}, "model", "o4-mini"),
    ({"description": "d"}, "description", "d"),
    ({"instructions": "Be {{tone}}"}, "messages.0", {"role": "system", "content": "Be {{ tone }}"}),
    ({"instructions": [{"role": "developer", "content": "x"}]}, "messages.0", {"role": "developer", "content": "x"}),
    ({"input": [{"role": "user", "content": [{"type": "input_text", "text": "a"}]}]}, "messages.0.content", "a"),
    (
        {"input": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]}]},
        "messages.0.role",
        "assistant",
    ),
    (
        {
            "input": [
                {"role": "user", "content": "x"},
                {"role": "user", "content": [{"type": "input_image", "image_url": "u"}]},
            ]
        },
        "loss",
        "input.1",
    ),
    (
        {"input": [{"role": "user", "content": "x"}, {"type": "function_call_output", "call_id": "c", "output": "o"}]},
        "loss",
        "input.1",
    ),
    (
        {"input": [{"role": "user", "content": "x", "id": "msg_1", "status": "completed"}]},
        "x-openai.input.0.id",
        "msg_1",
    ),
    ({"temperature": 0.5}, "params.temperature", 0.5),
    ({"top_p": 0.5}, "params.top_p", 0.5),
    ({"max_output_tokens": 9}, "params.max_completion_tokens", 9),
    ({"top_logprobs": 2}, "params.top_logprobs", 2),
    ({"service_tier": "flex"}, "params.service_tier", "flex"),
    ({"tool_choice": "auto"}, "params.tool_choice", "auto"),
    ({"parallel_tool_calls": True}, "params.parallel_tool_calls", True),
    ({"temperature": None}, "x-openai.temperature", None),
    ({"reasoning": {"effort": "low"}}, "params.reasoning_effort", "low"),
    ({"reasoning": {"effort": "low", "summary": "auto"}}, "x-openai.reasoning", {"summary": "auto"}),
    ({"text": {"verbosity": "low"}}, "params.verbosity", "low"),
    ({"text": {"format": {"type": "text"}}}, "output.format", "text"),
    ({"text": {"format": {"type": "json_object"}}}, "output.format", "json"),
    (
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}}},
        "output.schema",
        {"type": "object"},
    ),
    (
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": {}, "description": "d"}}},
        "x-openai.text.format.description",
        "d",
    ),
    ({"text": {"format": {"type": "grammar"}}}, "loss", "text.format.type"),
    (
        {"tools": [{"type": "function", "name": "f", "parameters": {}, "strict": True}]},
        "tools.0.function",
        {"name": "f", "parameters": {}, "strict": True},
    ),
    ({"tools": [{"type": "web_search"}]}, "loss", "tools.0"),
    ({"id": "pmpt_1"}, "x-openai.id", "pmpt_1"),
    ({"version": "3"}, "x-openai.version", "3"),
    ({"prompt": {"id": "pmpt_1"}}, "x-openai.prompt.id", "pmpt_1"),
    ({"variables": {"name": "Ada"}}, "x-openai.variables", {"name": "Ada"}),
    *[
        ({key: "x"}, f"x-openai.{key}", "x")
        for key in (
            "metadata",
            "store",
            "include",
            "truncation",
            "user",
            "background",
            "stream",
            "previous_response_id",
        )
    ],
    ({"future": {"a": 1}}, "x-openai.future", {"a": 1}),
]


@pytest.mark.parametrize(("said", "path", "value"), FIELDS)
def test_each_field_has_its_place(said, path, value):
    imported = read(body(**said))
    if path == "loss":
        assert [loss.path for loss in imported.losses] == [value]
    else:
        assert imported.losses == ()
        assert at(document(imported), path) == value


def test_the_values_that_were_captured_are_a_case():
    imported = read(OPENAI_BODY)
    assert imported.prompts[0].cases == ({"inputs": {"language": "German", "text": "Good day"}},)
    assert messages(imported, imported.prompts[0].cases[0]["inputs"]) == [
        ("system", "Translate to German."),
        ("user", "Good day"),
    ]


def test_objects_of_one_id_are_versions_from_old_to_new():
    objects = [{**OPENAI_OBJECT, "version": number} for number in ("10", "2", "1")]
    imported = read({"object": "list", "data": objects, "has_more": False})
    (foreign,) = imported.prompts
    assert [version.name for version in foreign.versions] == ["1", "2", "10"]
    assert foreign.versions[0].date == "2025-06-15T15:06:40+00:00"


def test_objects_of_different_ids_are_prompts_of_their_own():
    imported = read([{**body(), "id": "pmpt_a", "name": "A"}, {**body(), "id": "pmpt_b", "name": "A"}])
    assert [foreign.id for foreign in imported.prompts] == ["A", "A-2"]


def test_a_list_that_goes_on_elsewhere_is_reported():
    assert [loss.path for loss in read({"object": "list", "data": [body()], "has_more": True}).losses] == ["has_more"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("[]", "no prompt object"),
        ("3", "no prompt object"),
        ('{"model":"m"}', "no text"),
        ('{"prompt":{"id":"pmpt_1"}}', "only points to"),
        ('{"model":"m","model":"n","input":"x"}', "twice"),
        ('{"input":"x","temperature":NaN}', "NaN"),
    ],
)
def test_what_is_no_prompt_is_refused(text, says):
    with pytest.raises(LlmopsError, match=says):
        openai.read({"p.json": text.encode()}, "")


def test_an_export_is_a_body_that_responses_create_takes_and_the_rest_lies_beside():
    imported = read(OPENAI_OBJECT)
    written = openai.write(prompt_of("w", imported.prompts[0].versions[0]))
    sent = json.loads(written.files["w.json"])
    assert set(sent) <= CREATE
    assert sent["tools"] == OPENAI_OBJECT["tools"]
    assert sent["text"] == OPENAI_OBJECT["text"]
    assert sent["reasoning"] == OPENAI_OBJECT["reasoning"]
    assert sent["input"][1] == {"role": "user", "content": "Weather in {{city}}?"}
    assert json.loads(written.files["w.x-openai.json"])["id"] == "pmpt_68a1"
    assert written.notes[0] == 'send it with: body = json.load(open("w.json")); client.responses.create(**body)'


LOST = [
    ({"params": {"seed": 1}}, "params.seed"),
    ({"messages": [{"placeholder": "h"}, {"role": "user", "content": "x"}]}, "placeholder h"),
    (
        {"messages": [{"role": "user", "content": "{% if x %}y{% endif %}"}], "variables": {"x": "string"}},
        "messages.0.content",
    ),
    ({"messages": [{"role": "user", "content": "{{ '{{x}}' }}"}]}, "messages.0.content"),
    ({"tools": [{"type": "web_search"}]}, "tools.0"),
]


@pytest.mark.parametrize(("said", "path"), LOST)
def test_what_it_cannot_say_is_reported_when_written(said, path):
    document = {"model": "m", "messages": [{"role": "user", "content": "x"}], **said}
    assert path in [loss.path for loss in openai.write(prompt_of("p", Version(document))).losses]


@given(st.integers(0, LATEST - 1))
def test_a_date_is_what_the_standard_library_says(seconds):
    assert iso(seconds) == datetime.fromtimestamp(seconds, UTC).isoformat()
