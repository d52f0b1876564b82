"""The noun of this room: what came of rendering a prompt."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a model is to be sent. Its lists and dicts are the caller's own, to change at will.

    `messages` are `{"role", "content"}`; `model` is the name that the release resolved; `params` are the sampling
    parameters; `tools` and `response_format` have the shape of OpenAI's chat completions. `attributes` say which
    prompt this was: id, version, digest, label, source. `endpoint` is the server's name in the project's llmops.yaml,
    which `model` then begins with ("" for a model that litellm knows by this name).
    """

    messages: list[dict[str, Any]]
    model: str
    params: dict[str, Any] = field(default_factory=dict)
    tools: list[dict[str, Any]] = field(default_factory=list)
    response_format: dict[str, Any] | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    endpoint: str = ""
