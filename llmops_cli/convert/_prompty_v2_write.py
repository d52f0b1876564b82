"""Our prompt → the header of a Prompty v2 file."""

from collections.abc import Mapping
from typing import Any

from llmops_cli.convert._names import NO_MODEL
from llmops_cli.convert._prompty_schema import properties_of, property_of
from llmops_cli.convert._prompty_v2 import NAME, OPTIONS, PREFIXES
from llmops_cli.convert._taking import merged
from llmops_cli.model.exchange import Loss
from llmops_cli.model.prompt import Prompt

Json = Any


def header(prompt: Prompt, kept: Mapping[str, Json], losses: list[Loss]) -> dict[str, Json]:
    """Return the header of a prompt; what a v2 file cannot say is added to the losses."""
    references, names = kept.get("references", {}), kept.get("renamed", {})
    kept = {key: value for key, value in kept.items() if key not in ("renamed", "lost", "references")}
    made: dict[str, Json] = {}
    if prompt.description:
        made["description"] = prompt.description
    made |= _model_of(prompt, kept, references)
    if said := _inputs_of(prompt, names, losses):
        made["inputs"] = said
    made |= _outputs_of(prompt, losses)
    before = kept.pop("tools", None)
    if tools := _tools_of(prompt, before if isinstance(before, dict) else {}, losses):
        made["tools"] = tools
    elif before is not None:
        made["tools"] = before
    whole = merged(made, kept)
    if isinstance(whole.get("model"), dict):
        whole["model"] = _ordered(whole["model"], ["id", "provider", "apiType", "connection", "options"])
    order = ["name", "displayName", "description", "metadata", "model", "inputs", "outputs", "tools", "template"]
    return _ordered(whole, order)


def _ordered(said: Mapping[str, Json], order: list[str]) -> dict[str, Json]:
    return {key: said[key] for key in [*order, *said] if key in said}


def _model_of(prompt: Prompt, kept: Mapping[str, Json], references: Mapping[str, str]) -> dict[str, Json]:
    said = kept.get("model")
    provider = str(said.get("provider", "")) if isinstance(said, dict) else ""
    name = prompt.model
    if name == NO_MODEL:
        name = references.get("model.id") or references.get("model") or NO_MODEL
    if name == NO_MODEL:
        return {"model": {}} if isinstance(said, dict) else {}
    model: dict[str, Json] = {"id": name.removeprefix(PREFIXES.get(provider, ""))}
    theirs = {ours: key for key, ours in OPTIONS.items()}
    options = {theirs[key]: value for key, value in prompt.params.items() if key in theirs}
    if more := {key: value for key, value in prompt.params.items() if key not in theirs}:
        options["additionalProperties"] = more
    if not options and not isinstance(said, dict) and "model.id" not in references:
        return {"model": model["id"]}
    return {"model": {**model, "options": options} if options else model}


def _inputs_of(prompt: Prompt, names: Mapping[str, str], losses: list[Loss]) -> list[dict[str, Json]]:
    made = []
    for item in prompt.variables:
        name = names.get(item.name, item.name)
        if not item.declared:
            continue
        if item.type == "messages":
            more = {"description": item.description} if item.description else {}
            made.append({"name": name, "kind": "thread", **more, **({"required": True} if item.required else {})})
            continue
        said = dict(item.schema) or {"type": "string"}
        said |= {"description": item.description} if item.description else {}
        said |= {"default": item.default} if item.has_default else {}
        found = property_of(name, said, required=item.required)
        if found is None:
            losses.append(Loss(f"variables.{item.name}", "its schema says more than an input can", "simplify it"))
            found = {"name": name, "kind": "string"}
        if item.trust != "trusted" or item.max_tokens is not None:
            losses.append(Loss(f"variables.{item.name}", "inputs have no `trust` or `max_tokens`", "--lossy"))
        made.append(found)
    return made


def _outputs_of(prompt: Prompt, losses: list[Loss]) -> dict[str, Json]:
    output = prompt.output
    if output.get("format") in (None, "text"):
        return {}
    found = properties_of(output.get("schema", {})) if output.get("format") == "json_schema" else None
    if not found:
        losses.append(
            Loss("output", "outputs are a flat list of named properties", "--lossy: the format is not asked for")
        )
        return {}
    if output.get("strict", True) is not True or output.get("name", NAME) != NAME:
        losses.append(Loss("output", f"outputs are called {NAME}, and are always asked for as strict", "--lossy"))
    return {"outputs": found}


def _tools_of(prompt: Prompt, before: Mapping[str, Json], losses: list[Loss]) -> list[dict[str, Json]]:
    """Return our functions, and between them, where they stood, the tools that were kept."""
    whole = {int(index): tool for index, tool in before.items() if index.isdigit() and "kind" in tool}
    ours = list(enumerate(prompt.tools))
    made: list[dict[str, Json]] = []
    while ours or any(index >= len(made) for index in whole):
        kept = before.get(str(len(made)), {})
        if len(made) in whole or not ours:
            made += [whole[min(index for index in whole if index >= len(made))]]
        else:
            index, tool = ours.pop(0)
            made.append(merged(_tool_of(tool, index, kept, losses), kept))
    return made


def _tool_of(tool: Any, index: int, before: Mapping[str, Json], losses: list[Loss]) -> dict[str, Json]:
    function = tool.get("function")
    if tool.get("type") != "function" or not isinstance(function, dict):
        losses.append(Loss(f"tools.{index}", "it is no function of the chat-completions form", "write it as one"))
        return dict(tool)
    made = {"name": function.get("name"), "kind": "function"}
    made |= {key: function[key] for key in ("description", "strict") if key in function}
    if "parameters" in before:
        return made  # the bound ones are among those that were kept
    found = properties_of(function.get("parameters", {"type": "object", "properties": {}}))
    if found is None:
        losses.append(Loss(f"tools.{index}.parameters", "the schema says more than parameters can", "simplify it"))
    made["parameters"] = found or []
    unknown = [key for key in function if key not in ("name", "description", "strict", "parameters")]
    hint = "leave it out, or --lossy"
    losses += [Loss(f"tools.{index}.{key}", f"`{key}` has no counterpart", hint) for key in unknown]
    return made
