"""promptfoo's providers ↔ litellm's model names. A provider that is a program or a host is a loss."""

from collections.abc import Mapping

from llmops_cli.convert._config import said
from llmops_cli.convert._draft import Draft
from llmops_cli.convert._names import NO_MODEL
from llmops_cli.model.exchange import Json, Loss
from llmops_cli.model.prompt import Prompt

VENDORS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "openai": ("", ("chat", "completion", "responses")),
    "anthropic": ("", ("messages", "completion")),
    "azureopenai": ("azure/", ("chat", "completion")),
    "azure": ("azure/", ("chat", "completion", "responses")),
    "google": ("gemini/", ()),
    "vertex": ("vertex_ai/", ()),
    "mistral": ("mistral/", ()),
    "groq": ("groq/", ()),
    "cohere": ("cohere_chat/", ()),
    "deepseek": ("deepseek/", ()),
    "xai": ("xai/", ()),
    "openrouter": ("openrouter/", ()),
    "bedrock": ("bedrock/", ()),
    "ollama": ("ollama_chat/", ("chat", "completion")),
    "litellm": ("", ("chat",)),
}
"""promptfoo's vendor → what litellm puts before the model, and the words that may stand between."""
SECRETS = (
    "apiKey",
    "apiKeyEnvar",
    "apiHost",
    "apiBaseUrl",
    "headers",
    "organization",
    "project",
    "projectId",
    "region",
)
CAMEL = {"maxTokens": "max_tokens", "topP": "top_p", "max_output_tokens": "max_tokens"}


def read_providers(value: Json, draft: Draft) -> None:
    """Take the first provider that names a model; keep the others by name."""
    items = value if isinstance(value, list) else [value] if value else []
    models: list[str] = []
    others: list[Json] = []
    for place, item in enumerate(items):
        name, config = _named(item)
        model = litellm_name(name)
        if not model:
            hint = "a program or a host is named in llmops.yaml, under `exec:` or `endpoints:`"
            draft.lose(f"providers[{place}]", f"{name or 'this'} names no model", hint)
            continue
        models.append(model)
        if len(models) == 1:
            draft.extra["provider"] = name
            _config(config, place, draft)
            rest = {key: value for key, value in _about(item).items() if key not in ("id", "config")}
            draft.keep({"provider_options": rest} if rest else {})
        else:
            _places(config, place, draft)
            others.append(_without_places(name, item, config))
    draft.model = models[0] if models else ""
    if others:
        draft.extra["providers"] = others
        draft.note(f"other providers are kept by name: {', '.join(models[1:])}; `llmops eval run --model` runs them")


def _named(item: Json) -> tuple[str, Mapping[str, Json]]:
    if isinstance(item, str):
        return item, {}
    if isinstance(item, Mapping) and isinstance(item.get("id"), str):
        config = item.get("config")
        return item["id"], config if isinstance(config, Mapping) else {}
    if isinstance(item, Mapping) and len(item) == 1:
        name, inner = next(iter(item.items()))
        config = inner.get("config", {}) if isinstance(inner, Mapping) else {}
        return str(name), config if isinstance(config, Mapping) else {}
    return "", {}


def _about(item: Json) -> Mapping[str, Json]:
    """Return what a provider says of itself; in `{name: {…}}` what stands below its name."""
    if not isinstance(item, Mapping):
        return {}
    inner = item if "id" in item else next(iter(item.values()))
    return inner if isinstance(inner, Mapping) else {}


def _without_places(name: str, item: Json, config: Mapping[str, Json]) -> Json:
    """Return a provider as it is said there, without hosts and keys."""
    said = {**_about(item), "config": {key: value for key, value in config.items() if key not in SECRETS}}
    return {"id": name, **{key: value for key, value in said.items() if value}} if said != {"config": {}} else name


def _places(config: Mapping[str, Json], place: int, draft: Draft) -> None:
    for key in config:
        if key in SECRETS:
            hint = "name the host and its key in llmops.yaml, under `endpoints:`"
            draft.lose(f"providers[{place}].config.{key}", "no prompt file names a host, a header or a key", hint)


def litellm_name(provider: str) -> str:
    """Return litellm's name of a provider's model; "" for what names none."""
    vendor, _, rest = provider.partition(":")
    if vendor not in VENDORS or not rest:
        return ""
    prefix, words = VENDORS[vendor]
    word, colon, name = rest.partition(":")
    model = name if colon and word in words else rest
    return f"{prefix}{model}" if model and not model.startswith("/") else ""


def _config(config: Mapping[str, Json], place: int, draft: Draft) -> None:
    _places(config, place, draft)
    plain = {CAMEL.get(key, key): value for key, value in config.items() if key not in SECRETS}
    found = said(plain, f"providers[{place}].config")
    draft.params = found.document.get("params", {})
    draft.tools = found.document.get("tools", [])
    draft.output = found.document.get("output", {})
    if found.rest:
        draft.extra["provider_config"] = found.rest
    for note in found.notes:
        draft.note(note)


def provider_of(prompt: Prompt, kept: Mapping[str, Json], losses: list[Loss]) -> str:
    """Return promptfoo's name of the prompt's model; "" for none."""
    before = kept.get("provider")
    if isinstance(before, str) and litellm_name(before) == prompt.model:
        return before
    if prompt.model == NO_MODEL:
        return ""
    name = prompt.model
    if name.startswith(("claude", "anthropic/")):
        return f"anthropic:messages:{name.removeprefix('anthropic/')}"
    if "/" not in name or name.startswith("openai/"):
        return f"openai:chat:{name.removeprefix('openai/')}"
    vendor, _, model = name.partition("/")
    known = {prefix: key for key, (prefix, _) in VENDORS.items() if prefix}
    if f"{vendor}/" in known:
        return f"{known[f'{vendor}/']}:{model}"
    losses.append(Loss("model", f"promptfoo has no provider for {name}", "it is named as litellm's: see its documents"))
    return f"litellm:{name}"
