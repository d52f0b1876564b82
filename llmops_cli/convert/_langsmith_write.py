"""A prompt of ours → a LangSmith manifest, as LangChain itself would save it."""

import json
from collections.abc import Mapping
from typing import Any

from llmops_cli.convert._flat import Code, Flat, Name, Part, Turn, flatten
from llmops_cli.convert._fstring import from_text
from llmops_cli.convert._langsmith_messages import ANY, AROUND
from llmops_cli.convert._langsmith_model import write_model
from llmops_cli.convert._langsmith_tree import PROMPTS, constructor, template
from llmops_cli.convert._names import NO_MODEL
from llmops_cli.convert._own import is_edited, own_of
from llmops_cli.convert._plain import slug
from llmops_cli.convert._printed import printed_booleans
from llmops_cli.model.exchange import Exported, Json, Loss
from llmops_cli.model.prompt import Prompt, digest

CLASSES = {
    "system": "SystemMessagePromptTemplate",
    "user": "HumanMessagePromptTemplate",
    "assistant": "AIMessagePromptTemplate",
}
REPOSITORY = ("owner", "repo", "repo_handle")
"""What a commit says of where it lies; all else is true of that commit alone."""


def write(prompt: Prompt) -> Exported:
    """Return one JSON file: the manifest, in the commit that it was imported from, if it was."""
    manifest, losses, notes = manifest_of(prompt)
    envelope = kept_of(prompt).get("commit")
    if isinstance(envelope, Mapping) and is_edited(prompt, kept_of(prompt)):
        gone = [key for key in envelope if key not in REPOSITORY]
        notes = (*notes, f"edited since it was imported: {', '.join(gone)} of that commit are left out")
        envelope = {key: value for key, value in envelope.items() if key in REPOSITORY}
    whole = {**envelope, "manifest": manifest} if isinstance(envelope, Mapping) else manifest
    if around := {key: value for key, value in _mapping(kept_of(prompt).get("around")).items() if key != "total"}:
        whole = {**around, "commit": whole}
    data = json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    return Exported({f"{slug(prompt.id).replace('/', '-')}.json": data.encode()}, losses, notes)


def kept_of(prompt: Prompt) -> Mapping[str, Json]:
    """Return the foreign data that an import from LangSmith kept."""
    kept = prompt.extra.get("x-langsmith")
    return kept if isinstance(kept, Mapping) else {}


def manifest_of(prompt: Prompt) -> tuple[dict[str, Any], tuple[Loss, ...], tuple[str, ...]]:
    """Return the manifest, with the losses and notes."""
    kept = kept_of(prompt)
    flat = flatten(prompt)
    losses = list(flat.losses)
    messages = _messages(prompt, flat, kept, losses)
    flat.notes += printed_booleans(prompt, "LangChain")
    body = _prompt_node(prompt, kept, messages)
    model = kept.get("model")
    last = None
    if prompt.model != NO_MODEL:
        last = write_model(prompt, model if isinstance(model, Mapping) else {}, losses)
    if last is None:
        if prompt.tools or prompt.params:
            losses.append(Loss("params", "without a model there is no place for params and tools"))
        return body, tuple(losses), tuple(flat.notes)
    said = {"first": body, "last": last, **_mapping(kept.get("sequence"))}
    chain = constructor(("langchain", "schema", "runnable", "RunnableSequence"), said)
    return chain, tuple(losses), tuple(flat.notes)


