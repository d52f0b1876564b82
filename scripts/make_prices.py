"""Write llmops_cli/prices.json from the price map of the installed litellm, without importing litellm.

A row: input, output and cached input in USD per million tokens, context, longest output, last day (null: not known);
then, where one of them is known, the shortest prefix that is cached, and traits (`model.prompt.ModelFacts`).
"""

import importlib.util
import json
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "llmops_cli" / "prices.json"
TRAITS = {
    ("supports_reasoning", True): "r",
    ("supports_none_reasoning_effort", True): "n",
    ("supports_prompt_caching", True): "c",
    ("supports_response_schema", True): "s",
    ("supports_function_calling", True): "t",
    ("supports_assistant_prefill", True): "p",
    ("supports_assistant_prefill", False): "P",
    ("supports_sampling_params", False): "S",
}
MODES = frozenset({"chat", "completion", "responses", "embedding"})


def main() -> None:
    """Write the snapshot and say how many models it has."""
    spec = importlib.util.find_spec("litellm")
    if spec is None or spec.origin is None:
        sys.exit("litellm is not installed: pip install --no-deps 'litellm>=1.106,<2'")
    path = Path(spec.origin).parent / "model_prices_and_context_window_backup.json"
    rows = prune(json.loads(path.read_text(encoding="utf-8")))
    lines = (f"{json.dumps(name)}:{json.dumps(row, separators=(',', ':'))}" for name, row in sorted(rows.items()))
    body = ",\n".join(lines)
    day = datetime.now(UTC).date().isoformat()
    head = f'{{"source":"litellm {version("litellm")}","date":"{day}","models":{{'
    TARGET.write_text(f"{head}\n{body}\n}}}}\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(rows)} models of litellm {version('litellm')}")  # noqa: T201 - a script


def prune(prices: dict[str, dict[str, Any]]) -> dict[str, list[Any]]:
    """Return a row for each model that answers with text or vectors."""
    return {name: row(facts) for name, facts in prices.items() if facts.get("mode") in MODES}


def row(facts: dict[str, Any]) -> list[Any]:
    """Return the row of one model."""
    costs = ("input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost")
    context = facts.get("max_input_tokens") or facts.get("max_tokens")
    cache = count(facts.get("prompt_cache_min_tokens"))
    traits = "".join(letter for (name, said), letter in TRAITS.items() if facts.get(name) is said)
    return [
        *(per_million(facts.get(cost)) for cost in costs),
        count(context),
        count(facts.get("max_output_tokens")),
        str(facts.get("deprecation_date") or ""),
        *([cache, traits] if cache or traits else []),
    ]


def per_million(cost: Any) -> float | None:
    """Return USD per million tokens, without the noise of floats."""
    return round(float(cost) * 1_000_000, 6) if isinstance(cost, (int, float)) else None


def count(tokens: Any) -> int | None:
    """Return a number of tokens, where one is given."""
    return int(tokens) if isinstance(tokens, (int, float)) and tokens > 0 else None


if __name__ == "__main__":
    main()
