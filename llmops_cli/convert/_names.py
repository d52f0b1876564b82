"""Names on both sides: sampling parameters here (as litellm calls them) and there, variables, ids."""

import re
from collections.abc import Mapping
from typing import Any

from llmops_cli.convert._config import is_param, param_names

Json = Any

NO_MODEL = "default"
"""The model of a prompt that named none: a logical name, to be given in llmops.yaml under `models:`."""

DIGITS = re.compile(r"[0-9]{1,9}")
# The words that jinja2 does not read as a variable, or that mean something inside one of its blocks.
RESERVED = frozenset(["true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if", "else"])
RESERVED |= {"for", "range", "self", "super", "loop", "caller", "varargs", "kwargs"}

PROMPTY: Mapping[str, str] = {
    "temperature": "temperature",
    "maxOutputTokens": "max_completion_tokens",
    "topP": "top_p",
    "topK": "top_k",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
    "seed": "seed",
    "stopSequences": "stop",
    "allowMultipleToolCalls": "parallel_tool_calls",
}
SAME: Mapping[str, str] = {name: name for name in sorted(param_names())}
"""For tools that use litellm's own names."""
GITHUB: Mapping[str, str] = {
    "maxTokens": "max_tokens",
    "maxCompletionTokens": "max_completion_tokens",
    "temperature": "temperature",
    "topP": "top_p",
}
OPENAI: Mapping[str, str] = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_output_tokens": "max_completion_tokens",
    "top_logprobs": "top_logprobs",
    "service_tier": "service_tier",
    "tool_choice": "tool_choice",
    "parallel_tool_calls": "parallel_tool_calls",
}
SEMANTIC_KERNEL: Mapping[str, str] = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_completion_tokens",
    "stop_sequences": "stop",
    "stop": "stop",
    "seed": "seed",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "logit_bias": "logit_bias",
    "logprobs": "logprobs",
    "top_logprobs": "top_logprobs",
    "reasoning_effort": "reasoning_effort",
    "parallel_tool_calls": "parallel_tool_calls",
    "service_tier": "service_tier",
}


def params(said: Mapping[str, Json], names: Mapping[str, str]) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return the sampling parameters under our names, and the rest as it was: unknown, unfit, or said twice."""
    known: dict[str, Json] = {}
    rest: dict[str, Json] = {}
    for key, value in said.items():
        ours = names.get(key)
        if ours is None or ours in known or not is_param(ours, value):
            rest[key] = value
        else:
            known[ours] = value
    return known, rest


def identifier(name: str) -> str:
    """Return a variable name that Jinja reads, made of any name: `my-var` → `my_var`, `2nd` → `_2nd`."""
    made = re.sub(r"\W|[^\x00-\x7f]", "_", name) or "_"
    made = f"_{made}" if made[0].isdigit() else made
    return f"{made}_" if made in RESERVED else made


def number(version: Json) -> int:
    """Return a version's number; 0 for what is none."""
    return int(text) if DIGITS.fullmatch(text := str(version)) else 0


def slug(path: str) -> str:
    """Return an id made of a file's path or a name: each part keeps letters, digits, `.`, `_` and `-`.

    The file's own endings (`.prompty`, `.prompt.yml`, …) go; nothing that is left gives "prompt".
    """
    path = re.sub(r"(\.prompt)?\.(ya?ml|json)$|\.prompty?$", "", path.replace("\\", "/"))
    parts = [re.sub(r"[^A-Za-z0-9_.-]+", "-", part).strip("-._ ") for part in path.split("/")]
    return "/".join(part for part in parts if part) or "prompt"
