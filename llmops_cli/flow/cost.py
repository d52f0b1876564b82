"""Prices and token estimates. What is estimated is labelled so wherever it is shown."""

from llmops_cli.load.prices import known_models
from llmops_cli.model.completion import Request
from llmops_cli.model.prompt import ModelFacts

CHARACTERS_A_TOKEN = 4
DEFAULT_ANSWER_TOKENS = 256
FREE = ("echo", "command")


def price_of(model: str) -> ModelFacts | None:
    """Return what the price snapshot knows of a model, with or without its provider's prefix; None if nothing."""
    if model.partition("/")[0] in FREE:
        return ModelFacts(model, 0.0, 0.0, 0.0)
    known = known_models()
    return known.get(model) or known.get(model.partition("/")[2])


def tokens(text: str) -> int:
    """Return an estimate of the tokens in a text: a quarter of its characters, at least one if there are any."""
    return -(-len(text) // CHARACTERS_A_TOKEN)


def request_tokens(request: Request) -> tuple[int, int]:
    """Return estimates of the tokens a request takes in and of those it may give back (its `max_tokens`, if any)."""
    text = sum(len(str(message.get("content") or "")) for message in request.messages)
    limit = request.params.get("max_tokens") or request.params.get("max_completion_tokens")
    answer = limit if isinstance(limit, int) and not isinstance(limit, bool) else DEFAULT_ANSWER_TOKENS
    return -(-text // CHARACTERS_A_TOKEN) + 4 * len(request.messages), answer


def worst_cost(request: Request, facts: ModelFacts | None) -> float | None:
    """Return the most that a request should cost in USD; None where no price is known."""
    if facts is None or facts.input_usd is None or facts.output_usd is None:
        return None
    taken, given = request_tokens(request)
    return (taken * facts.input_usd + given * facts.output_usd) / 1_000_000
