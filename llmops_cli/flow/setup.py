"""The first files of a project, and of a prompt and an eval set: each said in a line, none written over."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from llmops_cli import __version__
from llmops_cli.errors import UsageError
from llmops_cli.flow.address import find as find_prompt
from llmops_cli.flow.git_setup import pattern
from llmops_cli.flow.project import Project
from llmops_cli.load.package import starter
from llmops_cli.plugins import find
from llmops_cli.store.atomic import write_bytes, write_text

LOCAL = re.compile(r"localhost|127\..*|::1|0\.0\.0\.0|10\..*|192\.168\..*|host\.docker\.internal|.*\.local|[^.:]*")
"""Hosts that a CI runner does not reach: this machine, a private network, a name without a dot."""
REPLACE = "replace me"
DEEPEST = 8
PLAIN = {"messages": [{"role": "user", "content": REPLACE}], "boolean": True, "null": None}
SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


@dataclass(frozen=True, slots=True)
class Written:
    """One file of `init`: its path, what it is for, and whether it was there before."""

    path: str
    what: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """What `init` is told: the model, where it answers, the variable that holds its key, and what else to write."""

    model: str = "openai/gpt-4.1-mini"
    endpoint: str = "https://api.openai.com/v1"
    key_env: str = "OPENAI_API_KEY"
    ci: str = "github"
    pre_commit: bool = True


def init(project: Project, start: Start) -> list[Written]:
    """Write config, first prompt, eval set, hook and workflow; what exists is kept as it is."""
    name, slash, _ = start.model.partition("/")
    if not slash:
        raise UsageError(f"--model {start.model}", hint="NAME/MODEL, e.g. openai/gpt-4.1-mini or local/llama")
    key = f", key_env: {start.key_env}" if start.key_env else ""
    config = _fill("llmops.yaml", endpoint=name, url=start.endpoint, key=key)
    found = [_write(project, "llmops.yaml", config, "hosts, budget and the gate's thresholds")]
    prompt = _fill("prompt.yaml", id="triage", model=start.model, evalset="triage")
    found.append(_write(project, "prompts/triage.yaml", prompt, "a first prompt, to be replaced by yours"))
    evalset = _fill("evalset.yaml", id="triage", prompts="", scorer="exact", options=", ignore_case: true")
    found.append(_write(project, "evalsets/triage.yaml", evalset, "how its answers are judged"))
    found.append(_write(project, "evalsets/triage.jsonl", starter("evalset.jsonl"), "four cases; add your own"))
    found.append(_attributes(project))
    if start.pre_commit:
        found.append(_hooks(project, start))
    if start.ci == "github":
        workflow = _fill("workflow.yaml", version=__version__, gate=_gate(start))
        found.append(_write(project, ".github/workflows/prompts.yml", workflow, "the gate on pull requests"))
    return found


def _attributes(project: Project) -> Written:
    """Tell git never to merge two baselines line by line; what else the file says stays."""
    path, what = ".gitattributes", "two baselines are never blended: llmops baseline merge"
    target = project.root / path
    line = f"{pattern(project.settings.baselines, '**')} -merge linguist-generated"
    before = target.read_text(encoding="utf-8", errors="surrogateescape") if target.exists() else ""
    if line in before.splitlines():
        return Written(path, what, kept=True)
    joined = before + ("\n" if before and not before.endswith("\n") else "") + f"{line}\n"
    write_bytes(target, joined.encode("utf-8", "surrogateescape"), root=project.root)
    return Written(path, what)


def _hooks(project: Project, start: Start) -> Written:
    """Write the hooks. A push is gated where CI judges recordings; where CI asks with a key, it would lack answers."""
    path = ".pre-commit-config.yaml"
    if _asks(start):
        text = _fill("pre-commit.yaml", types="[pre-commit]", gate="")
        return _write(project, path, text, "the pre-commit hook: llmops validate")
    text = _fill("pre-commit.yaml", types="[pre-commit, pre-push]", gate=starter("pre-push.yaml"))
    return _write(project, path, text, "hooks: validate at a commit, gate before a push")


def _asks(start: Start) -> bool:
    """Return whether CI asks the model: there is a key, and the model is on no machine of the author's."""
    return bool(start.key_env) and not LOCAL.fullmatch(urlsplit(start.endpoint).hostname or "")


def _gate(start: Start) -> str:
    """Return the workflow's last step: with a key it asks the model, else it judges the repository's recordings."""
    if _asks(start):
        return _fill("gate-live.yaml", key_env=start.key_env)
    return _fill("gate-replay.yaml", endpoint=start.endpoint)


