"""A prompt of ours as a registry would hold it: its name there, what is sent, and what its reader is given."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llmops_cli.convert._flat import Turn, flatten
from llmops_cli.convert._langfuse_write import body_of, name_of
from llmops_cli.convert._langsmith_write import manifest_of
from llmops_cli.model.exchange import Json, Loss
from llmops_cli.model.prompt import Placeholder, Prompt
from llmops_cli.publish import mlflow


@dataclass(frozen=True, slots=True)
class Wire:
    """What is sent (`body`), what reading it back starts from (`raw`), and what has no place there."""

    name: str
    body: Mapping[str, Any]
    raw: Json
    losses: tuple[Loss, ...] = ()
    notes: tuple[str, ...] = ()


def there_called(prompt: Prompt, kind: str) -> str:
    """Return the name that the prompt has there."""
    if kind == "langfuse":
        return name_of(prompt)
    return _kept(prompt, kind) or (_handle(prompt.id) if kind == "langsmith" else prompt.id.replace("/", "."))


def wire_of(prompt: Prompt, kind: str) -> Wire:
    """Return the prompt as a Langfuse, a LangSmith or an MLflow would hold it."""
    name = there_called(prompt, kind)
    if kind == "langsmith":
        manifest, losses, notes = manifest_of(prompt)
        return Wire(name, manifest, manifest, losses, notes)
    body, losses, notes = body_of(prompt)
    if kind == "langfuse":
        return Wire(name, body, body, losses, notes)
    turns = [one for one in prompt.messages if isinstance(one, Placeholder)]
    hint = "write the earlier turns as messages; with --lossy they are left out"
    losses = tuple(
        Loss(one.path, *(text.replace("Langfuse", "MLflow") for text in (one.message, one.hint))) for one in losses
    )
    jinja = "MLflow takes a text with `{%` for Jinja, and plain text would become code"
    losses += tuple(Loss(path, jinja, "write it in other words") for path in _statements(prompt))
    losses += tuple(Loss(f"messages.{one.name}", "MLflow has no place for earlier turns", hint) for one in turns)
    plain = body["prompt"]
    if not isinstance(plain, str):
        plain = [item for item in plain if "content" in item]
    whole = {**body, "prompt": plain}
    raw = {"name": name, **mlflow.body_of(mlflow.tags_of(whole), name, "")}
    return Wire(name, whole, raw, losses, notes)


def _statements(prompt: Prompt) -> list[str]:
    """Return where plain text of a prompt holds what MLflow takes for the sign of Jinja."""
    turns = [turn for turn in flatten(prompt).turns if isinstance(turn, Turn)]
    return [turn.path for turn in turns if "{%" in "".join(part for part in turn.parts if type(part) is str)]


def _kept(prompt: Prompt, kind: str) -> str:
    """Return the name that the prompt was imported under."""
    kept = prompt.extra.get(f"x-{kind}")
    name = kept.get("name") if isinstance(kept, Mapping) else None
    return name if isinstance(name, str) else ""


def _handle(name: str) -> str:
    """Return a name as LangSmith takes one: small letters, digits, `-` and `_`, a letter first."""
    handle = re.sub(r"[^a-z0-9_-]+", "-", name.casefold().replace("/", "--")).strip("-")
    return handle if handle[:1].isalpha() else f"p-{handle}"
