"""A rendered prompt → the arguments of chat completions, which is the shape that it has already."""

from typing import Any

from llmops_cli.runtime.errors import AdapterError
from llmops_cli.runtime.rendered import Rendered


def litellm(rendered: Rendered) -> dict[str, Any]:
    """Return the arguments of `litellm.completion`: the model under its litellm name."""
    return _arguments(rendered, rendered.model)


def chat(rendered: Rendered) -> dict[str, Any]:
    """Return the arguments of `chat.completions.create`: `openai/gpt-…` is `gpt-…` there."""
    return _arguments(rendered, rendered.model.removeprefix("openai/"))


def named(rendered: Rendered, client: str) -> str:
    """Return the model. Raises `AdapterError` for a fallback that names none."""
    if not rendered.model:
        hint = 'fallback={"model": …, "messages": […]} names one'
        raise AdapterError(f"prompt {rendered.attributes.get('id', '')}: no model for {client}", hint=hint)
    return rendered.model


def _arguments(rendered: Rendered, model: str) -> dict[str, Any]:
    named(rendered, "chat completions")
    said: dict[str, Any] = {"model": model, "messages": list(rendered.messages)}
    if rendered.tools:
        said["tools"] = list(rendered.tools)
    if rendered.response_format is not None:
        said["response_format"] = rendered.response_format
    return with_params(said, rendered.params, rendered)


def with_params(said: dict[str, Any], params: dict[str, Any], rendered: Rendered) -> dict[str, Any]:
    """Return the arguments with the params. Raises `AdapterError` for a param that says what something else does."""
    for name in params:
        if name in said:
            where = rendered.attributes.get("id", "")
            raise AdapterError(f"prompt {where}: params has {name}, and so has the prompt itself", hint="keep one")
    return {**said, **params}
