"""Our prompt → the body of `client.responses.create(**body)`, and a file beside it with what such a body cannot say."""

import json
import re
from typing import Any

from llmops_cli.convert._flat import Name, Turn, code_of, flatten
from llmops_cli.convert._names import NO_MODEL, OPENAI
from llmops_cli.convert._own import is_edited, own_of
from llmops_cli.convert._taking import merged
from llmops_cli.model.exchange import MARK, Exported, Loss
from llmops_cli.model.prompt import Placeholder, Prompt

Json = Any

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}")
BESIDE = ".x-openai.json"
_VERSION = ("version", "created_at", "updated_at", "is_default")
"""What an object says of the one version that it is."""
# What `responses.create` takes; whatever else a prompt object says goes into the file beside.
_BODY = frozenset(
    ["model", "instructions", "input", "tools", "tool_choice", "parallel_tool_calls", "temperature", "top_p", "text"]
)
_BODY |= {"max_output_tokens", "max_tool_calls", "reasoning", "metadata", "store", "include", "truncation", "user"}
_BODY |= {"service_tier", "top_logprobs", "background", "safety_identifier", "prompt_cache_key", "stream"}
_BODY |= {"prompt_cache_retention", "stream_options", "previous_response_id", "conversation", "context_management"}


def write(prompt: Prompt) -> Exported:
    """Return the body of `client.responses.create(**body)`; `{{x}}` stands where a program fills in values."""
    kept = dict(prompt.extra.get("x-openai") or {})
    names = kept.pop("renamed", {})
    notes = _identity(prompt, kept)
    flat = flatten(prompt)
    losses = [*flat.losses, *code_of(flat, "OpenAI")]
    body: dict[str, Json] = {} if prompt.model == NO_MODEL else {"model": prompt.model}
    body |= _texts(flat.turns, names, kept, losses)
    theirs = {ours: key for key, ours in OPENAI.items()} | {"max_tokens": "max_output_tokens"}
    for key, value in prompt.params.items():
        if key in theirs:
            body[theirs[key]] = value
        elif key not in ("reasoning_effort", "verbosity"):
            losses.append(Loss(f"params.{key}", "responses.create has no such parameter", "leave it out, or --lossy"))
    if "reasoning_effort" in prompt.params:
        body["reasoning"] = {"effort": prompt.params["reasoning_effort"]}
    body |= _text_of(prompt)
    if prompt.tools:
        body["tools"] = [_tool(tool, index, losses) for index, tool in enumerate(prompt.tools)]
    other = ["instructions", "input", "messages"]
    more = {key: value for key, value in kept.items() if key not in other or isinstance(value, dict)}
    whole = merged(body, {key: value for key, value in more.items() if key in _BODY})
    rest = {key: value for key, value in more.items() if key not in _BODY}
    rest |= {"description": prompt.description} if prompt.description else {}
    own = own_of(prompt, "openai", ("description",))
    rest |= {"llmops": own} if own else {}
    files = {f"{prompt.id}.json": _bytes(whole)}
    if rest:
        files[f"{prompt.id}{BESIDE}"] = _bytes(rest)
    return Exported(files, tuple(losses), (*_notes(prompt), *flat.notes, *notes))


def _identity(prompt: Prompt, kept: dict[str, Json]) -> list[str]:
    """Take out what is true of the imported version alone, where the prompt was edited since; say so."""
    gone = [key for key in _VERSION if key in kept] if is_edited(prompt, kept) else []
    kept.pop(MARK, None)
    for key in gone:
        del kept[key]
    return [f"edited since it was imported: {', '.join(gone)} of that version are left out"] if gone else []


def _notes(prompt: Prompt) -> list[str]:
    example = f'body = json.load(open("{prompt.id}.json")); client.responses.create(**body)'
    names = ", ".join(f"{{{{{variable.name}}}}}" for variable in prompt.variables)
    return [f"send it with: {example}", *([f"fill in first: {names}"] if names else [])]


def _bytes(value: Json) -> bytes:
    return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode()


def _texts(
    turns: list[Turn | Placeholder], names: dict[str, str], kept: dict[str, Json], losses: list[Loss]
) -> dict[str, Json]:
    said: list[dict[str, str]] = []
    for turn in turns:
        if isinstance(turn, Placeholder):
            hint = "put the earlier turns into `input` at this place when you send it"
            losses.append(Loss(f"placeholder {turn.name}", "a body has no placeholder for earlier turns", hint))
            continue
        plain = (PLACEHOLDER.search(part) for part in turn.parts if isinstance(part, str))
        hint = "word it differently: there is no escape"
        losses += [
            Loss(turn.path, f"the text {found[0]} would be read as a variable", hint) for found in plain if found
        ]
        said.append({"role": turn.role, "content": "".join(_said(part, names) for part in turn.parts)})
    body: dict[str, Json] = {}
    if kept.get("instructions") is True and said and said[0]["role"] == "system":
        body["instructions"] = said.pop(0)["content"]
    if kept.get("input") == "text" and len(said) == 1 and said[0]["role"] == "user":
        return {**body, "input": said[0]["content"]}
    return {**body, "input": said} if said else body


def _said(part: Any, names: dict[str, str]) -> str:
    if isinstance(part, Name):
        return f"{{{{{names.get(part.name, part.name)}}}}}"
    return part if isinstance(part, str) else str(part[0])


def _text_of(prompt: Prompt) -> dict[str, Json]:
    text: dict[str, Json] = {}
    output = prompt.output
    if output.get("format") == "json_schema":
        named = {"name": output.get("name") or re.sub(r"[^A-Za-z0-9_-]+", "_", prompt.id)[:64]}
        more = {key: output[key] for key in ("strict", "schema") if key in output}
        text["format"] = {"type": "json_schema", **named, **more}
    elif output.get("format") in ("json", "text"):
        text["format"] = {"type": "json_object" if output["format"] == "json" else "text"}
    if "verbosity" in prompt.params:
        text["verbosity"] = prompt.params["verbosity"]
    return {"text": text} if text else {}


def _tool(tool: Any, index: int, losses: list[Loss]) -> dict[str, Json]:
    function = tool.get("function")
    if tool.get("type") != "function" or not isinstance(function, dict):
        losses.append(Loss(f"tools.{index}", "it is no function of the chat-completions form", "write it as one"))
        return dict(tool)
    return {"type": "function", **function}
