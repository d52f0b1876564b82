"""GitHub Models' `.prompt.yml` ↔ ours.

`{{name}}` is a variable, everything else text; values are never read again. `testData` becomes cases, string
evaluators become scorers, an `llm` evaluator becomes a rubric prompt below `judges/`.
"""

import json
import re
from typing import Any

from llmops_cli.convert._built import with_formatting
from llmops_cli.convert._config import output_of
from llmops_cli.convert._draft import Draft
from llmops_cli.convert._each import each, ids, picked
from llmops_cli.convert._escape import substituted
from llmops_cli.convert._flat import Flat, Name, Turn, code_of, flatten
from llmops_cli.convert._github_evals import cases, evaluators
from llmops_cli.convert._names import GITHUB, NO_MODEL, params
from llmops_cli.convert._own import own_of, take_own
from llmops_cli.convert._source import json_of, mapping_of, text_of, yaml_of
from llmops_cli.convert._taking import Taking, merged
from llmops_cli.convert._yaml_out import dump
from llmops_cli.errors import FindingsError
from llmops_cli.model.exchange import MARK, Exported, Files, Foreign, Imported, Loss
from llmops_cli.model.prompt import Placeholder, Prompt

Json = Any

PLACEHOLDER = re.compile(r"\{\{([\w.-]+)\}\}")
SUFFIXES = (".prompt.yml", ".prompt.yaml")
ROLES = ("system", "developer", "user", "assistant")
_FORMATS = {"json_object": "json", "text": "text", "json_schema": "json_schema"}


def read(files: Files, name: str) -> Imported:
    """Return the prompts of `.prompt.yml` files, with their test data and evaluators.

    Each is called after its path.
    """
    found = each(files, name, "github", SUFFIXES, _prompt)
    paths = ids(picked(files, name, SUFFIXES))
    return with_formatting(found, {ident: files[path] for path, ident in paths.items()}, write)


def _prompt(draft: Draft, ident: str, files: Files) -> list[Foreign]:
    text = text_of(files[draft.path], draft.path)
    source = Taking(mapping_of(yaml_of(text, draft.path), draft.path, "a prompt"))
    for key in ("name", "testData", "evaluators"):
        if source.has(key):
            draft.extra[key] = source.take(key)
    draft.head = {"description": described} if (described := source.text("description")) else {}
    draft.model = source.text("model")
    take_own(draft, source.take("x-llmops"), "x-llmops")
    said = source.into("modelParameters")
    draft.params, _ = params({key: said.see(key) for key in GITHUB if said.has(key)}, GITHUB)
    for key, ours in GITHUB.items():
        if ours in draft.params and said.has(key):
            said.take(key)
    _output(draft, source)
    _messages(draft, source)
    draft.keep(source.left())
    rows = cases(draft, draft.extra.get("testData"))
    scorers, judges = evaluators(draft, draft.extra.get("evaluators"), rows, ident)
    return [Foreign(ident, (draft.version(),), tuple(rows), tuple(scorers)), *judges]


def _output(draft: Draft, source: Taking) -> None:
    form, schema = source.see("responseFormat"), source.see("jsonSchema")
    if not isinstance(form, str) or form not in _FORMATS:
        if form is not None:
            draft.lose("responseFormat", f"{form!r} is no format", f"one of {', '.join(_FORMATS)}")
        return
    if form != "json_schema":
        source.take("responseFormat")
        draft.output = {"format": _FORMATS[form]}
        return
    if not isinstance(schema, str):
        draft.lose(
            "jsonSchema", "json_schema needs `jsonSchema`, a text of JSON", "write it as a block: `jsonSchema: |-`"
        )
        return
    draft.output = output_of({"type": "json_schema", "json_schema": json_of(schema, f"{draft.path}: jsonSchema")})
    if not draft.output:
        draft.lose("jsonSchema", "it is kept and not used: only name, strict and schema are known", "move the rest")
        return
    draft.extra["jsonSchema"] = source.take("jsonSchema")
    source.take("responseFormat")


