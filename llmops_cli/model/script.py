"""A prompt as code would write it: what `prompt codegen` has found out of its templates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llmops_cli.model.prompt import Placeholder, Prompt


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message of text and plain variables: `parts` is text, name, text, …, text. An odd place is a name."""

    role: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """A prompt whose every message is text and plain variables.

    `printed` maps a variable to the text of its default. `response_format` is that of chat completions.
    """

    prompt: Prompt
    messages: tuple[Spoken | Placeholder, ...]
    printed: Mapping[str, str] = field(default_factory=dict)
    response_format: Mapping[str, Any] | None = None
