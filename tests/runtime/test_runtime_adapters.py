"""Each adapter says the same in another client's terms, or refuses what would be lost."""

import pytest

from llmops_cli.runtime import AdapterError, RenderedPrompt

TOOL = {
    "type": "function",
    "function": {
        "name": "look",
        "description": "d",
        "parameters": {"type": "object", "properties": {"q": {"type": "string"}}},
    },
}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
FORMAT = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True}}
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"q": "x"}'}}
TALK = [
    {"role": "system", "content": "S"},
    {"role": "user", "content": "U"},
    {"role": "assistant", "content": None, "tool_calls": [CALL, {**CALL, "id": "c2"}]},
    {"role": "tool", "tool_call_id": "c1", "content": "found"},
    {"role": "tool", "tool_call_id": "c2", "content": "more"},
    {"role": "assistant", "content": "A"},
    {"role": "user", "content": "V"},
]


def rendered(messages=None, **more):
    said = {"model": "m", "params": {"max_tokens": 9}, "attributes": {"id": "p"}, **more}
    return RenderedPrompt(messages=messages or [{"role": "user", "content": "U"}], **said)


def test_litellm_gets_its_model_name_and_openai_its_own():
    prompt = rendered(model="openai/gpt-4.1", tools=[TOOL], response_format=FORMAT)
    assert prompt.as_litellm() == {
        "model": "openai/gpt-4.1",
        "messages": [{"role": "user", "content": "U"}],
        "tools": [TOOL],
        "response_format": FORMAT,
        "max_tokens": 9,
    }
    assert prompt.as_openai() == {**prompt.as_litellm(), "model": "gpt-4.1"}


def test_a_model_on_an_endpoint_is_called_what_that_server_calls_it():
    prompt = rendered(model="local/llama/3", endpoint="local")
    assert prompt.as_openai()["model"] == prompt.as_openai_responses()["model"] == "llama/3"
    assert prompt.as_anthropic()["model"] == "llama/3"
    said = prompt.as_litellm(api_base="http://127.0.0.1:8000/v1")
    assert (said["model"], said["api_base"]) == ("openai/llama/3", "http://127.0.0.1:8000/v1")


def test_litellm_is_not_sent_to_another_host_for_a_model_on_an_endpoint():
    with pytest.raises(AdapterError, match="on the endpoint local") as raised:
        rendered(model="local/llama", endpoint="local").as_litellm()
    assert "api_base" in raised.value.hint
    assert rendered(model="openai/m").as_litellm(api_base="http://x/v1")["api_base"] == "http://x/v1"


def test_what_is_empty_is_not_sent():
    assert rendered(params={}).as_openai() == {"model": "m", "messages": [{"role": "user", "content": "U"}]}


def test_a_param_that_says_what_the_prompt_says_too_is_refused():
    for params in ({"model": "x"}, {"messages": []}):
        with pytest.raises(AdapterError, match="so has the prompt itself"):
            rendered(params=params).as_openai()


def test_anthropic_gets_the_system_text_apart():
    said = rendered(TALK[:2], model="anthropic/claude-sonnet-4-6").as_anthropic()
    assert said == {
        "model": "claude-sonnet-4-6",
        "system": "S",
        "messages": [{"role": "user", "content": "U"}],
        "max_tokens": 9,
    }
    two = rendered([TALK[0], {"role": "developer", "content": "D"}, TALK[1]]).as_anthropic()
    assert two["system"] == [{"type": "text", "text": "S"}, {"type": "text", "text": "D"}]