def _messages(draft: Draft, source: Taking) -> None:
    items = source.each("messages")
    if not items:
        raise FindingsError("no `messages:` list", where=draft.path, hint="each message has a role and a content")
    for item in items:
        role, content = item.see("role"), item.see("content")
        known = isinstance(role, str) and role.lower() in ROLES and isinstance(content, str)
        if not known or item.see("tool_calls"):
            what = "with tool_calls" if item.see("tool_calls") else f"of role {role!r}"
            draft.lose(item.at("role"), f"a message {what} has no place here", f"roles: {', '.join(ROLES)}")
            draft.put_aside(item)
            continue
        item.take("role")
        item.take("content")
        if re.search(r"\{\{\s+[\w.-]+\s*\}\}|\{\{[\w.-]+\s+\}\}", content):
            draft.note(f"{draft.path}: `{{{{ x }}}}` with spaces stays text, as GitHub Models leaves it")
        draft.say(str(role).lower(), substituted(content, PLACEHOLDER, draft.variable))


def write(prompt: Prompt) -> Exported:
    """Return the `.prompt.yml` of a prompt.

    Types, owners, tags and what other tools' imports kept go under `x-llmops`, which GitHub Models ignores.
    """
    kept = dict(prompt.extra.get("x-github") or {})
    names = kept.pop("renamed", {})
    kept.pop("lost", None)
    kept.pop(MARK, None)
    flat = flatten(prompt)
    losses = [*flat.losses, *code_of(flat, "GitHub Models"), *_unsaid(prompt)]
    document: dict[str, Json] = {"description": prompt.description} if prompt.description else {}
    if prompt.model != NO_MODEL:
        document["model"] = prompt.model
    said = {key: prompt.params[ours] for key, ours in GITHUB.items() if ours in prompt.params}
    document |= {"modelParameters": said} if said else {}
    document |= _response(prompt, kept.pop("jsonSchema", ""))
    document["messages"] = _turns(flat, names, losses)
    own = own_of(prompt, "github", ("description",))
    document |= {key: kept[key] for key in ("testData", "evaluators") if key in kept}
    document |= {"x-llmops": own} if own else {}
    order = ["name", "description", "model", "modelParameters", "responseFormat", "jsonSchema", "messages"]
    whole = merged(document, kept)
    ordered = {key: whole[key] for key in [*order, *whole] if key in whole}
    return Exported({f"{prompt.id}.prompt.yml": dump(ordered).encode()}, tuple(losses), tuple(flat.notes))


def _turns(flat: Flat, names: dict[str, str], losses: list[Loss]) -> list[dict[str, str]]:
    made = []
    for turn in flat.turns:
        if isinstance(turn, Placeholder):
            hint = "leave the earlier turns to the program that calls the model"
            losses.append(Loss(f"placeholder {turn.name}", "GitHub Models has no place for earlier turns", hint))
            continue
        made.append({"role": turn.role, "content": "".join(_part(part, turn, names, losses) for part in turn.parts)})
    return made


def _part(part: Any, turn: Turn, names: dict[str, str], losses: list[Loss]) -> str:
    if isinstance(part, Name):
        return f"{{{{{names.get(part.name, part.name)}}}}}"
    if not isinstance(part, str):
        return str(part[0])
    if found := PLACEHOLDER.search(part):
        hint = "write it in other words: GitHub Models knows no escape"
        losses.append(Loss(turn.path, f"the text {found[0]} would be read as a variable there", hint))
    return part


def _response(prompt: Prompt, kept: str) -> dict[str, Json]:
    output = prompt.output
    form = output.get("format")
    if form == "json":
        return {"responseFormat": "json_object"}
    if form == "text":
        return {"responseFormat": "text"}
    if form != "json_schema":
        return {}
    inner = {key: output[key] for key in ("name", "strict", "schema") if key in output}
    inner.setdefault("name", re.sub(r"[^A-Za-z0-9_-]+", "_", prompt.id)[:64])
    same = bool(kept) and json.loads(kept) == inner
    return {
        "responseFormat": "json_schema",
        "jsonSchema": kept if same else json.dumps(inner, indent=2, ensure_ascii=False),
    }


def _unsaid(prompt: Prompt) -> list[Loss]:
    losses = [
        Loss(f"params.{key}", "GitHub Models has no such parameter", "leave it out, or --lossy")
        for key in prompt.params
        if key not in GITHUB.values()
    ]
    if prompt.tools:
        losses.append(Loss("tools", "GitHub Models' prompt files have no tools", "leave them out, or --lossy"))
    return losses
