"""OpenAI's prompt objects (`pmpt_…`) and captured `responses.create` bodies ↔ ours.

Read is JSON: a prompt object as the dashboard or the API shows it, the body of a `client.responses.create(**body)`,
or a list of either, which are versions of one prompt. `{{x}}` is a variable, everything else text. Written is a body
that `client.responses.create(**body)` takes, and beside it what such a body has no word for (`….x-openai.json`).
"""

from dataclasses import dataclass, replace
from typing import Any

from llmops_cli.convert._built import proved, with_formatting
from llmops_cli.convert._dates import LATEST, iso
from llmops_cli.convert._draft import Draft, joined
from llmops_cli.convert._each import picked
from llmops_cli.convert._escape import substituted
from llmops_cli.convert._names import OPENAI, number, params, slug
from llmops_cli.convert._openai_write import BESIDE, PLACEHOLDER, write
from llmops_cli.convert._own import take_own
from llmops_cli.convert._source import json_of, text_of
from llmops_cli.convert._taking import Taking, merged
from llmops_cli.errors import FindingsError
from llmops_cli.model.exchange import Files, Foreign, Imported, Loss, Version

Json = Any

READS_BESIDE = (BESIDE,)
CALLS = ("tool_calls", "function_call")
ROLES = ("system", "developer", "user", "assistant")


@dataclass(slots=True)
class _Made:
    """One object of one file, read."""

    key: str
    path: str
    alone: bool
    item: dict[str, Json]
    draft: Draft
    case: dict[str, Json]


def read(files: Files, name: str) -> Imported:
    """Return the prompts of JSON files: objects of one `id` are versions of one prompt, oldest first.

    Objects without an id are one prompt a file. `name`: the file to read, the others lie beside it.
    """
    paths = [path for path in picked(files, name, (".json",)) if not path.endswith(BESIDE)]
    made: list[_Made] = []
    losses: list[Loss] = []
    for path in paths:
        try:
            made += _file(files, path, losses)
        except FindingsError as error:
            if len(paths) == 1:
                raise
            losses.append(Loss(path, f"not imported: {error.message}", error.hint, error.where))
    keys = list(dict.fromkeys(one.key for one in made))
    named: dict[str, str] = {}
    prompts, sources = [], {}
    for key in keys:
        mine = sorted((one for one in made if one.key == key), key=lambda one: number(one.item.get("version")))
        ident = _ident(mine[-1].item, mine[-1].path)
        named[key] = f"{ident}-{len(named) + 1}" if ident in named.values() else ident
        cases = [one.case for one in mine if one.case]
        unique = tuple(case for index, case in enumerate(cases) if case not in cases[:index])
        prompts.append(Foreign(named[key], tuple(_version(one.draft, one.item) for one in mine), unique))
        if len(mine) == 1 and mine[0].alone:
            sources[named[key]] = files[mine[0].path]
    found = joined(tuple(prompts), *(one.draft for one in made))
    return with_formatting(proved(replace(found, losses=(*losses, *found.losses))), sources, write)


def _file(files: Files, path: str, losses: list[Loss]) -> list[_Made]:
    said = _beside(files, path)
    objects = _objects(json_of(text_of(files[path], path), path), path, losses)
    made = []
    for index, value in enumerate(objects):
        item = merged(value, said)
        prompt = item.get("prompt")
        ident = item.get("id") or (prompt.get("id") if isinstance(prompt, dict) else None)
        key = ident if isinstance(ident, str) and ident.startswith("pmpt_") else path
        made.append(_Made(key, path, len(objects) == 1, item, *_draft(item, path, index)))
    return made


def _beside(files: Files, path: str) -> dict[str, Json]:
    """Return what an export of ours put into the file beside a body; nothing where there is none."""
    other = path.removesuffix(".json") + BESIDE
    value = json_of(text_of(files[other], other), other) if other in files else {}
    return value if isinstance(value, dict) else {}


def _objects(value: Json, path: str, losses: list[Loss]) -> list[dict[str, Json]]:
    if isinstance(value, dict) and isinstance(value.get("data"), list) and value.get("object", "list") == "list":
        for key in [key for key in value if key not in ("object", "data", "first_id", "last_id") and value[key]]:
            hint = "the list goes on: fetch the next page too" if key == "has_more" else "leave it out"
            losses.append(Loss(key, f"`{key}` beside `data` is not read: {value[key]!r:.60}", hint, path))
        value = value["data"]
    found = value if isinstance(value, list) else [value]
    if not found or not all(isinstance(item, dict) for item in found):
        raise FindingsError("no prompt object", where=path, hint="save the object, or the body of responses.create")
    return found


def _ident(item: dict[str, Json], path: str) -> str:
    named = item.get("name")
    return slug(named) if isinstance(named, str) and named else slug(path)


def _version(draft: Draft, item: dict[str, Json]) -> Version:
    said = item.get("version")
    prompt = item.get("prompt")
    if said is None and isinstance(prompt, dict):
        said = prompt.get("version")
    when = item.get("created_at")
    date = iso(when) if isinstance(when, int) and 0 < when < LATEST else ""
    return draft.version(name="" if said is None else str(said), date=date)


