"""What the header of a .prompt file says for a prompt of ours."""

from collections.abc import Mapping, Sequence
from typing import Any

from llmops_cli.convert._dotprompt_header import OWN, PARAMS, their_model
from llmops_cli.convert._handlebars_names import EVERYTHING
from llmops_cli.convert._handlebars_refs import kinds
from llmops_cli.convert._names import NO_MODEL
from llmops_cli.convert._picoschema import from_json_schema
from llmops_cli.model.exchange import MARK, Loss
from llmops_cli.model.prompt import Prompt, Variable

Json = Any
OURS = (
    MARK,
    "header",
    "context",
    "history",
    "messages",
    "model",
    "output_format",
    "input",
    "config",
    "tools",
    "toolDefs",
)
"""What an import keeps of its own under `x-dotprompt`; all other keys there are keys of the header."""


def kept(prompt: Prompt) -> Mapping[str, Json]:
    """Return what an import kept."""
    found = prompt.extra.get("x-dotprompt")
    return found if isinstance(found, Mapping) else {}


def header_of(prompt: Prompt, listed: Sequence[Variable], losses: list[Loss]) -> dict[str, Json]:
    """Return the header's mapping. `listed`: the variables that it must declare."""
    found = kept(prompt)
    made: dict[str, Json] = {key: found[key] for key in ("name", "variant") if key in found}
    if prompt.description:
        made["description"] = prompt.description
    if prompt.model != NO_MODEL:
        made["model"] = found.get("model", their_model(prompt.model))
    names = {ours: theirs for theirs, ours in PARAMS.items()}
    config = {names.get(key, key): value for key, value in prompt.params.items()}
    config |= found.get("config", {})
    if config:
        made["config"] = config
    made |= _input(prompt, listed)
    made |= _output(prompt)
    made |= _tools(prompt, losses)
    made |= {key: value for key, value in found.items() if key not in (*OURS, "name", "variant")}
    made |= {"llmops.version": prompt.version} if prompt.version else {}
    made |= {f"llmops.{key}": list(value) for key in OWN if (value := getattr(prompt, key))}
    _others(prompt, made, losses)
    return made


def _others(prompt: Prompt, made: dict[str, Json], losses: list[Loss]) -> None:
    """Add what only we know of variables and output, under keys of our own; name what has no place at all."""
    more = {variable.name: said for variable in prompt.variables if (said := _more(variable))}
    if more:
        made["llmops.variables"] = more
    output = {key: prompt.output[key] for key in ("name", "strict") if key in prompt.output}
    if output:
        made["llmops.output"] = output
    if prompt.examples is not None:
        losses.append(Loss("examples", "dotprompt has no few-shot examples", "write them as messages"))
    others = {key: value for key, value in prompt.extra.items() if key != "x-dotprompt"}
    if others:
        made["llmops.extra"] = others


def _more(variable: Variable) -> dict[str, Json]:
    said: dict[str, Json] = {"trust": variable.trust} if variable.trust != "trusted" else {}
    return said | ({"max_tokens": variable.max_tokens} if variable.max_tokens is not None else {})


def _input(prompt: Prompt, listed: Sequence[Variable]) -> dict[str, Json]:
    properties: dict[str, Json] = {}
    required: list[str] = []
    for variable in listed:
        schema, must = _property(variable)
        properties[variable.name] = schema
        if must:
            required.append(variable.name)
    said: dict[str, Json] = dict(kept(prompt).get("input", {}))
    if properties:
        listed_required = {"required": required} if required else {}
        said["schema"] = _short(
            {"type": "object", "properties": properties, **listed_required, "additionalProperties": False}
        )
    if given := defaults(prompt):
        said["default"] = given
    return {"input": said} if said else {}


def inputs(prompt: Prompt) -> list[Variable]:
    """Return the variables that dotprompt's callers give as inputs, not as earlier turns and not as `@name`."""
    context = kept(prompt).get("context", ())
    own = (variable for variable in prompt.variables if variable.type != "messages" and variable.name not in context)
    return [variable for variable in own if variable.schema.get("rest") is not True]


def defaults(prompt: Prompt) -> dict[str, Json]:
    """Return the defaults that the header must say: not those that an import gives by itself."""
    own = (variable for variable in inputs(prompt) if variable.has_default and not _is_empty(variable))
    return {variable.name: variable.default for variable in own}


def _is_empty(variable: Variable) -> bool:
    """Return whether a default is what an import gives to an optional input that is only printed, or to an object."""
    types = variable.schema.get("type", "string")
    return variable.default is None or (variable.default == "" and ("string" in types))


def _property(variable: Variable) -> tuple[dict[str, Json], bool]:
    """Return a variable's part of the input schema, and whether it must be given."""
    schema = dict(variable.schema)
    if schema.get("type") == EVERYTHING:
        del schema["type"]
    elif "type" not in schema and not schema.keys() & {"enum", "const", "anyOf", "oneOf", "allOf"}:
        schema = {"type": "string", **schema}
    optional = not variable.required and (not variable.has_default or _is_empty(variable))
    nullable = "null" in kinds(schema)
    if optional and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    if variable.description:
        schema["description"] = variable.description
    return schema, not optional and not (variable.has_default and nullable)


def _short(schema: Mapping[str, Json]) -> Json:
    """Return Picoschema where it says the same, else the schema."""
    pico = from_json_schema(schema)
    return dict(schema) if pico is None else pico


def _output(prompt: Prompt) -> dict[str, Json]:
    output, found = prompt.output, kept(prompt)
    made: dict[str, Json] = {}
    match output.get("format"):
        case "json_schema":
            form = found.get("output_format", "json")
            made = {"format": form} if form else {}
            made["schema"] = _short(output.get("schema", {}))
        case None:
            form = found.get("output_format")
            made = {"format": form} if form else {}
        case form:
            made = {"format": form}
    return {"output": made} if made else {}


def _tools(prompt: Prompt, losses: list[Loss]) -> dict[str, Json]:
    found = kept(prompt)
    made: dict[str, Json] = {"tools": found["tools"]} if "tools" in found else {}
    definitions = []
    for place, tool in enumerate(prompt.tools):
        function = tool.get("function")
        if tool.get("type") != "function" or not isinstance(function, Mapping) or "name" not in function:
            losses.append(Loss(f"tools[{place}]", "only function tools have a counterpart"))
            continue
        lost = sorted({*tool.keys() - {"type", "function"}, *function.keys() - {"name", "description", "parameters"}})
        losses += [Loss(f"tools[{place}].{key}", "has no counterpart") for key in lost]
        definition = {key: function[key] for key in ("name", "description") if key in function}
        if "parameters" in function:
            definition["inputSchema"] = function["parameters"]
        definitions.append({**definition, **found.get("toolDefs", {}).get(function["name"], {})})
    if definitions:
        made["toolDefs"] = definitions
    return made
