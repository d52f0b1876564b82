"""A rendered prompt → the arguments of Anthropic's `messages.create`. What it has no place for is refused."""

from collections.abc import Mapping
from typing import Any

from llmops_cli.runtime.adapter_openai import asked, named
from llmops_cli.runtime.adapter_turns import SYSTEM, calls_of, refuse_rest, text_of, text_parts
from llmops_cli.runtime.errors import AdapterError
from llmops_cli.runtime.rendered import Rendered

CLIENT = "Anthropic's Messages API"
SAME = ("metadata", "service_tier", "thinking", "stop_sequences", "output_config")
# Newer releases of the SDK have no argument for them, older models take them: they go into the body as they are.
IN_BODY = ("temperature", "top_p", "top_k")
CHOICES = {"auto": {"type": "auto"}, "required": {"type": "any"}, "none": {"type": "none"}}
Json = dict[str, Any]


def anthropic(rendered: Rendered, max_tokens: int | None) -> Json:
    """Return the arguments. Raises `AdapterError` without max_tokens, and for what would be lost."""
    named(rendered, CLIENT)
    model = asked(rendered, "anthropic/")
    system, turns = _split(rendered.messages)
    said: Json = {"model": model, "messages": turns}
    if system:
        said["system"] = system
    said.update(_params(rendered.params, max_tokens))
    if rendered.tools:
        said["tools"] = [_tool(tool) for tool in rendered.tools]
    if rendered.response_format is not None:
        _format(said, rendered.response_format)
    return said


def _split(messages: list[Json]) -> tuple[str | list[Json], list[Json]]:
    """Return the system text (a list of blocks where several messages make it), and the turns."""
    first = next((at for at, message in enumerate(messages) if message["role"] not in SYSTEM), len(messages))
    blocks: list[Json] = []
    for message in messages[:first]:
        content = message.get("content")
        blocks += [{"type": "text", "text": content}] if isinstance(content, str) else text_parts(content, CLIENT)
    turns: list[Json] = []
    for message in messages[first:]:
        if message["role"] in SYSTEM:
            hint = "put system messages first: moved there by us, it would say something else"
            raise AdapterError(f"{CLIENT} has no system message between the turns", hint=hint)
        _add(turns, message)
    if not turns:
        raise AdapterError(f"{CLIENT} needs a user message", hint="a prompt of system messages alone asks nothing")
    return (blocks[0]["text"] if len(blocks) == 1 else blocks), turns


def _add(turns: list[Json], message: Json) -> None:
    """Add a turn; results of tools that follow one another belong in one user message."""
    known = {"role", "content", "tool_calls", "tool_call_id"}
    refuse_rest({key: value for key, value in message.items() if key not in known}, "a message's", CLIENT)
    if message["role"] == "tool":
        result = {"type": "tool_result", "tool_use_id": message.get("tool_call_id", "")}
        _add_result(turns, {**result, "content": text_of(message, CLIENT)})
        return
    content = message.get("content")
    told: str | list[Json] = content if isinstance(content, str) else []
    if calls := calls_of(message, CLIENT):
        text = text_of(message, CLIENT)
        told = [{"type": "text", "text": text}] if text else []
        told += [{"type": "tool_use", "id": name, "name": function, "input": said} for name, function, said in calls]
    elif not isinstance(content, str):
        told = [*text_parts(content, CLIENT)]
    turns.append({"role": message["role"], "content": told})


def _add_result(turns: list[Json], result: Json) -> None:
    last = turns[-1]["content"] if turns and turns[-1]["role"] == "user" else ""
    if isinstance(last, list) and last[0]["type"] == "tool_result":
        last.append(result)
    else:
        turns.append({"role": "user", "content": [result]})


def _params(params: Mapping[str, Any], max_tokens: int | None) -> Json:
    rest = dict(params)
    said = {name: rest.pop(name) for name in SAME if name in rest}
    if body := {name: rest.pop(name) for name in IN_BODY if name in rest}:
        said["extra_body"] = body
    limits = [rest.pop(name) for name in ("max_tokens", "max_completion_tokens") if name in rest]
    limit = limits[0] if limits else max_tokens
    if limit is None:
        hint = "add `params: {max_tokens: 1024}` to the prompt, or call as_anthropic(max_tokens=1024)"
        raise AdapterError(f"{CLIENT} needs max_tokens, and the prompt has none", hint=hint)
    if "stop" in rest:
        stop = rest.pop("stop")
        said["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    if "tool_choice" in rest:
        said["tool_choice"] = _choice(rest.pop("tool_choice"))
    refuse_rest(rest, "the params", CLIENT)
    return {"max_tokens": limit, **said}


def _choice(said: Any) -> Any:
    if isinstance(said, str) and said in CHOICES:
        return dict(CHOICES[said])
    if isinstance(said, Mapping) and said.get("type") == "function":
        return {"type": "tool", "name": said["function"]["name"]}
    if isinstance(said, Mapping) and said.get("type") in ("auto", "any", "none", "tool"):
        return dict(said)
    raise AdapterError(f"{CLIENT} has no tool_choice {said!r}")


def _tool(tool: Json) -> Json:
    """Return a function tool in Anthropic's shape; a tool in that shape already stays as it is."""
    function = tool.get("function")
    if tool.get("type") != "function" or not isinstance(function, Mapping):
        if "input_schema" in tool or "type" in tool:
            return dict(tool)
        raise AdapterError(f"a tool that {CLIENT} does not know: {', '.join(tool)}")
    known = {"name", "description", "parameters", "strict"}
    refuse_rest({key: value for key, value in function.items() if key not in known}, "a tool's", CLIENT)
    said = {"name": function["name"], "input_schema": function.get("parameters") or {"type": "object"}}
    said.update({key: function[key] for key in ("description", "strict") if key in function})
    return said


def _format(said: Json, response_format: Mapping[str, Any]) -> None:
    if response_format.get("type") != "json_schema":
        hint = "declare `output: {format: json_schema, schema: …}`; a bare JSON mode does not exist there"
        raise AdapterError(f"{CLIENT} has no response format {response_format.get('type')}", hint=hint)
    wanted = {"format": {"type": "json_schema", "schema": response_format["json_schema"]["schema"]}}
    said["output_config"] = {**said.get("output_config", {}), **wanted}
