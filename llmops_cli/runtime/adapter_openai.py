"""A rendered prompt → the arguments of chat completions, which is the shape that it has already."""

from typing import Any

from llmops_cli.runtime.errors import AdapterError
from llmops_cli.runtime.rendered import Rendered


def litellm(rendered: Rendered, api_base: str = "") -> dict[str, Any]:
    """Return the arguments of `litellm.completion`: the model under its litellm name, and where it is asked.

    Raises `AdapterError` for a model of an endpoint without `api_base`: it would go to another host.
    """
    if not rendered.endpoint:
        said = _arguments(rendered, rendered.model)
        return {**said, "api_base": api_base} if api_base else said
    if not api_base:
        hint = f'as_litellm(api_base="https://…/v1"): the URL of {rendered.endpoint} in llmops.yaml'
        raise AdapterError(
            f"{rendered.model} is on the endpoint {rendered.endpoint}, which litellm does not know", hint=hint
        )
    return {**_arguments(rendered, f"openai/{asked(rendered)}"), "api_base": api_base}


def chat(rendered: Rendered) -> dict[str, Any]:
    """Return the arguments of `chat.completions.create`: `openai/gpt-…` is `gpt-…` there."""
    return _arguments(rendered, asked(rendered, "openai/"))


def asked(rendered: Rendered, provider: str = "") -> str:
    """Return the name that the server knows the model by: without the endpoint's name, else the provider's."""
    return rendered.model.removeprefix(f"{rendered.endpoint}/" if rendered.endpoint else provider)


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
