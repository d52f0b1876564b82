"""A release: a version as a name for a digest, content frozen. A label: which version an environment serves."""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from llmops_cli.model.prompt import Prompt
from llmops_cli.model.source import NOWHERE, Source

Json = Any
Bump = Literal["major", "minor", "patch", "first"]
BUMPS: tuple[Bump, ...] = ("major", "minor", "patch")
VERSION = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an eval set said of exactly this digest when it was released.

    `verdict` is a gate verdict ("PASS", "NEW", …), `against` the version it was compared with ("" for none),
    `scores` the mean of each scorer in 0..1, `cost_usd` the mean cost of a call (None: not known), `baseline` the
    digest that it was compared with.
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
    """One released version. `prompt` is the frozen content, thawed; its digests are empty until it is verified.

    `digest` and `interface_digest` (64 hex digits) are what the file claims, `seal` too; `sealed` is the seal that
    the file's other keys have. `render.verify.verified` compares them with the content. `date` is YYYY-MM-DD.
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
    sealed: str = ""
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

    def versions(self, name: str) -> tuple[str, ...]:
        """Return the versions that a prompt is served in, oldest first; none where the label does not serve it."""
        said = self.serves.get(name, {})
        return (said,) if isinstance(said, str) else tuple(sorted(said, key=precedence))


def is_version(text: str) -> bool:
    """Return whether the text is a whole version, x.y.z or x.y.z-pre."""
    return VERSION.fullmatch(text) is not None


def precedence(version: str) -> tuple[Any, ...]:
    """Return the key that sorts versions as semver does: a pre-release before its release, numbers as numbers."""
    found = VERSION.fullmatch(version)
    if found is None:
        return ((-1, -1, -1), 0, (), version)
    pre = found[4]
    parts = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in (pre or "").split(".") if part)
    return ((int(found[1]), int(found[2]), int(found[3])), 0 if pre else 1, parts, version)


def bumped(version: str, bump: str) -> str:
    """Return the next version after this one. `bump` is major, minor or patch; a pre-release counts as its release."""
    found = VERSION.fullmatch(version)
    if found is None:
        raise ValueError(f"{version!r} is no version")
    major, minor, patch = (int(found[place]) for place in (1, 2, 3))
    if bump == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if bump == "minor" else f"{major}.{minor}.{patch + 1}"


def choose(split: Split, name: str, label: str, key: str) -> str:
    r"""Return the version of a split that a caller's key gets: always the same one, on every machine.

    Each version draws u = (first 53 bits of sha256("<id>\0<label>\0<key>\0<version>") + 1/2) / 2**53, and the lowest
    -ln(u) / weight wins (weighted rendezvous). So a version is chosen with probability weight / sum, and giving one
    more weight, or adding one, only moves keys to it: no caller changes between two others.
    """

    def draw(version: str) -> tuple[float, str]:
        drawn = f"{name}\0{label}\0{key}\0{version}"
        seal = hashlib.sha256(drawn.encode("utf-8", "surrogatepass")).digest()
        share = ((int.from_bytes(seal[:8]) >> 11) + 0.5) / 2**53
        return -math.log(share) / split[version], version

    return min(split, key=draw)