def _draft(item: dict[str, Json], path: str, index: int) -> tuple[Draft, dict[str, Json]]:
    """Return the prompt of one object, and the case that its captured variables make."""
    draft = Draft("openai", path)
    source = Taking(item)
    draft.model = source.text("model")
    if described := source.text("description"):
        draft.head["description"] = described
    take_own(draft, source.take("llmops"), "llmops")
    said, _ = params({key: source.see(key) for key in OPENAI if source.has(key)}, OPENAI)
    draft.params = said
    for key, ours in OPENAI.items():
        if ours in said and source.has(key):
            source.take(key)
    _reasoning(draft, source)
    _output(draft, source)
    _tools(draft, source)
    _messages(draft, source)
    if not draft.messages:
        what = "it only points to a prompt of the dashboard" if source.has("prompt") else "no instructions, no input"
        hint = "save the prompt object itself: its messages, or its `instructions`"
        raise FindingsError(f"the object {index + 1} has no text: {what}", where=path, hint=hint)
    case = _case(draft, source)
    draft.keep(source.left())
    return draft, case


def _reasoning(draft: Draft, source: Taking) -> None:
    inner = source.into("reasoning")
    if isinstance(inner.see("effort"), str):
        draft.params["reasoning_effort"] = inner.take("effort")


def _output(draft: Draft, source: Taking) -> None:
    text = source.into("text")
    if isinstance(text.see("verbosity"), str):
        draft.params["verbosity"] = text.take("verbosity")
    form = text.into("format")
    kind = form.see("type")
    if kind == "json_schema" and isinstance(form.see("schema"), dict):
        form.take("type")
        types = {"name": str, "strict": bool, "schema": dict}
        taken = {key: form.take(key, kind) for key, kind in types.items() if isinstance(form.see(key), kind)}
        draft.output = {"format": "json_schema", **taken}
    elif kind in ("json_object", "text"):
        form.take("type")
        draft.output = {"format": "json" if kind == "json_object" else "text"}
    elif kind is not None:
        draft.lose(form.at("type"), f"the output format {kind!r} is not known", "json_schema, json_object or text")


def _tools(draft: Draft, source: Taking) -> None:
    for tool in source.each("tools"):
        if tool.see("type") != "function" or not isinstance(tool.see("name"), str):
            kind = tool.see("type")
            hint = "it is kept under x-openai; our prompts call functions only"
            draft.lose(tool.path, f"the built-in tool {kind!r} has no counterpart", hint)
            continue
        tool.take("type")
        keys = ("name", "description", "parameters", "strict")
        function = {key: tool.take(key) for key in keys if tool.see(key) is not None}
        draft.tools.append({"type": "function", "function": function})


def _messages(draft: Draft, source: Taking) -> None:
    if isinstance(source.see("instructions"), str):
        draft.say("system", _template(draft, source.take("instructions")))
        draft.extra["instructions"] = True
    for key in ("instructions", "messages", "input"):
        if isinstance(source.see(key), str):
            draft.say("user", _template(draft, source.take(key)))
            draft.extra["input"] = "text"
            continue
        for item in source.each(key):
            _message(draft, item)


def _message(draft: Draft, item: Taking) -> None:
    role, text = item.see("role"), _text(item)
    calls = next((key for key in CALLS if item.see(key)), "")
    if role not in ROLES or text is None or calls:
        what = calls or item.see("type") or f"role {role!r}"
        draft.lose(item.path, f"an item that is no text message: {what}", "it is kept under x-openai, and not sent")
        draft.put_aside(item)
        return
    item.take("role")
    item.take("content")
    if item.see("type") == "message":
        item.take("type")
    draft.say(role, _template(draft, text))


def _text(item: Taking) -> str | None:
    """Return the text of a message's content: as it is, or of one or more text parts; None for anything else."""
    content = item.see("content")
    if isinstance(content, str):
        return content
    kinds = ("input_text", "output_text", "text")
    if not isinstance(content, list) or not content:
        return None
    for part in content:
        known = isinstance(part, dict) and set(part) <= {"type", "text", "annotations", "logprobs"}
        if not known or part.get("type") not in kinds or not isinstance(part.get("text"), str):
            return None
        if part.get("annotations") or part.get("logprobs"):
            return None
    return "".join(part["text"] for part in content)


def _template(draft: Draft, text: str) -> str:
    return substituted(text, PLACEHOLDER, draft.variable)


def _case(draft: Draft, source: Taking) -> dict[str, Json]:
    """Return the case of the values that were captured with the object: those of a `prompt`, or of the object."""
    prompt = source.see("prompt")
    values = prompt.get("variables") if isinstance(prompt, dict) else source.see("variables")
    ours = {foreign: name for name, foreign in draft.names.items()}
    if not isinstance(values, dict) or not values or not all(isinstance(value, str) for value in values.values()):
        return {}
    inputs = {ours[key]: value for key, value in values.items() if key in ours}
    return {"inputs": inputs} if inputs.keys() == draft.variables.keys() else {}
