"""LangChain's chat models ↔ litellm's names and our params. Hosts and keys stay out: llmops.yaml alone names them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from llmops_cli.convert._config import is_param, output_of
from llmops_cli.convert._draft import Draft
from llmops_cli.convert._langsmith_tree import Node, arguments, constructor, is_secret, kind
from llmops_cli.model.exchange import Json, Loss
from llmops_cli.model.prompt import Prompt
from llmops_cli.render.messages import response_format

CLASSES: Mapping[str, str] = {
    "ChatOpenAI": "",
    "ChatAnthropic": "",
    "AzureChatOpenAI": "azure/",
    "ChatGoogleGenerativeAI": "gemini/",
    "ChatVertexAI": "vertex_ai/",
    "ChatMistralAI": "mistral/",
    "ChatGroq": "groq/",
    "ChatFireworks": "fireworks_ai/",
    "ChatTogether": "together_ai/",
    "ChatBedrock": "bedrock/",
    "ChatBedrockConverse": "bedrock/",
    "ChatOllama": "ollama_chat/",
    "ChatCohere": "cohere_chat/",
    "ChatXAI": "xai/",
    "ChatDeepSeek": "deepseek/",
}
"""The class → what litellm puts before its model names."""
OPENAI = ("langchain", "chat_models", "openai", "ChatOpenAI")
ANTHROPIC = ("langchain", "chat_models", "anthropic", "ChatAnthropic")
NAMES = ("model_name", "model", "deployment_name", "azure_deployment", "model_id")
RENAMED = {"stop_sequences": "stop", "max_tokens_to_sample": "max_tokens", "max_output_tokens": "max_tokens"}
PLACES = ("base", "url", "endpoint", "host", "header", "proxy", "organization", "api_key", "token", "secret")
NOT_PLACES = ("max_tokens", "max_output_tokens", "max_completion_tokens", "max_tokens_to_sample")


class Bound(NamedTuple):
    """A model node, and what was bound to it (tools, response_format), outermost last."""

    node: Node
    bound: dict[str, Json]
    around: dict[str, Json]


def unbound(node: Node) -> Bound:
    """Return the model inside its bindings."""
    said: dict[str, Json] = {}
    around: dict[str, Json] = {}
    while kind(node) == "RunnableBinding" and isinstance(arguments(node).get("bound"), Mapping):
        inner = arguments(node)
        said = {**(inner["kwargs"] if isinstance(inner.get("kwargs"), Mapping) else {}), **said}
        around |= {key: value for key, value in inner.items() if key not in ("bound", "kwargs") and value}
        node = inner["bound"]
    return Bound(node, said, around)


def read_model(node: Node, draft: Draft) -> None:
    """Put a model, its params and what is bound to it into the draft; what has no place is kept or reported."""
    found = unbound(node)
    name = kind(found.node)
    said = arguments(found.node)
    key = next((one for one in NAMES if isinstance(said.get(one), str) and said[one]), "")
    if name not in CLASSES:
        hint = "the model's name is taken as it is; see `model:` in the file that was written"
        draft.lose("last", f"the model class {name or 'of this node'} is not known here", hint)
    draft.model = f"{CLASSES.get(name, '')}{said[key]}" if key else ""
    rest: dict[str, Json] = {}
    nested = said.pop("model_kwargs", None)
    flat = {**said, **(nested if isinstance(nested, Mapping) else {})}
    for option, value in flat.items():
        if option != key:
            _option(option, value, draft, rest)
    kept: dict[str, Json] = {"id": found.node.get("id")}
    kept |= {"kwargs": rest} if rest else {}
    if rest:
        draft.note(f"kept under x-langsmith.model, and not sent to the model: {', '.join(rest)}")
    bound = _bound(found.bound, draft)
    for option in found.around:
        draft.lose(f"last.{option}", "is about runs of the chain, and has no place in a prompt file", "say it there")
    draft.extra["model"] = {**kept, **({"bound": bound} if bound else {})}


def _option(option: str, value: Json, draft: Draft, rest: dict[str, Json]) -> None:
    ours = RENAMED.get(option, option)
    if is_secret(value):
        draft.note(f"the secret {option} is dropped: keys are named in llmops.yaml, under `endpoints:`")
    elif any(word in option.casefold() for word in PLACES) and option not in NOT_PLACES:
        if value not in (None, "", {}, []):
            hint = "name the host and its key in llmops.yaml, under `endpoints:`"
            draft.lose(f"last.{option}", "no prompt file names a host, a header or a key", hint)
    elif is_param(ours, value) and ours not in draft.params:
        draft.params[ours] = value
    else:
        rest[option] = value


def _bound(said: Mapping[str, Json], draft: Draft) -> dict[str, Json]:
    """Take what is bound to the model; return what is kept."""
    kept: dict[str, Json] = {}
    for option, value in said.items():
        if option == "tools" and isinstance(value, list) and all(isinstance(tool, dict) for tool in value):
            draft.tools = list(value)
        elif option == "response_format" and (output := output_of(value)):
            draft.output = draft.output or output
        elif is_param(option, value) and option not in draft.params:
            draft.params[option] = value
        elif option == "ls_structured_output_format":
            draft.note("ls_structured_output_format is dropped: `output:` says the same")
        else:
            draft.lose(f"last.kwargs.{option}", "has no place in a prompt file", "kept under x-langsmith.model.bound")
            kept[option] = value
    return kept


def write_model(prompt: Prompt, kept: Mapping[str, Json], losses: list[Loss]) -> dict[str, Any] | None:
    """Return the model node with what is bound to it; None where LangChain has no class that we know for it."""
    identity, name = _identity(prompt.model, kept)
    if not identity:
        hint = "LangSmith gets the prompt without a model: choose one there"
        losses.append(Loss("model", f"no LangChain class is known for {prompt.model}", hint))
        return None
    rest = kept.get("kwargs")
    params = dict(prompt.params)
    bound: dict[str, Json] = {
        option: params.pop(option) for option in ("tool_choice", "parallel_tool_calls") if option in params
    }
    key = "model" if identity[-1] == "ChatAnthropic" else "model_name"
    said = {key: name, **params, **(rest if isinstance(rest, Mapping) else {})}
    node = constructor(identity, said)
    if prompt.tools:
        bound["tools"] = [dict(tool) for tool in prompt.tools]
    form = response_format(prompt)
    if form is not None and form["type"] == "json_object":
        bound["response_format"] = dict(form)
    if not bound:
        return node
    binding = {"bound": node, "kwargs": bound, "config": {}}
    return constructor(("langchain", "schema", "runnable", "RunnableBinding"), binding)


def _identity(model: str, kept: Mapping[str, Json]) -> tuple[tuple[str, ...], str]:
    """Return the class and the name that it takes: the class that an import kept, else OpenAI's or Anthropic's."""
    identity = kept.get("id")
    if isinstance(identity, list) and all(isinstance(part, str) for part in identity) and identity:
        before = CLASSES.get(identity[-1], "")
        fits = model.startswith(before) if before else "/" not in model and _family(model) in ("", identity[-1])
        if fits:
            return tuple(identity), model.removeprefix(before)
    family = _family(model)
    if family == "ChatAnthropic":
        return ANTHROPIC, model.removeprefix("anthropic/")
    return (OPENAI, model.removeprefix("openai/")) if family else ((), "")


def _family(model: str) -> str:
    if model.startswith(("claude", "anthropic/")):
        return "ChatAnthropic"
    openai = model.startswith(("openai/", "gpt-", "chatgpt-", "o1", "o3", "o4"))
    return "ChatOpenAI" if openai else ""
