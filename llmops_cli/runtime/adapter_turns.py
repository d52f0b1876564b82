"""What adapters ask of a message: its text, its tool calls. Raises `AdapterError` for what they cannot carry over."""

import json
from collections.abc import Mapping
from typing import Any

from llmops_cli.runtime.errors import AdapterError

SYSTEM = ("system", "developer")


def text_of(message: Mapping[str, Any], client: str) -> str:
    """Return the text of a message whose content is text, or a list of text parts."""
    content = message.get("content")
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in text_parts(content, client))


def text_parts(content: Any, client: str) -> list[dict[str, str]]:
    """Return a list of `{"type": "text", "text"}`."""
    parts = content if isinstance(content, list) else []
    if not parts or any(not isinstance(part, dict) or set(part) != {"type", "text"} for part in parts):
        hint = "give messages whose content is text"
        raise AdapterError(f"a message has content that this adapter does not translate for {client}", hint=hint)
    return [{"type": "text", "text": str(part["text"])} for part in parts]


def calls_of(message: Mapping[str, Any], client: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return id, function and arguments of each tool call of an assistant's message."""
    found = []
    for call in message.get("tool_calls") or ():
        try:
            arguments = json.loads(call["function"]["arguments"] or "{}")
            found.append((str(call["id"]), str(call["function"]["name"]), arguments))
        except (KeyError, TypeError, ValueError) as error:
            hint = 'a tool call is {"id", "type": "function", "function": {"name", "arguments": "<JSON>"}}'
            raise AdapterError(f"a tool call that {client} cannot be given", hint=hint) from error
        if not isinstance(arguments, dict):
            raise AdapterError(f"a tool call whose arguments are no object cannot be given to {client}")
    return found


def refuse_rest(rest: Mapping[str, Any], what: str, client: str) -> None:
    """Raise `AdapterError` for what is left of a mapping once everything known was taken from it."""
    if rest:
        names = ", ".join(sorted(rest))
        hint = "leave it out of the prompt, or call the client with `messages` and `params` yourself"
        raise AdapterError(f"{client} has no place for {what} {names}", hint=hint)
