"""The header of a Prompty v1 file (`model.api`, `configuration`, `parameters`, `sample`) ↔ ours.

The first format's runtime takes a missing input from the sample; here the sample is an example and a case, and the
input must be given.
"""

from collections.abc import Mapping
from typing import Any

from llmops_cli.convert._config import is_param, output_of
from llmops_cli.convert._draft import Draft
from llmops_cli.convert._names import NO_MODEL
from llmops_cli.convert._prompty_schema import KINDS, TYPES, kind_of, listed, schema
from llmops_cli.convert._taking import Taking, merged
from llmops_cli.model.exchange import Loss
from llmops_cli.model.prompt import Prompt, Variable
from llmops_cli.render.messages import response_format

Json = Any

_MODEL = ("api", "configuration", "parameters", "response")
_TOP = ("sample", "authors", "tags", "version", "base")


def is_v1(header: Mapping[str, Json]) -> bool:
    """Return whether a header is of the first format: by what only that one has."""
    model = header.get("model")
    if isinstance(model, dict):
        return not {"id", "apiType"} & model.keys() and bool(set(_MODEL) & model.keys())
    return model is None and any(key in header for key in _TOP)


def read(draft: Draft, source: Taking) -> tuple[str, dict[str, Json]]:
    """Take what ours can say; return the template format of the body, and the sample."""
    if described := source.text("description"):
        draft.head["description"] = described
    draft.extra["format"] = "v1"
    model = source.into("model")
    for key in ("configuration", "connection"):
        said = model.see(key)
        if isinstance(said, dict):
            draft.model = draft.model or _deployment(draft, said)
    if model.see("api") == "completion":
        draft.lose(
            "model.api", "`completion` is no conversation: ours asks a chat model", "write role lines, and api: chat"
        )
    for key in ("parameters", "options"):
        _parameters(draft, model.into(key))
    sample = source.see("sample")
    sample = dict(sample) if isinstance(sample, dict) else {}
    if "sample" in source.left() and not isinstance(source.see("sample"), dict):
        draft.lose("sample", "the sample is no mapping here", "import it with the file that it names")
    _inputs(draft, source, sample)
    if sample:
        draft.note(f"{draft.path}: the sample is an example and a case; Prompty v1 would use it for what is not given")
    source.take("sample")
    return _template(draft, source), sample


def _deployment(draft: Draft, said: Mapping[str, Json]) -> str:
    """Return the model that a configuration names; "" where it points to the environment."""
    for key in ("azure_deployment", "name", "model"):
        value = said.get(key)
        if isinstance(value, str) and value and not value.startswith("${"):
            return f"azure/{value}" if key == "azure_deployment" else value
        if isinstance(value, str) and value:
            draft.note(f"{draft.path}: the model is {value}: the environment is not read; it is kept under x-prompty")
    return ""


def _parameters(draft: Draft, said: Taking) -> None:
    for key in list(said.left()):
        value = said.see(key)
        if key == "model" and isinstance(value, str) and not draft.model:
            draft.model = said.take(key)
        elif key == "tools" and isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            draft.tools = said.take(key)
        elif key == "response_format" and (output := output_of(value)):
            said.take(key)
            draft.output = output
        elif is_param(key, value):
            draft.params[key] = said.take(key)


def _inputs(draft: Draft, source: Taking, sample: dict[str, Json]) -> None:
    found = listed(source.see("inputs")) if source.has("inputs") else []
    if found is None:
        draft.lose("inputs", "inputs are a mapping", "give each a name and a type")
        found = []
    else:
        source.take("inputs")
    for name, spec, at in found:
        said = {**spec, **({"required": spec["is_required"]} if "is_required" in spec else {})}
        said = {key: value for key, value in said.items() if key not in ("is_required", "sample")}
        if "kind" in said and set(said) == {"kind", "default"} and name not in sample:
            sample[name] = said.pop("default")  # a plain value is the sample of its input
        if "sample" in spec:
            sample.setdefault(name, spec["sample"])
        if name in sample and sample[name] is not None:
            said.setdefault("example", sample[name])
        made = schema(draft, said, f"inputs.{at}")
        if said.get("required") is False and "default" not in made:
            made["required"] = False
        draft.variable(name, made)
    for name, value in sample.items():
        draft.variable(name, schema(draft, {"kind": kind_of(value), "example": value}, f"sample.{name}"))


def _template(draft: Draft, source: Taking) -> str:
    said = source.see("template")
    for key in ("type", "format"):
        if isinstance(said, dict) and said.get(key) in ("jinja2", "mustache"):
            return str(source.into("template").take(key))
    if isinstance(said, str) and said in ("jinja2", "mustache"):
        return str(source.take("template"))
    if said is not None:
        draft.lose("template", f"the template engine {said!r} is not known", "jinja2 or mustache")
    return "jinja2"


def header(prompt: Prompt, kept: Mapping[str, Json], losses: list[Loss]) -> dict[str, Json]:
    """Return the header of a prompt that came from a v1 file."""
    names = kept.get("renamed", {})
    rest = {key: value for key, value in kept.items() if key not in ("renamed", "lost", "format")}
    made: dict[str, Json] = {"description": prompt.description} if prompt.description else {}
    parameters: dict[str, Json] = dict(prompt.params)
    if prompt.tools:
        parameters["tools"] = [dict(tool) for tool in prompt.tools]
    if (form := response_format(prompt)) is not None:
        parameters["response_format"] = form
    before = rest.get("model") if isinstance(rest.get("model"), dict) else {}
    before = before or {}
    silent = Draft("prompty", prompt.id)
    places = [before[key] for key in ("configuration", "connection") if isinstance(before.get(key), dict)]
    known = next((name for place in places if (name := _deployment(silent, place))), "")
    if prompt.model not in (NO_MODEL, known):
        parameters["model"] = prompt.model
    place = "options" if "connection" in before and "configuration" not in before else "parameters"
    if parameters:
        made["model"] = {place: parameters}
    inputs = {names.get(item.name, item.name): _input(item, losses) for item in prompt.variables if item.declared}
    made |= {"inputs": inputs} if inputs else {}
    sample = {names.get(item.name, item.name): item.schema["examples"][0] for item in prompt.variables if _shown(item)}
    made |= {"sample": sample} if sample else {}
    whole = merged(made, rest)
    order = ["name", "description", "version", "authors", "tags", "metadata", "model", "inputs", "outputs", "sample"]
    return {key: whole[key] for key in [*order, *whole] if key in whole}


def _shown(item: Variable) -> bool:
    examples = item.schema.get("examples")
    return item.declared and isinstance(examples, list) and len(examples) == 1


def _input(item: Variable, losses: list[Loss]) -> dict[str, Json]:
    kind = item.schema.get("type", "string")
    if kind == "messages":
        return {"type": "thread", **({"description": item.description} if item.description else {})}
    if not isinstance(kind, str) or set(item.schema) - {"type", "enum", "examples"} or kind not in TYPES.values():
        losses.append(Loss(f"variables.{item.name}", "its schema says more than an input of Prompty v1", "simplify it"))
    made: dict[str, Json] = {"type": KINDS.get(kind, "string") if isinstance(kind, str) else "string"}
    made |= {"description": item.description} if item.description else {}
    made |= {"default": item.default} if item.has_default else {}
    made |= {"enumValues": item.schema["enum"]} if "enum" in item.schema else {}
    return made | ({} if item.required or item.has_default else {"is_required": False})
