"""What the price snapshot knows of a prompt's model, behind the names of llmops.yaml and the prefixes of providers."""

from llmops_cli.model.problem import Subject
from llmops_cli.model.prompt import ModelFacts

OWN = frozenset({"echo", "command", "replay"})
FREE = frozenset({"azure", "azure_ai", "custom_openai", "hosted_vllm", "huggingface", "litellm_proxy", "llamafile"})
FREE |= frozenset({"lm_studio", "ollama", "ollama_chat", "openai_like", "sagemaker", "triton", "vllm", "xinference"})


def facts(subject: Subject) -> ModelFacts | None:
    """Return the facts of the prompt's model, with or without its provider's prefix."""
    name = subject.models.get(subject.prompt.model, subject.prompt.model)
    return subject.known_models.get(name) or subject.known_models.get(name.partition("/")[2])


def is_known(subject: Subject) -> bool:
    """Return whether the model is one of llmops.yaml, of the snapshot, or of a provider where anyone may name it."""
    name = subject.prompt.model
    if name in subject.models or name in OWN or facts(subject) is not None:
        return True
    prefix, slash, _ = name.partition("/")
    return bool(slash) and (prefix in OWN or prefix in FREE or prefix in subject.endpoints)
