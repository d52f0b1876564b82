"""Scorer specs: what an eval set or a case says of a scorer → ScorerSpec."""

from collections.abc import Iterable, Mapping
from typing import Any

from llmops_cli.model.evalset import SCORER_KEYS, ScorerSpec
from llmops_cli.model.source import Source


def spec(said: str | Mapping[str, Any], name: str, source: Source) -> ScorerSpec:
    """Return the spec; a bare name is shorthand for `{type: name}`. What is not ours is an option of the scorer."""
    if isinstance(said, str):
        return ScorerSpec(said, name, source=source)
    return ScorerSpec(
        type=said["type"],
        name=name,
        options={key: value for key, value in said.items() if key not in SCORER_KEYS and not key.startswith("x-")},
        negate=said.get("not", False),
        pass_at=said.get("pass_at"),
        gate=said.get("gate", True),
        primary=said.get("primary", False),
        minimum=said.get("min"),
        source=source,
    )


def type_of(said: str | Mapping[str, Any]) -> str:
    """Return the type that a spec names."""
    return said if isinstance(said, str) else str(said["type"])


def name_of(said: str | Mapping[str, Any]) -> str:
    """Return the name that a spec gives, else its type."""
    return said if isinstance(said, str) else str(said.get("name", said["type"]))


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return the name, numbered where it is taken: two `contains` checks of a case are `contains` and `contains#2`."""
    used = set(taken)
    number, free = 1, name
    while free in used:
        number += 1
        free = f"{name}#{number}"
    return free
