"""The parts of a tool, in the shapes that providers have."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Parts(NamedTuple):
    """What a function tool says: name and description as they are (any JSON), its parameters' schema, or None."""

    name: Any
    description: Any
    parameters: Any


def parts(tool: Mapping[str, Any]) -> Parts | None:
    """Return the parts of a function tool; None for a tool that the provider brings (`{type: web_search}`)."""
    inner = tool.get("function")
    if isinstance(inner, Mapping):
        return Parts(inner.get("name"), inner.get("description"), inner.get("parameters"))
    if tool.get("type", "function") not in ("function", "custom"):
        return None
    schema = tool.get("parameters", tool.get("input_schema"))
    return Parts(tool.get("name"), tool.get("description"), schema)
