"""A sampling parameter that the model's API refuses.

Why:
    Every call fails, or the client drops the key without a word and the prompt runs with a setting that nobody chose.
    Models that reason take no `temperature`; Anthropic's know no penalties, OpenAI's no `top_k`.

Bad:
    model: o3
    params: {temperature: 0}

Good:
    model: o3
    params: {reasoning_effort: low}
"""

from collections.abc import Iterator, Mapping
from typing import Any

from llmops_cli.check.known import facts, family, params
from llmops_cli.check.place import of_param, problem
from llmops_cli.model.problem import Problem, Subject
from llmops_cli.model.prompt import ModelFacts

NEUTRAL: Mapping[str, Any] = {
    "temperature": 1,
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "repetition_penalty": 1,
    "logprobs": False,
    "top_logprobs": 0,
    "logit_bias": {},
    "min_p": 0,
}
"""Values that say what the provider does anyway, and that are let through."""

SAMPLING = ("temperature", "top_p", "top_k")
REASONING = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias")
FOREIGN = {
    "openai": ("top_k", "min_p", "repetition_penalty", "thinking", "safety_settings"),
    "anthropic": (
        "presence_penalty",
        "frequency_penalty",
        "repetition_penalty",
        "logit_bias",
        "logprobs",
        "top_logprobs",
        "min_p",
        "seed",
        "safety_settings",
    ),
    "google": ("logit_bias", "min_p", "repetition_penalty"),
}


def check(subject: Subject) -> Iterator[Problem]:
    """Yield an error for each parameter that the model is known to refuse."""
    known = facts(subject)
    if known is None:
        return
    said = params(subject)
    for name, why in _refused(known, said):
        value = said[name]
        place = of_param(subject, name)
        message = f"{known.name} refuses {name}: {why}"
        hint = "remove it" if value not in (None, "") else ""
        yield problem("LP034", "refused-param", "error", place, message, hint=hint, width=len(name))


def _refused(known: ModelFacts, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    whose = family(known)
    set_ = [name for name, value in said.items() if name not in NEUTRAL or value != NEUTRAL[name]]
    foreign = FOREIGN.get(whose, ())
    yield from ((name, "this family of models does not know it") for name in set_ if name in foreign)
    taken = set(foreign)
    if "S" in known.traits:
        yield from ((name, "it takes no sampling parameters") for name in set_ if name in SAMPLING)
        taken.update(SAMPLING)
    if whose == "openai" and _reasons(known, said):
        yield from ((name, "it reasons") for name in set_ if name in REASONING and name not in taken)
    if whose == "anthropic" and "temperature" not in taken and said.get("temperature", 0) > 1:
        yield "temperature", "the highest is 1"
    if whose in ("openai", "anthropic") and "r" not in known.traits and "reasoning_effort" in said:
        yield "reasoning_effort", "it does not reason"


def _reasons(known: ModelFacts, said: Mapping[str, Any]) -> bool:
    """Return whether the model surely reasons: one that can be told not to may do without by default."""
    if "r" not in known.traits:
        return False
    return "n" not in known.traits or said.get("reasoning_effort", "none") != "none"
