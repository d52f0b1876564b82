"""The header of a .prompt file → model, params, variables' schemas, tools and output of ours; the rest is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from llmops_cli.convert._draft import Draft
from llmops_cli.convert._handlebars_names import UNSAID
from llmops_cli.convert._names import SAME, params
from llmops_cli.convert._picoschema import Named, PicoschemaError, to_json_schema
from llmops_cli.convert._taking import Taking
from llmops_cli.errors import FindingsError

Json = Any
PARAMS: Mapping[str, str] = {
    "temperature": "temperature",
    "maxOutputTokens": "max_tokens",
    "topP": "top_p",
    "topK": "top_k",
    "stopSequences": "stop",
    "seed": "seed",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
    "logitBias": "logit_bias",
    "logProbs": "logprobs",
    "topLogProbs": "top_logprobs",
    "reasoningEffort": "reasoning_effort",
}
NAMES = {**SAME, **PARAMS}
"""litellm's own names too, which an export writes where Genkit has none."""
PROVIDERS: Mapping[str, str] = {"googleai/": "gemini/", "vertexai/": "vertex_ai/"}
"""How Genkit's names of models begin, and how litellm's do."""
OWN = ("owners", "tags", "evals", "aliases")
"""Keys of ours that an export writes as `llmops.<key>`."""
ANNOTATIONS = frozenset(("default", "$comment"))


