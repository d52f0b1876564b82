"""A rendered prompt → the arguments of OpenAI's `responses.create`. What it has no place for is refused."""

from collections.abc import Mapping
from typing import Any

from llmops_cli.runtime.adapter_openai import asked, named
from llmops_cli.runtime.adapter_turns import refuse_rest, text_of
from llmops_cli.runtime.errors import AdapterError
from llmops_cli.runtime.rendered import Rendered

CLIENT = "OpenAI's Responses API"
SAME = (
    "temperature",
    "top_p",
    "metadata",
    "user",
    "service_tier",
    "parallel_tool_calls",
    "store",
    "truncation",
    "max_output_tokens",
    "reasoning",
    "include",
    "top_logprobs",
)
Json = dict[str, Any]


def responses(rendered: Rendered) -> Json:
    """Return the arguments. Raises `AdapterError` for what would be lost."""
    named(rendered, CLIENT)
    said: Json = {"model": asked(rendered, "openai/")}
    said["input"] = [item for message in rendered.messages for item in _items(message)]
    said.update(_params(rendered.params))
    if rendered.tools:
        said["tools"] = [_tool(tool) for tool in rendered.tools]
    if rendered.response_format is not None:
        said["text"] = {"format": _format(rendered.response_format)}
    return said


def _items(message: Json) -> list[Json]:
    known = {"role", "content", "tool_calls", "tool_call_id"}
    refuse_rest({key: value for key, value in message.items() if key not in known}, "a message's", CLIENT)
    text = text_of(message, CLIENT)
    if message["role"] == "tool":
        return [{"type": "function_call_output", "call_id": message.get("tool_call_id", ""), "output": text}]
    items: list[Json] = []
    for call in message.get("tool_calls") or ():
        try:
            function = call["function"]
            items.append(
                {
                    "type": "function_call",
                    "call_id": call["id"],
                    "name": function["name"],
                    "arguments": function["arguments"],
                }
            )
        except (KeyError, TypeError) as error:
            raise AdapterError(f"a tool call that {CLIENT} cannot be given") from error
    return [{"role": message["role"], "content": text}, *items] if text or not items else items


def _params(params: Mapping[str, Any]) -> Json:
    rest = dict(params)
    said = {name: rest.pop(name) for name in SAME if name in rest}
    for name in ("max_completion_tokens", "max_tokens"):
        if name in rest:
            said["max_output_tokens"] = rest.pop(name)
    if "reasoning_effort" in rest:
        said["reasoning"] = {**said.get("reasoning", {}), "effort": rest.pop("reasoning_effort")}
    if "tool_choice" in rest:
        choice = rest.pop("tool_choice")
        named_one = isinstance(choice, Mapping) and isinstance(choice.get("function"), Mapping)
        said["tool_choice"] = {"type": "function", "name": choice["function"]["name"]} if named_one else choice
    refuse_rest(rest, "the params", CLIENT)
    return said


def _tool(tool: Json) -> Json:
    """Return a function tool in the flat shape; any other stays as it is."""
    function = tool.get("function")
    if tool.get("type") != "function" or not isinstance(function, Mapping):
        return dict(tool)
    # Chat completions are lenient by default, responses strict: without a word the schema would be another.
    return {"type": "function", "strict": False, "parameters": {"type": "object", "properties": {}}, **function}


def _format(response_format: Mapping[str, Any]) -> Json:
    inner = response_format.get("json_schema", {})
    return {"type": response_format["type"], **inner}
