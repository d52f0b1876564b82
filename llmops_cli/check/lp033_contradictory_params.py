"""Sampling parameters that contradict each other, or the rest of the prompt.

Why:
    Two keys that do one job leave it to the provider which one holds; a key that needs another one does nothing, or
    every call fails. `temperature` and `top_p` both narrow the choice of words: with both set, nobody can say which one
    made a change, and some models refuse the pair.

Bad:
    params: {temperature: 0.2, top_p: 0.5, max_tokens: 100, max_completion_tokens: 500}

Good:
    params: {temperature: 0.2, max_tokens: 500}
"""

from collections.abc import Iterator, Mapping
from typing import Any

from llmops_cli.check.known import params
from llmops_cli.check.place import of_param, problem
from llmops_cli.check.tools import parts
from llmops_cli.model.problem import Problem, Severity, Subject

Said = Mapping[str, Any]
Finding = tuple[str, Severity, str, str]


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each contradiction, at the key that should go."""
    said = params(subject)
    names = [part.name for tool in subject.prompt.tools if (part := parts(tool)) is not None]
    for name, severity, message, hint in (*_pairs(said), *_thinking(said), *_tools(said, names, subject)):
        place = of_param(subject, name)
        yield problem("LP033", "contradictory-params", severity, place, message, hint=hint, width=len(name))


def _pairs(said: Said) -> Iterator[Finding]:
    if said.get("temperature", 1) != 1 and said.get("top_p", 1) != 1:
        yield "top_p", "warning", "temperature and top_p are both set", "change one and leave the other at 1"
    if "max_tokens" in said and "max_completion_tokens" in said:
        hint = "keep max_tokens: each provider is told under the name that it knows"
        yield "max_completion_tokens", "error", "max_tokens and max_completion_tokens are both set", hint
    if said.get("top_logprobs") and not said.get("logprobs"):
        yield "top_logprobs", "error", "top_logprobs needs `logprobs: true`", "add it, or remove top_logprobs"


def _thinking(said: Said) -> Iterator[Finding]:
    thinking = said.get("thinking")
    if not isinstance(thinking, Mapping) or thinking.get("type") == "disabled":
        return
    if "reasoning_effort" in said:
        yield "reasoning_effort", "warning", "thinking and reasoning_effort are both set", "keep one of them"
    budget = thinking.get("budget_tokens")
    most = said.get("max_tokens", said.get("max_completion_tokens"))
    if isinstance(budget, int) and isinstance(most, int) and budget >= most:
        message = f"thinking may take {budget} tokens, but the whole answer only {most}"
        yield "thinking", "error", message, "raise max_tokens above budget_tokens"
    if said.get("temperature", 1) != 1:
        yield "temperature", "error", "a model that thinks takes no temperature but 1", "remove temperature or thinking"


def _tools(said: Said, names: list[str], subject: Subject) -> Iterator[Finding]:
    choice = said.get("tool_choice")
    if not subject.prompt.tools:
        for name in ("tool_choice", "parallel_tool_calls"):
            if name in said:
                yield name, "error", f"{name} is set, but there are no tools", "add `tools:`, or remove it"
        return
    wanted = choice.get("function", choice).get("name") if isinstance(choice, Mapping) else None
    if isinstance(wanted, str) and wanted not in names:
        message = f"tool_choice names {wanted}, which is no tool of this prompt"
        yield "tool_choice", "error", message, f"tools: {', '.join(names) or 'none with a name'}"
