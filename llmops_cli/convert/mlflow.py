"""MLflow prompt versions, as its REST API and its SDK show them in JSON → ours. Values are never expanded again.

`{{x}}` is a variable; a template with `{%` is Jinja. Aliases become labels, the description the version's message.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from llmops_cli.convert._built import proved
from llmops_cli.convert._draft import Draft, joined
from llmops_cli.convert._each import picked
from llmops_cli.convert._escape import substituted
from llmops_cli.convert._langchain_text import to_jinja
from llmops_cli.convert._names import SAME, number, params, slug
from llmops_cli.convert._source import json_of, text_of
from llmops_cli.convert._taking import Taking
from llmops_cli.errors import FindingsError
from llmops_cli.model.exchange import Files, Foreign, Imported, Loss

Json = Any

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}")
ROLES = ("system", "developer", "user", "assistant")
TEXT = ("mlflow.prompt.text", "_mlflow_prompt_text")
KIND = ("_mlflow_prompt_type", "mlflow.prompt.type")
FORMAT = ("_mlflow_prompt_response_format", "mlflow.prompt.response_format")
MODEL = ("_mlflow_prompt_model_config", "mlflow.prompt.model_config")
_WRAPPERS = ("model_version", "model_versions", "prompt_version", "prompt_versions", "prompt", "prompts")
_CONFIG = {**{key: key for key in SAME}, "stop_sequences": "stop"}


def read(files: Files, name: str) -> Imported:
    """Return the prompts of JSON files; versions of one name, in one file or several, are versions of one prompt."""
    drafts: list[tuple[str, int, Draft, dict[str, Json]]] = []
    losses: list[Loss] = []
    for path in picked(files, name, (".json",)):
        items, lost = _versions(json_of(text_of(files[path], path), path), path)
        losses += lost
        for item in items:
            said = item.get("name")
            ident = slug(said) if isinstance(said, str) and said else slug(path)
            drafts.append((ident, number(item.get("version")), _draft(item, path), item))
    prompts = []
    for ident in dict.fromkeys(ident for ident, *_ in drafts):
        mine = sorted((entry for entry in drafts if entry[0] == ident), key=lambda entry: entry[1])
        versions = tuple(draft.version(**_when(item)) for _, _, draft, item in mine)
        prompts.append(Foreign(ident, versions))
    found = joined(tuple(prompts), *(draft for _, _, draft, _ in drafts))
    return proved(replace(found, losses=(*losses, *found.losses)))


def _versions(value: Json, path: str) -> tuple[list[dict[str, Json]], list[Loss]]:
    """Return the versions, taken out of what the API wraps them in, and what stands beside them there."""
    losses: list[Loss] = []
    for wrapper in _WRAPPERS:
        if isinstance(value, dict) and isinstance(value.get(wrapper), (dict, list)):
            for key in [key for key in value if key != wrapper and value[key]]:
                more = "the list goes on: fetch the next page too" if key == "next_page_token" else "leave it out"
                losses.append(Loss(key, f"`{key}` beside `{wrapper}` is not read: {value[key]!r:.60}", more, path))
            value = value[wrapper]
    found = value if isinstance(value, list) else [value]
    if not found or not all(isinstance(item, dict) for item in found):
        raise FindingsError("no prompt version", where=path, hint="save the answer of the API: a version, or a list")
    return found, losses


def _when(item: Mapping[str, Json]) -> dict[str, Json]:
    """Return what a version says of itself: its name, its labels, its author, its message."""
    aliases = item.get("aliases")
    named = aliases if isinstance(aliases, list) else ()
    names = [alias.get("alias") if isinstance(alias, dict) else alias for alias in named]
    message = item.get("commit_message") or item.get("description")
    author = item.get("user_id") or item.get("created_by")
    made: dict[str, Json] = {"name": str(item["version"])} if "version" in item else {}
    made["labels"] = tuple(name for name in names if isinstance(name, str))
    return made | {
        key: value for key, value in (("message", message), ("author", author)) if isinstance(value, str) and value
    }


def _draft(item: dict[str, Json], path: str) -> Draft:
    draft = Draft("mlflow", path)
    source = Taking({**item, "tags": _tags(draft, item["tags"])} if "tags" in item else item)
    tags = source.into("tags")
    template, kind = source.see("template"), _first(tags, KIND)
    if template is not None:
        source.take("template")
    else:
        template = _first(tags, TEXT)
        if kind == "chat" and isinstance(template, str):
            template = json_of(template, f"{path}: {TEXT[0]}")
    if isinstance(template, str) and template:
        draft.say("user", _template(draft, template))
    elif isinstance(template, list) and template:
        _messages(draft, template)
    if not draft.messages:
        raise FindingsError("a version without a text", where=path, hint=f"it stands in the tag {TEXT[0]}")
    _model(draft, source, tags)
    _output(draft, source, tags)
    draft.keep(source.left())
    return draft


def _tags(draft: Draft, said: Json) -> Json:
    """Return the tags as a mapping: the API lists them as keys and values. What else stands in the list is reported."""
    if not isinstance(said, list):
        return said
    made: dict[str, Json] = {}
    for index, tag in enumerate(said):
        if not isinstance(tag, dict) or not isinstance(tag.get("key"), str) or tag["key"] in made:
            draft.lose(f"tags.{index}", f"it is no tag of its own: {tag!r:.60}", "a tag is a key and a value")
            continue
        made[tag["key"]] = tag.get("value")
        for key in tag.keys() - {"key", "value"}:
            draft.lose(f"tags.{index}.{key}", f"a tag has no `{key}`: {tag[key]!r:.60}", "leave it out")
    return made


def _first(tags: Taking, names: tuple[str, ...]) -> Json:
    return next((tags.take(name) for name in names if tags.has(name)), None)


def _messages(draft: Draft, items: list[Json]) -> None:
    for index, item in enumerate(items):
        good = isinstance(item, dict) and item.get("role") in ROLES and isinstance(item.get("content"), str)
        good = good and not item.get("tool_calls")
        if not good:
            draft.lose(f"template.{index}", "it is no text message", f"roles: {', '.join(ROLES)}; it is kept")
            draft.extra.setdefault("lost", {})[f"template.{index}"] = item
            continue
        draft.say(item["role"], _template(draft, item["content"]))
        if rest := {key: value for key, value in item.items() if key not in ("role", "content")}:
            draft.keep({f"template.{index}": rest})


def _template(draft: Draft, text: str) -> str:
    if "{%" not in text:
        return substituted(text, PLACEHOLDER, draft.variable)
    return to_jinja(draft, text, "jinja2", f"{draft.path}: template")


def _model(draft: Draft, source: Taking, tags: Taking) -> None:
    said = source.take("model_config", dict)
    if said is None:
        text = _first(tags, MODEL)
        said = json_of(text, f"{draft.path}: {MODEL[0]}") if isinstance(text, str) else text
    if not isinstance(said, dict):
        return
    inner = Taking(said)
    provider, model = inner.see("provider"), inner.see("model_name")
    if isinstance(model, str):
        inner.take("model_name")
        draft.model = f"{provider}/{model}" if isinstance(provider, str) and "/" not in model else model
        inner.take("provider", str)
    draft.params, _ = params({key: inner.see(key) for key in _CONFIG if inner.see(key) is not None}, _CONFIG)
    for key, ours in _CONFIG.items():
        if inner.has(key) and (ours in draft.params or inner.see(key) is None):
            inner.take(key)
    if inner.left():
        draft.keep({"model_config": inner.left()})


def _output(draft: Draft, source: Taking, tags: Taking) -> None:
    said = source.take("response_format", dict)
    if said is None:
        text = _first(tags, FORMAT)
        said = json_of(text, f"{draft.path}: {FORMAT[0]}") if isinstance(text, str) else None
    if isinstance(said, dict):
        draft.output = {"format": "json_schema", "schema": said}
