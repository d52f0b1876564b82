"""A LangChain manifest as data: a tree of constructors, told by the last part of their `id`. Nothing is constructed."""

from collections.abc import Mapping
from typing import Any

from llmops_cli.errors import UsageError
from llmops_cli.model.exchange import Json

Node = Mapping[str, Json]

PROMPTS = ("langchain", "prompts", "chat")


def kind(node: Json) -> str:
    """Return the class that a node names; "" for what is no constructor. Raises `UsageError` for one without data."""
    if not isinstance(node, Mapping) or node.get("lc") != 1:
        return ""
    if node.get("type") == "not_implemented":
        name = _last(node.get("id"))
        hint = "LangChain saved its class and not its content: rebuild the prompt there from messages"
        raise UsageError(f"the manifest holds no data of {name or 'a part'} (not_implemented)", hint=hint)
    return _last(node.get("id")) if node.get("type") == "constructor" else ""


def _last(identity: Json) -> str:
    known = isinstance(identity, list) and identity and all(isinstance(part, str) for part in identity)
    return str(identity[-1]) if known else ""


def arguments(node: Json) -> dict[str, Json]:
    """Return what the constructor would be given; nothing where that is no mapping."""
    said = node.get("kwargs") if isinstance(node, Mapping) else None
    return dict(said) if isinstance(said, Mapping) else {}


def is_secret(value: Json) -> bool:
    """Return whether a value only names where a secret lies."""
    return isinstance(value, Mapping) and value.get("lc") == 1 and value.get("type") == "secret"


def constructor(identity: tuple[str, ...], said: Mapping[str, Json], *, named: bool = True) -> dict[str, Any]:
    """Return a node as LangChain writes it; messages have no name."""
    head = {"lc": 1, "type": "constructor", "id": list(identity), "kwargs": dict(said)}
    return {**head, "name": identity[-1]} if named else head


def template(text: str, names: list[str], form: str = "f-string") -> dict[str, Any]:
    """Return a `PromptTemplate`."""
    said = {"input_variables": sorted(names), "template": text, "template_format": form}
    return constructor(("langchain", "prompts", "prompt", "PromptTemplate"), said)