def test_anthropic_gets_tool_calls_and_their_results_as_blocks():
    said = rendered(TALK, tools=[TOOL]).as_anthropic()
    assert said["messages"][1] == {
        "role": "assistant",
        "content": [
            {"type": "tool_use", "id": "c1", "name": "look", "input": {"q": "x"}},
            {"type": "tool_use", "id": "c2", "name": "look", "input": {"q": "x"}},
        ],
    }
    assert said["messages"][2] == {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "c1", "content": "found"},
            {"type": "tool_result", "tool_use_id": "c2", "content": "more"},
        ],
    }
    assert said["tools"] == [{"name": "look", "input_schema": TOOL["function"]["parameters"], "description": "d"}]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"max_completion_tokens": 5}, {"max_tokens": 5}),
        ({"max_tokens": 5, "stop": "x"}, {"max_tokens": 5, "stop_sequences": ["x"]}),
        ({"max_tokens": 5, "stop": ["x", "y"]}, {"max_tokens": 5, "stop_sequences": ["x", "y"]}),
        (
            {"max_tokens": 5, "temperature": 0.5, "top_k": 3},
            {"max_tokens": 5, "extra_body": {"temperature": 0.5, "top_k": 3}},
        ),
        ({"max_tokens": 5, "tool_choice": "required"}, {"max_tokens": 5, "tool_choice": {"type": "any"}}),
    ],
)
def test_params_have_their_names_at_anthropic(params, said):
    found = rendered(params=params).as_anthropic()
    assert {key: found[key] for key in found if key not in ("model", "messages")} == said


def test_an_output_schema_is_asked_for_at_anthropic():
    assert rendered(response_format=FORMAT).as_anthropic()["output_config"] == {
        "format": {"type": "json_schema", "schema": SCHEMA}
    }


def test_max_tokens_is_the_prompts_else_the_callers_else_an_error():
    assert rendered().as_anthropic(max_tokens=3)["max_tokens"] == 9
    assert rendered(params={}).as_anthropic(max_tokens=3)["max_tokens"] == 3
    with pytest.raises(AdapterError, match="max_tokens"):
        rendered(params={}).as_anthropic()


@pytest.mark.parametrize(
    ("messages", "more", "message"),
    [
        ([TALK[1], TALK[0], TALK[1]], {}, "no system message between"),
        ([TALK[0]], {}, "needs a user message"),
        (None, {"params": {"max_tokens": 1, "seed": 1, "frequency_penalty": 1}}, "frequency_penalty, seed"),
        (None, {"response_format": {"type": "json_object"}}, "json_object"),
        ([{"role": "user", "content": "U", "name": "Ada"}], {}, "name"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}], {}, "content"),
        ([{"role": "assistant", "tool_calls": [{"id": "c"}]}], {}, "tool call"),
        (
            [{"role": "assistant", "tool_calls": [{**CALL, "function": {"name": "f", "arguments": "[1]"}}]}],
            {},
            "no object",
        ),
        (None, {"model": ""}, "no model"),
    ],
)
def test_what_anthropic_has_no_place_for_is_refused(messages, more, message):
    with pytest.raises(AdapterError, match=message):
        rendered(messages, **more).as_anthropic()


def test_responses_get_items_flat_tools_and_a_text_format():
    said = rendered(TALK, tools=[TOOL], response_format=FORMAT, model="openai/gpt-4.1").as_openai_responses()
    assert said["model"] == "gpt-4.1"
    assert said["max_output_tokens"] == 9
    assert said["input"][0] == {"role": "system", "content": "S"}
    assert said["input"][2] == {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"q": "x"}'}
    assert said["input"][4] == {"type": "function_call_output", "call_id": "c1", "output": "found"}
    assert said["tools"][0]["name"] == "look"
    assert said["tools"][0]["strict"] is False
    assert said["text"] == {"format": {"type": "json_schema", "name": "answer", "schema": SCHEMA, "strict": True}}


@pytest.mark.parametrize("params", [{"stop": "x"}, {"seed": 1}, {"n": 2}])
def test_what_responses_have_no_place_for_is_refused(params):
    with pytest.raises(AdapterError, match=next(iter(params))):
        rendered(params=params).as_openai_responses()


@pytest.mark.parametrize(
    ("method", "package"), [("as_langchain", "langchain-core"), ("as_llamaindex", "llama-index-core")]
)
def test_a_library_that_is_not_installed_is_named(method, package, monkeypatch):
    import importlib

    real = importlib.import_module

    def without(name, *rest):
        if name.startswith(("langchain", "llama")):
            raise ModuleNotFoundError(name=name)
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(AdapterError) as caught:
        getattr(rendered(), method)()
    assert package in caught.value.hint
