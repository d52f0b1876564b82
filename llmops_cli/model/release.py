"""A release: a version as a name for a digest, content frozen. A label: which version an environment serves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from llmops_cli.model.prompt import Prompt
from llmops_cli.model.source import NOWHERE, Source

Json = Any
Bump = Literal["major", "minor", "patch", "first"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an eval set said of exactly this digest when it was released.

    `verdict` is a gate verdict ("PASS", "NEW", …), `against` the version it was compared with ("" for none),
    `scores` the mean of each scorer in 0..1, `cost_usd` the mean cost of a call (None: not known).
    """

    evalset: str
    verdict: str
    cases: int = 0
    scores: Mapping[str, float] = field(default_factory=dict)
    against: str = ""
    runs: tuple[str, ...] = ()
    baseline: str = ""
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """One released version. `prompt` is the frozen content, thawed, its digests computed from that content.

    `digest` and `interface_digest` (64 hex digits) are what the file claims; a release verifies when they equal the
    computed ones and `seal` (sha256 over the file's other keys) holds. `date` is YYYY-MM-DD.
    """

    id: str
    version: str
    digest: str
    interface_digest: str
    prompt: Prompt
    commit: str = ""
    date: str = ""
    author: str = ""
    bump: Bump = "first"
    reasons: tuple[str, ...] = ()
    message: str = ""
    evidence: tuple[Evidence, ...] = ()
    seal: str = ""
    source: Source = NOWHERE


Split = Mapping[str, int]
"""Version → weight, e.g. {3.2.0: 90, 3.3.0: 10}; weights are positive whole numbers, a share is weight / sum."""


@dataclass(frozen=True, slots=True)
class Label:
    """One environment's label file: prompt id → the version it serves, or a split of versions."""

    name: str
    serves: Mapping[str, str | Split] = field(default_factory=dict)
    places: Mapping[str, Source] = field(default_factory=dict)
    source: Source = NOWHERE