def new_prompt(project: Project, name: str, model: str) -> str:
    """Write a prompt's first version and return its path. Raises `UsageError` for a bad or taken id."""
    slug(name)
    path = f"{project.settings.prompts}/{name}.yaml"
    text = _fill("prompt.yaml", id=name, model=model, evalset=_set_of(project, name))
    if _write(project, path, text, "").kept:
        raise UsageError(f"{path} exists already", hint="choose another id, or edit that file")
    return path


def _set_of(project: Project, name: str) -> str:
    """Return what stands in `evals: [ ]` of a new prompt: an eval set of its name, if there is one, else nothing.

    `llmops evalset new SET --prompt ID` names the prompt from the other side, whatever the set is called.
    """
    names = dict.fromkeys((name.replace("/", "-"), name.rpartition("/")[2]))
    return next((one for one in names if (project.root / project.settings.evalsets / f"{one}.yaml").exists()), "")


def new_evalset(project: Project, name: str, prompt: str, scorer: str) -> Sequence[str]:
    """Write an eval set's two files and return their paths. Raises `UsageError` for a bad or taken id."""
    slug(name)
    find("score", scorer)
    folder = project.settings.evalsets
    paths = (f"{folder}/{name}.yaml", f"{folder}/{name}.jsonl")
    if any((project.root / path).exists() for path in paths):
        raise UsageError(f"eval set {name} exists already", where=paths[0])
    named = f"prompts: [{prompt}]\n" if prompt else ""
    _write(project, paths[0], _fill("evalset.yaml", id=name, prompts=named, scorer=scorer, options=""), "")
    _write(project, paths[1], _first_case(project, prompt, scorer), "")
    return paths


def _first_case(project: Project, prompt: str, scorer: str) -> str:
    """Return one case line with the inputs that the prompt asks for, each of the type that it takes, to be replaced.

    What is expected has the shape that the scorer reads; of fields, those that the prompt's output has.
    """
    inputs: dict[str, Any] = {"message": REPLACE}
    output: Mapping[str, Any] = {}
    if prompt:
        found = find_prompt(project, prompt).prompt
        inputs = {one.name: sample(one.schema) for one in found.variables if one.schema.get("rest") is not True}
        output = {"type": "object", **found.output.get("schema", {})}
    expected = {"json_fields": sample(output) if output else {}, "numeric": 1}.get(scorer, REPLACE)
    case = {"id": "first", "inputs": inputs, "expected": expected or {"field": REPLACE}, "tags": ["normal"]}
    return json.dumps(case, ensure_ascii=False) + "\n"


def sample(schema: Mapping[str, Any], depth: int = 0) -> Any:
    """Return a value that a schema takes, as far as type, enum, default and bounds say; a text says `replace me`."""
    for key in ("default", "const"):
        if key in schema:
            return schema[key]
    for key in ("enum", "examples"):
        if schema.get(key):
            return schema[key][0]
    said = schema.get("type", "string")
    kind = said[0] if isinstance(said, list) and said else said
    if kind == "object":
        inner = schema.get("properties", {})
        return {name: sample(inner.get(name, {}), depth + 1) for name in schema.get("required", ()) if depth < DEEPEST}
    if kind == "array":
        items = schema.get("items")
        one = sample(items if isinstance(items, Mapping) else {}, depth + 1)
        return [one] * max(1, schema.get("minItems", 1)) if depth < DEEPEST else []
    if kind in ("integer", "number"):
        return _number(schema)
    return _text(schema) if kind == "string" else PLAIN.get(kind, REPLACE)


def _number(schema: Mapping[str, Any]) -> Any:
    bounds = (schema.get("minimum"), schema["exclusiveMinimum"] + 1 if "exclusiveMinimum" in schema else None)
    ends = (schema.get("maximum"), schema["exclusiveMaximum"] - 1 if "exclusiveMaximum" in schema else None)
    least = [one for one in bounds if one is not None] or [1]
    return min(max(least), *(one for one in ends if one is not None), float("inf"))


def _text(schema: Mapping[str, Any]) -> str:
    text = REPLACE.ljust(schema.get("minLength", 0), ".")
    return text[: schema.get("maxLength", len(text))]


def _fill(template: str, **values: str) -> str:
    text = starter(template)
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def _write(project: Project, path: str, text: str, what: str) -> Written:
    target = project.root / path
    if target.exists():
        return Written(path, what, kept=True)
    write_text(target, text)
    return Written(path, what)


def slug(name: str) -> None:
    """Raise `UsageError` for an id that is no slug: it becomes a path."""
    if not SLUG.fullmatch(name):
        raise UsageError(f"bad id {name!r}", hint="small letters, digits, . _ - and / between parts")
