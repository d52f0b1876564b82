"""A flat mapping of model settings, as other tools keep one, ↔ our model, params, tools and output."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from llmops_cli.load.quick import holds
from llmops_cli.load.schema import schema_text
from llmops_cli.model.prompt import Prompt
from llmops_cli.render.messages import response_format

Json = Any


class Config(NamedTuple):
    """What a configuration says in our words, what is left of it, and what a person should know."""

    document: dict[str, Json]
    rest: dict[str, Json]
    notes: list[str]


@cache
def _schema() -> dict[str, Json]:
    schema: dict[str, Json] = json.loads(schema_text("prompt"))
    return schema


@cache
def param_names() -> frozenset[str]:
    """Return the names of the params that a prompt file may have."""
    return frozenset(_body()["properties"]["params"]["properties"])


def _body() -> dict[str, Json]:
    body: dict[str, Json] = _schema()["$defs"]["prompt"]
    return body


def is_param(name: str, value: Json) -> bool:
    """Return whether a prompt file may have this param with this value."""
    return name in param_names() and holds(_body()["properties"]["params"]["properties"][name], value, _schema())


def said(config: Mapping[str, Json], where: str) -> Config:
    """Return the configuration in our words; what has no place there is `rest`. `where` names it in notes."""
    document: dict[str, Json] = {}
    params: dict[str, Json] = {}
    rest: dict[str, Json] = {}
    notes: list[str] = []
    for key, value in config.items():
        if key == "model" and isinstance(value, str) and value:
            document["model"] = value
        elif is_param(key, value):
            params[key] = value
        elif key == "tools" and _are_tools(value):
            document["tools"] = value
        elif key == "response_format" and (output := output_of(value)):
            document["output"] = output
        else:
            rest[key] = value
    bad = [key for key in rest if key in {*param_names(), "model", "tools", "response_format"}]
    notes += [f"{where}.{key} is {json.dumps(rest[key])[:60]}, which is kept and not sent to the model" for key in bad]
    other = [key for key in rest if key not in bad]
    if other:
        notes.append(f"kept, and not sent to the model: {', '.join(f'{where}.{key}' for key in other)}")
    if params:
        document["params"] = params
    return Config(document, rest, notes)


def _are_tools(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(tool, dict) and tool for tool in value)


def output_of(value: Json) -> dict[str, Json]:
    """Return our `output` for a chat-completions `response_format`; nothing for one that we cannot say again."""
    if value == {"type": "json_object"}:
        return {"format": "json"}
    if not isinstance(value, dict) or value.get("type") != "json_schema" or set(value) != {"type", "json_schema"}:
        return {}
    inner = value["json_schema"]
    if not isinstance(inner, dict) or not isinstance(inner.get("schema"), dict):
        return {}
    output = {"format": "json_schema", **{key: inner[key] for key in ("schema", "name", "strict") if key in inner}}
    known = set(inner) <= {"schema", "name", "strict"} and isinstance(inner.get("name", ""), str)
    return output if known and isinstance(inner.get("strict", True), bool) else {}


def config_of(prompt: Prompt, *, model: bool = True) -> dict[str, Json]:
    """Return model, params, tools and response format of a prompt as one flat mapping."""
    config: dict[str, Json] = {"model": prompt.model} if model else {}
    config |= prompt.params
    if prompt.tools:
        config["tools"] = [dict(tool) for tool in prompt.tools]
    form = response_format(prompt)
    if form is not None:
        config["response_format"] = form
    return config
