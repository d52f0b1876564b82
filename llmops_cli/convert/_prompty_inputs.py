"""Prompty's inputs → our variables."""

from collections.abc import Mapping
from typing import Any

from llmops_cli.convert._draft import Draft
from llmops_cli.convert._prompty_schema import RICH, listed, schema

Json = Any


def inputs(draft: Draft, said: Json, key: str) -> None:
    """Declare the inputs: optional unless `required`; a thread is a place for earlier turns."""
    found = listed(said)
    if found is None:
        draft.lose(key, "inputs are a list with names, or a mapping", "give each a name and a kind")
        return
    beside(draft, said, key)
    for name, spec, at in found:
        path = f"{key}.{at}"
        if spec.get("kind", spec.get("type")) == "thread":
            _thread(draft, name, spec, path)
            continue
        made = schema(draft, _textual(draft, spec, path), path)
        if spec.get("required") is True and "default" in made:
            made["required"] = True
        elif spec.get("required") is not True and "default" not in made:
            made["required"] = False
        draft.variable(name, made)


def beside(draft: Draft, said: Json, key: str) -> None:
    """Report what stands beside `properties:` in a list of inputs or outputs."""
    for other in said if isinstance(said, dict) and isinstance(said.get("properties"), (list, dict)) else ():
        if other != "properties":
            draft.lose(f"{key}.{other}", f"`{other}` has no counterpart", "leave it out, or --lossy")


def _textual(draft: Draft, spec: dict[str, Json], path: str) -> dict[str, Json]:
    """Return an input of text; that of an image, a file or a sound is reported."""
    kind = spec.get("kind", spec.get("type"))
    if kind not in RICH:
        return spec
    draft.lose(f"{path}.kind", f"an input of kind {kind} is no text", "our messages are text: send it beside them")
    return {**spec, "kind": "string"}


def _thread(draft: Draft, name: str, spec: Mapping[str, Json], path: str) -> None:
    made: dict[str, Json] = {"type": "messages", "required": spec.get("required") is True}
    if isinstance(spec.get("description"), str):
        made["description"] = spec["description"]
    for key in spec:
        if key not in ("name", "kind", "type", "required", "description"):
            draft.lose(f"{path}.{key}", f"a thread has no `{key}` here", "leave it out, or --lossy")
    draft.variable(name, made)
