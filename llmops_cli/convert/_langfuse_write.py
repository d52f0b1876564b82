"""A prompt of ours → Langfuse's JSON: what `POST /api/public/v2/prompts` takes, and what its API answers."""

import json
from collections.abc import Mapping

from llmops_cli.convert._config import config_of
from llmops_cli.convert._flat import Code, Flat, Include, Name, Turn, code_of, flatten
from llmops_cli.convert._langfuse_text import REFERENCE, names_in
from llmops_cli.convert._names import NO_MODEL
from llmops_cli.convert._own import is_edited, own_of
from llmops_cli.convert._plain import slug
from llmops_cli.model.exchange import Exported, Json, Loss
from llmops_cli.model.prompt import Prompt, digest

CANONICAL = (
    "id",
    "createdAt",
    "updatedAt",
    "projectId",
    "createdBy",
    "prompt",
    "name",
    "version",
    "type",
    "isActive",
    "config",
    "tags",
    "labels",
    "commitMessage",
    "resolutionGraph",
)
"""The keys of a prompt in the order in which the API gives them."""
VERSION = ("id", "createdAt", "updatedAt", "createdBy", "version", "isActive", "labels", "commitMessage")
"""What is true of one version alone."""


def write(prompt: Prompt) -> Exported:
    """Return one JSON file: the prompt as Langfuse keeps it, with the foreign data that came from there."""
    kept = kept_of(prompt)
    body, losses, notes = body_of(prompt)
    origin = dict(_mapping(kept.get("origin")))
    if is_edited(prompt, kept) and (gone := [key for key in (*VERSION, "resolutionGraph") if key in origin]):
        notes = (*notes, f"edited since it was imported: {', '.join(gone)} of that version are left out")
        origin = {key: value for key, value in origin.items() if key not in gone}
    whole = {**origin, **body}
    order = kept.get("order")
    if isinstance(order, list):
        absent = [key for key in ("config", "tags", "type") if key not in order]
        empty = [key for key in absent if key == "type" or not whole.get(key)]
        ordered = [key for key in order if key in whole] + [key for key in whole if key not in order]
        whole = {key: whole[key] for key in ordered if key not in empty}
    else:
        ordered = [key for key in CANONICAL if key in whole] + [key for key in whole if key not in CANONICAL]
        whole = {key: whole[key] for key in ordered}
    data = json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    return Exported({f"{slug(prompt.id).replace('/', '-')}.json": data.encode()}, losses, notes)


def kept_of(prompt: Prompt) -> Mapping[str, Json]:
    """Return the foreign data that an import from Langfuse kept."""
    kept = prompt.extra.get("x-langfuse")
    return kept if isinstance(kept, Mapping) else {}


def name_of(prompt: Prompt) -> str:
    """Return what the prompt is called there."""
    name = kept_of(prompt).get("name")
    return name if isinstance(name, str) and name else prompt.id


def body_of(prompt: Prompt) -> tuple[dict[str, Json], tuple[Loss, ...], tuple[str, ...]]:
    """Return name, type, prompt, config and tags as the API takes them, with the losses and notes."""
    kept = kept_of(prompt)
    references = kept.get("references")
    tags = {path: tag for path, said in _mapping(references).items() if (tag := _tag(prompt, path, said))}
    flat = flatten(prompt, keep=tags)
    losses = [*flat.losses, *code_of(flat, "Langfuse"), *_defaults(prompt)]
    messages = _messages(flat, kept, tags, losses)
    text = kept.get("type") == "text" and len(messages) == 1 and messages[0].get("role") == "user"
    body: dict[str, Json] = {
        "name": name_of(prompt),
        "type": "text" if text else "chat",
        "prompt": messages[0]["content"] if text else messages,
        "config": _config(prompt, kept),
        "tags": list(prompt.tags) or kept.get("tags", []),
    }
    return body, tuple(losses), tuple(flat.notes)


def _tag(prompt: Prompt, path: str, said: Json) -> str:
    """Return the tag that an include came from; "" where its text was edited here since: then it is written out."""
    tag = _mapping(said).get("tag")
    if not isinstance(tag, str) or not REFERENCE.fullmatch(tag) or path not in prompt.includes:
        return ""
    return tag if digest(prompt.includes[path])[:12] == _mapping(said).get("digest") else ""


def _defaults(prompt: Prompt) -> list[Loss]:
    hint = "callers there must give a value; with --lossy the default stands in config.llmops only"
    return [
        Loss(f"variables.{variable.name}.default", "Langfuse has no defaults", hint)
        for variable in prompt.variables
        if variable.has_default
    ]


def _messages(
    flat: Flat, kept: Mapping[str, Json], tags: Mapping[str, str], losses: list[Loss]
) -> list[dict[str, Json]]:
    roles, types = (_mapping(kept.get(key)) for key in ("roles", "message_types"))
    messages: list[dict[str, Json]] = []
    for place, turn in enumerate(flat.turns):
        kind = types.get(str(place), "message" if isinstance(turn, Turn) else "placeholder")
        typed = {"type": kind} if kind else {}
        if isinstance(turn, Turn):
            role = roles.get(str(place), turn.role)
            same = isinstance(role, str) and role.casefold() in (turn.role, *_ALSO.get(turn.role, ()))
            content = _content(turn, tags, losses)
            messages.append({**typed, "role": role if same else turn.role, "content": content})
        else:
            messages.append({**typed, "name": turn.name})
    return messages


_ALSO = {"user": ("human",), "assistant": ("ai", "model")}


def _content(turn: Turn, tags: Mapping[str, str], losses: list[Loss]) -> str:
    text = ""
    names: list[str] = []
    for part in turn.parts:
        match part:
            case Name(name, written):
                names.append(name)
                text += written or f"{{{{{name}}}}}"
            case Include(path):
                text += tags[path]
            case Code(code):
                text += code
            case str():
                text += part
    coded = any(isinstance(part, Code) for part in turn.parts)
    found = names_in(REFERENCE.sub("", text))
    if not coded and [name for name in found if name.isidentifier()] != names:
        hint = "Langfuse has no way to write {{…}} as text: say it in other words, or --lossy"
        losses.append(Loss(turn.path, "plain text would be taken for a variable there", hint))
    if not any(isinstance(part, Include) for part in turn.parts) and REFERENCE.search(text):
        losses.append(Loss(turn.path, "plain text would be taken for a reference there", "write it in other words"))
    return text


def _config(prompt: Prompt, kept: Mapping[str, Json]) -> Json:
    rest = kept.get("config")
    config = config_of(prompt, model=prompt.model != NO_MODEL)
    ours = _ours(prompt)
    if rest is not None and not isinstance(rest, Mapping):
        return rest if not config and not ours else {**config, **ours, "config": rest}
    merged = {**config, **(rest or {}), **({"llmops": ours} if ours else {})}
    order = kept.get("config_order")
    if isinstance(order, list):
        merged = {key: merged[key] for key in [*(key for key in order if key in merged), *merged]}
    return merged


def _ours(prompt: Prompt) -> dict[str, Json]:
    """Return what Langfuse has no place for and does not need: types, owners, description, eval sets."""
    own = own_of(prompt, "langfuse", ("tags",))
    aliases = [alias for alias in own.pop("aliases", ()) if alias != name_of(prompt)]
    return {**own, **({"aliases": aliases} if aliases else {})}


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
