"""What an answer cost, and what a request may cost at most."""

import json
from collections.abc import Callable
from dataclasses import replace

from llmops_cli.model.completion import Answer, Completion, Request, Usage
from llmops_cli.model.ports import Complete
from llmops_cli.model.prompt import ModelFacts

MILLION = 1_000_000
CHARACTERS_A_TOKEN = 3  # fewer than any tokenizer makes of prose, so that the estimate is high
UNLIMITED_OUTPUT = 2048  # where neither the prompt nor the model says how long an answer may be
LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


def priced(complete: Complete, facts: ModelFacts | None) -> Complete:
    """Return `complete` with `cost_usd` filled in from the tokens used; None where tokens or prices are not known."""

    def with_price(request: Request) -> Answer:
        answer = complete(request)
        if not isinstance(answer, Completion) or answer.cost_usd is not None:
            return answer
        return replace(answer, cost_usd=cost_usd(answer.usage, facts))

    return with_price


def cost_usd(usage: Usage, facts: ModelFacts | None) -> float | None:
    """Return the cost of these tokens in USD, None where a token count or a price that it needs is not known."""
    if facts is None or usage.input_tokens is None or usage.output_tokens is None:
        return None
    if facts.input_usd is None or facts.output_usd is None:
        return None
    cached = min(usage.cached_tokens or 0, usage.input_tokens)
    cached_usd = facts.input_usd if facts.cached_usd is None else facts.cached_usd
    fresh = usage.input_tokens - cached
    return (fresh * facts.input_usd + cached * cached_usd + usage.output_tokens * facts.output_usd) / MILLION


def worst_usd(facts: ModelFacts | None) -> Callable[[Request], float | None]:
    """Return what a request may cost at most: its text as tokens, and as long an answer as it allows."""

    def worst(request: Request) -> float | None:
        read, written = expected_tokens(request, facts)
        return cost_usd(Usage(read, written), facts)

    return worst


def expected_tokens(request: Request, facts: ModelFacts | None = None) -> tuple[int, int]:
    """Return how many tokens a request may read and write, estimated high."""
    sent = json.dumps([request.messages, request.tools, request.response_format], default=dict, ensure_ascii=False)
    limits = [request.params[name] for name in LIMITS if isinstance(request.params.get(name), int)]
    by_model = facts.output_tokens if facts and facts.output_tokens else UNLIMITED_OUTPUT
    written = max(limits) if limits else min(by_model, UNLIMITED_OUTPUT)
    return -(-len(sent.encode("utf-8", "replace")) // CHARACTERS_A_TOKEN), max(0, written)