def _prompt_node(prompt: Prompt, kept: Mapping[str, Json], messages: list[dict[str, Any]]) -> dict[str, Any]:
    turns = [variable for variable in prompt.variables if variable.type == "messages"]
    optional = [variable.name for variable in turns if not variable.required]
    partial: dict[str, Json] = {name: [] for name in optional}
    partial |= {variable.name: variable.default for variable in prompt.variables if variable.has_default}
    names = [variable.name for variable in prompt.variables if variable.name not in partial]
    said: dict[str, Json] = {"input_variables": sorted(names)}
    said |= {"optional_variables": optional} if optional else {}
    said |= {"partial_variables": partial} if partial else {}
    metadata = {**_mapping(kept.get("metadata")), **_ours(prompt)}
    said |= {"metadata": metadata} if metadata else {}
    said |= {key: kept[key] for key in AROUND if key in kept}
    said |= {"name": kept["template_name"]} if "template_name" in kept else {}
    if kept.get("kind") == "text" and len(messages) == 1 and prompt.texts[0].role == "user":
        inner = messages[0]["kwargs"]["prompt"]
        return constructor(tuple(inner["id"]), {**inner["kwargs"], **said, "input_variables": sorted(names)})
    said["messages"] = messages
    if prompt.output.get("format") != "json_schema":
        return constructor((*PROMPTS, "ChatPromptTemplate"), said)
    schema = dict(prompt.output.get("schema", {}))
    name = prompt.output.get("name")
    said["schema_"] = schema if "title" in schema or not name else {"title": name, **schema}
    options = dict(_mapping(kept.get("structured_output_kwargs")))
    options |= {"strict": prompt.output["strict"]} if "strict" in prompt.output else {}
    said |= {"structured_output_kwargs": options} if options else {}
    return constructor(("langchain_core", "prompts", "structured", "StructuredPrompt"), said)


def _ours(prompt: Prompt) -> dict[str, Json]:
    own = own_of(prompt, "langsmith")
    typed = {name: spec for name, spec in own.pop("variables", {}).items() if not _plain(spec)}
    own |= {"variables": typed} if typed else {}
    return {"llmops": own} if own else {}


def _plain(spec: Mapping[str, Json]) -> bool:
    """Return whether the manifest says all of a variable without our help: a text with a default, or turns."""
    return set(spec) <= {"type", "default", "required"} and spec.get("type") in ("string", "messages", ANY)


def _messages(prompt: Prompt, flat: Flat, kept: Mapping[str, Json], losses: list[Loss]) -> list[dict[str, Any]]:
    originals = _mapping(kept.get("originals"))
    messages = []
    for place, turn in enumerate(flat.turns):
        if not isinstance(turn, Turn):
            variable = prompt.variable(turn.name)
            said = {"variable_name": turn.name, "optional": not variable.required if variable else True}
            messages.append(constructor((*PROMPTS, "MessagesPlaceholder"), said, named=False))
            continue
        inner = _original(prompt, originals.get(str(place)), place) or _template(turn, losses)
        inner["kwargs"] |= _mapping(_mapping(kept.get("inner")).get(str(place)))
        if turn.role in CLASSES:
            messages.append(constructor((*PROMPTS, CLASSES[turn.role]), {"prompt": inner}, named=False))
        else:
            said = {"role": turn.role, "prompt": inner}
            messages.append(constructor((*PROMPTS, "ChatMessagePromptTemplate"), said, named=False))
    return messages


def _original(prompt: Prompt, said: Json, place: int) -> dict[str, Any] | None:
    """Return the template as it was there, where nobody has edited ours since."""
    known = _mapping(said)
    message = prompt.messages[place] if place < len(prompt.messages) and prompt.examples is None else None
    content = getattr(message, "content", None)
    if content is None or digest(content)[:12] != known.get("digest"):
        return None
    names = [variable.name for variable in prompt.variables if variable.name in content]
    return template(str(known.get("template", "")), names, str(known.get("format", "")))


def _template(turn: Turn, losses: list[Loss]) -> dict[str, Any]:
    names = list(dict.fromkeys(part.name for part in turn.parts if isinstance(part, Name)))
    if any(isinstance(part, Code) for part in turn.parts):
        hint = "write the prompt without logic; with --lossy it is a jinja2 template, which LangChain refuses to load"
        losses.append(Loss(turn.path, "LangSmith's templates have no logic of ours", hint))
        return template("".join(_as_jinja(part) for part in turn.parts), names, "jinja2")
    return template("".join(_as_fstring(part) for part in turn.parts), names)


def _as_fstring(part: Part) -> str:
    return from_text(part) if isinstance(part, str) else f"{{{part[0]}}}"


def _as_jinja(part: Part) -> str:
    if isinstance(part, Code):
        return part.text
    return part if isinstance(part, str) else f"{{{{ {part[0]} }}}}"


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
