"""The header of a Prompty v2 file → a draft of ours."""

from typing import Any

from llmops_cli.convert._config import is_param
from llmops_cli.convert._draft import Draft
from llmops_cli.convert._names import PROMPTY, params
from llmops_cli.convert._prompty_inputs import beside, inputs
from llmops_cli.convert._prompty_schema import listed, object_of
from llmops_cli.convert._taking import Taking
from llmops_cli.errors import FindingsError

Json = Any

OPTIONS = {**PROMPTY, "reasoningEffort": "reasoning_effort"}
PREFIXES = {"azure": "azure/", "foundry": "azure_ai/"}
NAME = "structured_output"


def read(draft: Draft, source: Taking) -> str:
    """Take what ours can say; return the template format of the body."""
    if described := source.text("description"):
        draft.head["description"] = described
    _model(draft, source)
    for key in ("inputs", "inputSchema"):
        if source.has(key):
            inputs(draft, source.take(key), key)
    for key in ("outputs", "outputSchema"):
        if source.has(key):
            _outputs(draft, source, key)
    _tools(draft, source)
    return template(draft, source)


def _model(draft: Draft, source: Taking) -> None:
    if isinstance(source.see("model"), str):
        draft.model = _text(draft, source.take("model"), "model")
        return
    model = source.into("model")
    if isinstance(model.see("id"), str):
        name = _text(draft, model.take("id"), "model.id")
        draft.model = name and PREFIXES.get(str(model.see("provider")), "") + name
    if model.see("apiType") in ("embedding", "image"):
        draft.note(f"{draft.path}: apiType {model.see('apiType')} is kept and not used: ours asks a chat model")
    options = model.into("options")
    said = {key: options.see(key) for key in OPTIONS if options.has(key)}
    draft.params, unfit = params(said, OPTIONS)
    for key in said:
        if key not in unfit:
            options.take(key)
    more = options.into("additionalProperties")
    for key in list(more.left()):
        if key not in draft.params and is_param(key, more.see(key)) and key not in OPTIONS.values():
            draft.params[key] = more.take(key)


def _text(draft: Draft, text: str, path: str) -> str:
    """Return a text that is no reference; one to the environment is kept: it is not read here."""
    if not text.startswith("${"):
        return text
    draft.extra.setdefault("references", {})[path] = text
    draft.note(f"{draft.path}: {path} is {text}: the environment is not read; kept under x-prompty")
    return ""


def _outputs(draft: Draft, source: Taking, key: str) -> None:
    found = listed(source.see(key))
    if found is None:
        draft.lose(key, "outputs are a list with names, or a mapping", "give each a name and a kind")
        return
    value = source.take(key)
    beside(draft, value, key)
    if found:
        shape = {**object_of(draft, found, key), "additionalProperties": False}
        draft.output = {"format": "json_schema", "name": NAME, "schema": shape}
        if _is_strict(shape):
            draft.output["strict"] = True
        else:
            draft.note(f"{draft.path}: {key}: not all are required, which no strict schema allows: asked for without")


def _is_strict(shape: dict[str, Json]) -> bool:
    """Return whether providers take the schema as a strict one: every property of every object is required."""
    if set(shape.get("required", ())) != set(shape["properties"]):
        return False
    return not any(
        "properties" in spec or "properties" in spec.get("items", {}) for spec in shape["properties"].values()
    )


def _tools(draft: Draft, source: Taking) -> None:
    for tool in source.each("tools"):
        parameters = listed(tool.see("parameters") or [])
        if tool.see("kind") != "function" or not isinstance(tool.see("name"), str) or parameters is None:
            draft.note(
                f"{draft.path}: {tool.path} ({str(tool.see('name'))[:80]}), of kind {tool.see('kind')!r}, is kept and "
                "not sent: ours are functions"
            )
            continue
        bound = set(_bindings(tool.see("bindings")))
        shape = object_of(draft, [item for item in parameters if item[0] not in bound], tool.at("parameters"))
        if bound:
            draft.note(f"{draft.path}: {tool.path}: {', '.join(sorted(bound))} are bound by the program, not the model")
        else:
            tool.take("parameters")
        tool.take("kind")
        function = {key: tool.take(key) for key in ("name", "description", "strict") if tool.has(key)}
        draft.tools.append({"type": "function", "function": {**function, "parameters": shape}})


def _bindings(said: Json) -> list[str]:
    if isinstance(said, dict):
        return list(said)
    return [str(item.get("name")) for item in said if isinstance(item, dict)] if isinstance(said, list) else []


def template(draft: Draft, source: Taking) -> str:
    """Return the template format, `jinja2` or `mustache`. Raises `FindingsError` for another engine or parser."""
    said = source.see("template")
    if isinstance(said, str):
        hint = "write template: {format: {kind: jinja2}, parser: {kind: prompty}}"
        draft.lose("template", f"`template: {said}` is no v2 template, which is a mapping", hint)
        source.take("template")
        return said if said in ("jinja2", "mustache") else "jinja2"
    taking = source.into("template")
    kinds = {}
    for key, default in (("format", "jinja2"), ("parser", "prompty")):
        inner = taking.see(key)
        if isinstance(inner, str):
            kinds[key] = taking.take(key)
        else:
            kinds[key] = taking.into(key).take("kind", str) or default
    if kinds["format"] not in ("jinja2", "mustache") or kinds["parser"] != "prompty":
        message = f"the template engine {kinds['format']} with the parser {kinds['parser']} is not known"
        raise FindingsError(message, where=draft.path, hint="jinja2 or mustache, and the parser prompty")
    return str(kinds["format"])
