"""A prompt that was loaded, and what comes of rendering it: plain lists and dicts for whatever client an app uses."""

from collections.abc import Mapping
from typing import Any

from llmops_cli.model.prompt import Prompt, Variable
from llmops_cli.runtime.rendered import Rendered
from llmops_cli.runtime.rendering import OwnRenderer

SPAN_KEYS = {
    "id": "gen_ai.prompt.name",
    "version": "llmops.prompt.version",
    "digest": "llmops.prompt.digest",
    "label": "llmops.prompt.label",
    "source": "llmops.prompt.source",
}


class RenderedPrompt(Rendered):
    """What a model is to be sent; each `as_…` returns the same in the terms of one client.

    They raise `AdapterError` for what that client has no place for.
    """

    __slots__ = ()

    def span_attributes(self) -> dict[str, str]:
        """Return the attributes under names for a trace: `gen_ai.prompt.name`, `llmops.prompt.version` and so on."""
        return {SPAN_KEYS[key]: value for key, value in self.attributes.items() if value}

    def as_litellm(self, *, api_base: str = "") -> dict[str, Any]:
        """Return the arguments of `litellm.completion(**…)`.

        A model on an endpoint of the project's llmops.yaml (`local/llama`) needs `api_base`, the URL of that server:
        it is asked for `openai/llama` there. Without it `AdapterError` is raised: a bundle names no hosts.
        """
        from llmops_cli.runtime.adapter_openai import litellm

        return litellm(self, api_base)

    def as_openai(self) -> dict[str, Any]:
        """Return the arguments of `client.chat.completions.create(**…)` of the OpenAI SDK.

        `local/llama`, on an endpoint of the project's llmops.yaml, is `llama` here: make the client with that server's
        `base_url`.
        """
        from llmops_cli.runtime.adapter_openai import chat

        return chat(self)

    def as_openai_responses(self) -> dict[str, Any]:
        """Return the arguments of `client.responses.create(**…)` of the OpenAI SDK."""
        from llmops_cli.runtime.adapter_responses import responses

        return responses(self)

    def as_anthropic(self, *, max_tokens: int | None = None) -> dict[str, Any]:
        """Return the arguments of `client.messages.create(**…)` of the Anthropic SDK.

        System messages at the beginning become `system`. The API demands `max_tokens`: it is taken from the prompt's
        params, else from here; without either `AdapterError` is raised.
        """
        from llmops_cli.runtime.adapter_anthropic import anthropic

        return anthropic(self, max_tokens)

    def as_langchain(self) -> list[Any]:
        """Return LangChain's messages, for `model.invoke(…)`. They are finished: no template reads them again."""
        from llmops_cli.runtime.adapter_frameworks import langchain

        return langchain(self)

    def as_llamaindex(self) -> list[Any]:
        """Return LlamaIndex' `ChatMessage`s, for `llm.chat(…)`."""
        from llmops_cli.runtime.adapter_frameworks import llamaindex

        return llamaindex(self)


class LoadedPrompt:
    """One released prompt, verified. It does not change: `prompts.get(…)` again gives what a label serves by then."""

    __slots__ = ("_prompt", "_renderer", "attributes", "endpoint")

    def __init__(self, prompt: Prompt, renderer: OwnRenderer, *, label: str, source: str, endpoint: str = "") -> None:
        """`attributes` for traces and logs: id, version, digest (`sha256:…`), label ("" without one), source."""
        self._prompt = prompt
        self._renderer = renderer
        self.endpoint = endpoint
        self.attributes: dict[str, str] = {
            "id": prompt.id,
            "version": prompt.version,
            "digest": f"sha256:{prompt.digest}",
            "label": label,
            "source": source,
        }

    def __repr__(self) -> str:
        """Return what it is, without its text."""
        said = " ".join(f"{key}={value}" for key, value in self.attributes.items() if value)
        return f"<LoadedPrompt {said}>"

    @property
    def id(self) -> str:
        """The prompt's id."""
        return self._prompt.id

    @property
    def version(self) -> str:
        """The release's version; "" for a working tree and for a fallback."""
        return self._prompt.version

    @property
    def digest(self) -> str:
        """`sha256:` and 64 hex digits."""
        return self.attributes["digest"]

    @property
    def label(self) -> str:
        """The label that it was asked for by, or ""."""
        return self.attributes["label"]

    @property
    def model(self) -> str:
        """The model that answers: a litellm model name, or ENDPOINT/MODEL where `endpoint` is not ""."""
        return self._prompt.resolved_model or self._prompt.model

    @property
    def params(self) -> Mapping[str, Any]:
        """The sampling parameters."""
        return dict(self._prompt.params)

    @property
    def variables(self) -> Mapping[str, Variable]:
        """The variables that `render` takes, by name."""
        return {variable.name: variable for variable in self._prompt.variables}

    def span_attributes(self) -> dict[str, str]:
        """Return the attributes under names for a trace, as `RenderedPrompt.span_attributes` does."""
        return {SPAN_KEYS[key]: value for key, value in self.attributes.items() if value}

    def render(self, /, **values: Any) -> RenderedPrompt:
        """Return what the model is to be sent, by the same code as `llmops prompt render`.

        Raises `RenderError` that names the prompt and the variable: one that is missing, unknown, null or of another
        type, and a list or mapping that would be printed as Python.
        """
        request = self._renderer.request(values)
        return RenderedPrompt(
            messages=[_own(message) for message in request.messages],
            model=request.model,
            params=_own(request.params),
            tools=[_own(tool) for tool in request.tools],
            response_format=_own(request.response_format) if request.response_format is not None else None,
            attributes=dict(self.attributes),
            endpoint=self.endpoint,
        )


def _own(value: Any) -> Any:
    """Return a deep copy as plain dicts and lists: a caller may change what it was given."""
    if isinstance(value, Mapping):
        return {key: _own(item) for key, item in value.items()}
    return [_own(item) for item in value] if isinstance(value, (list, tuple)) else value