@dataclass(slots=True)
class Input:
    """What a header says of the inputs. `open`: not all are listed; `more`: what only an export of ours says."""

    schemas: dict[str, dict[str, Json]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    defaults: dict[str, Json] = field(default_factory=dict)
    open: bool = True
    more: dict[str, dict[str, Json]] = field(default_factory=dict)


def take(draft: Draft, header: Mapping[str, Json], named: Callable[[str], Json]) -> Input:
    """Fill the draft from a header, and return what it says of the inputs.

    `named` gives the schema of a name, None where there is none. Raises `FindingsError` for a header of a wrong form.
    """
    source = Taking(header)
    for key in ("config", "input", "output"):
        if source.has(key) and not isinstance(source.see(key), (dict, type(None))):
            raise FindingsError(f"{key} is a mapping", where=draft.path)
    if described := source.text("description"):
        draft.head["description"] = described
    for key, form in (("version", str), *((key, list) for key in OWN)):
        value = source.take(f"llmops.{key}", form)
        if value is not None:
            draft.head[key] = value
    draft.others |= source.take("llmops.extra", dict) or {}
    more = source.take("llmops.variables", dict) or {}
    output = source.take("llmops.output", dict) or {}
    _model(draft, source)
    _config(draft, source)
    found = _input(draft, source, named)
    _output(draft, source, named)
    _tools(draft, source, named)
    draft.output |= output
    found.more = {name: said for name, said in more.items() if isinstance(said, dict)}
    rest = {key: value for key, value in source.left().items() if value is not None}
    draft.keep(rest)
    return found


def our_model(name: str) -> str:
    """Return litellm's name of a model of Genkit's."""
    for theirs, ours in PROVIDERS.items():
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    return name


def their_model(name: str) -> str:
    """Return Genkit's name of a model of litellm's."""
    for theirs, ours in PROVIDERS.items():
        if name.startswith(ours):
            return theirs + name.removeprefix(ours)
    return name


def _model(draft: Draft, source: Taking) -> None:
    name = source.text("model")
    draft.model = our_model(name)
    if draft.model != name:
        draft.note(f"{draft.path}: the model {name} is {draft.model} here, as litellm calls it")
    elif their_model(name) != name:
        draft.extra["model"] = name


def _config(draft: Draft, source: Taking) -> None:
    said = source.take("config", dict) or {}
    draft.params, rest = params(said, NAMES)
    if rest:
        draft.extra["config"] = rest
        shown = ", ".join(f"config.{key}" for key in rest)
        draft.note(f"{draft.path}: kept under x-dotprompt, and not sent to the model: {shown}")


def _input(draft: Draft, source: Taking, named: Callable[[str], Json]) -> Input:
    said = source.into("input")
    found = Input(defaults=said.take("default", dict) or {})
    if said.see("schema") is None:
        return found
    raw = said.take("schema")
    schema = _schema(draft, raw, "input.schema", named)
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        draft.extra["input"] = {"schema": raw}
        if schema:
            draft.note(f"{draft.path}: input.schema is no object; it is kept under x-dotprompt and names no variables")
        return found
    for name, inner in properties.items():
        found.schemas[name] = _said(draft, f"input.schema.{name}", inner)
    found.required = frozenset(schema.get("required", ()))
    found.open = schema.get("additionalProperties", False) is not False
    if found.open:
        what = "other inputs than those it names (`(*)`, additionalProperties) are not declared, and refused"
        draft.lose("input.schema", what, "name each input in the schema")
    return found


def _said(draft: Draft, path: str, inner: Json) -> dict[str, Json]:
    """Return the part of a variable's schema that a prompt file takes; the rest is a loss."""
    if not isinstance(inner, dict):
        return {}
    lost = UNSAID & inner.keys()
    if lost:
        draft.lose(path, f"{', '.join(sorted(lost))} of a variable's schema has no place here", "write the schema out")
    return {key: value for key, value in inner.items() if key not in UNSAID | ANNOTATIONS}


def _schema(draft: Draft, raw: Json, path: str, named: Callable[[str], Json]) -> dict[str, Json]:
    """Return a schema as JSON Schema; {} with a loss for what it cannot be."""

    def lookup(inner: str, name: str) -> dict[str, Json]:
        found = named(name)
        if isinstance(found, dict):
            return found
        hint = f"put it beside the prompt as {name}.schema.json, or write it out"
        draft.lose(f"{path}.{inner}".rstrip("."), f"the schema {name} is not among the files", hint)
        return {}

    resolve: Named = lookup
    try:
        return to_json_schema(raw, resolve)
    except PicoschemaError as error:
        raise FindingsError(f"{path}: {error}", where=draft.path) from None


def _output(draft: Draft, source: Taking, named: Callable[[str], Json]) -> None:
    said = source.into("output")
    form = said.see("format")
    if said.see("schema") is not None:
        schema = _schema(draft, said.take("schema"), "output.schema", named)
        draft.output = {"format": "json_schema", "schema": schema}
        kept = said.take("format")
        if form != "json":
            draft.extra["output_format"] = kept or ""
    elif form in ("json", "text"):
        draft.output = {"format": said.take("format")}
    if said.has("format") and said.see("format") is not None:
        hint = "only text and json; it is kept under x-dotprompt"
        draft.lose("output.format", f"the format {form!r} has no place here", hint)


def _tools(draft: Draft, source: Taking, named: Callable[[str], Json]) -> None:
    names: list[Json] = []
    for tool in source.take("tools", list) or []:
        if isinstance(tool, str):
            names.append(tool)
            hint = "write it out under `toolDefs`, or give it to the model in your program"
            draft.lose("tools", f"{tool} is the name of a tool that another program defines; it is not offered", hint)
        else:
            _tool(draft, tool, "tools", named)
    if names:
        draft.extra["tools"] = names
    for tool in source.take("toolDefs", list) or []:
        _tool(draft, tool, "toolDefs", named)


def _tool(draft: Draft, tool: Json, path: str, named: Callable[[str], Json]) -> None:
    if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
        raise FindingsError(f"{path}: a tool is a mapping with a name", where=draft.path)
    function: dict[str, Json] = {"name": tool["name"]}
    if "description" in tool:
        function["description"] = tool["description"]
    if tool.get("inputSchema") is not None:
        function["parameters"] = _schema(draft, tool["inputSchema"], f"{path}.{tool['name']}.inputSchema", named)
    draft.tools.append({"type": "function", "function": function})
    rest = {key: value for key, value in tool.items() if key not in ("name", "description", "inputSchema")}
    if rest:
        draft.extra.setdefault("toolDefs", {})[tool["name"]] = rest
        draft.note(f"{draft.path}: kept under x-dotprompt, not used: {', '.join(rest)} of the tool {tool['name']}")


def said(header: Mapping[str, Json]) -> dict[str, Json]:
    """Return the header's keys in the order in which people write them."""
    order = ("name", "variant", "version", "description", "model", "config", "input", "output", "tools", "toolDefs")
    first = {key: header[key] for key in order if key in header}
    return {**first, **{key: value for key, value in header.items() if key not in first}}
