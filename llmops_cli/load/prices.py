"""What is known of models: prices, sizes, last days. A snapshot in the package, so that every machine lints alike."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from llmops_cli.model.prompt import ModelFacts

FILE = Path(__file__).parent.parent / "prices.json"


@cache
def known_models() -> Mapping[str, ModelFacts]:
    """Return the facts of each model of the snapshot, by name."""
    snapshot = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: ModelFacts(name, *row) for name, row in snapshot["models"].items()}


def source() -> str:
    """Return where the snapshot comes from, e.g. `litellm 1.106.2`."""
    return str(json.loads(FILE.read_text(encoding="utf-8"))["source"])


def taken() -> str:
    """Return the day on which the snapshot was taken, YYYY-MM-DD."""
    return str(json.loads(FILE.read_text(encoding="utf-8"))["date"])
