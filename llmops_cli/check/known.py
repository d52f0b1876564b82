"""What the price snapshot knows of a prompt's model, behind the names of llmops.yaml and the prefixes of providers."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from llmops_cli.model.problem import Subject
from llmops_cli.model.prompt import ModelFacts

OWN = frozenset({"echo", "command", "replay"})
FREE = frozenset({"azure", "azure_ai", "custom_openai", "hosted_vllm", "huggingface", "litellm_proxy", "llamafile"})
FREE |= frozenset({"lm_studio", "ollama", "ollama_chat", "openai_like", "sagemaker", "triton", "vllm", "xinference"})
OPENAI = re.compile(r"gpt-\d|chatgpt-|o[134](?:-|$)")  # not gpt-oss, which anyone may serve


def facts(subject: Subject) -> ModelFacts | None:
    """Return the facts of the prompt's model, with or without its provider's prefix."""
    name = subject.models.get(subject.prompt.model, subject.prompt.model)
    if name.partition("/")[0] in OWN and "/" in name:
        return None
    return subject.known_models.get(name) or subject.known_models.get(name.partition("/")[2])


def family(known: ModelFacts | None) -> Literal["openai", "anthropic", "google", ""]:
    """Return whose rules a model follows, whoever serves it; "" where we know of none."""
    name = known.name.rpartition("/")[2] if known else ""
    if OPENAI.match(name):
        return "openai"
    if "claude" in name:
        return "anthropic"
    return "google" if "gemini" in name else ""


def params(subject: Subject) -> Mapping[str, Any]:
    """Return the sampling parameters that say something: null is nothing."""
    return {name: value for name, value in subject.prompt.params.items() if value is not None}


def tokens(text: str) -> int:
    """Return about how many tokens a text has: one for four characters, or for one of China, Japan and Korea."""
    wide = 0 if text.isascii() else sum(sign > "\u2e7f" for sign in text)
    return wide + (len(text) - wide) // 4


def is_known(subject: Subject) -> bool:
    """Return whether the model is one of llmops.yaml, of the snapshot, or of a provider where anyone may name it."""
    name = subject.prompt.model
    if name in subject.models or name in OWN or facts(subject) is not None:
        return True
    prefix, slash, _ = name.partition("/")
    return bool(slash) and (prefix in OWN or prefix in FREE or prefix in subject.endpoints)
