"""Every knob, once, with its default and unit: what llmops.yaml may say, and what the environment says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = Any


@dataclass(frozen=True, slots=True)
class ModelRoute:
    """A logical model name of llmops.yaml: the model behind it and how it may be called."""

    model: str
    fallbacks: tuple[str, ...] = ()
    rpm: int | None = None
    tpm: int | None = None
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host that may be called, and the name of the environment variable that holds its key ("" = none)."""

    name: str
    url: str
    key_env: str = ""


@dataclass(frozen=True, slots=True)
class Remote:
    """Another registry that prompts may be pushed to: its name here, which kind it is, where it is.

    `keys` maps what it asks for ("key", "public_key", "secret_key", "token", "user", "password") to the name of the
    environment variable that holds it. `workspace` is LangSmith's, "" for the key's own.
    """

    name: str
    kind: str
    url: str
    keys: Mapping[str, str] = field(default_factory=dict)
    workspace: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """Caps of one command; None = no cap. Above `max_error_rate` (share of failed calls) a run is INCOMPLETE."""

    max_cost_usd: float | None = None
    max_calls: int | None = None
    max_seconds: float | None = None
    max_error_rate: float = 0.02


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A flaky case that somebody takes care of until a day (YYYY-MM-DD): no hard rule, but it stays in the test."""

    case: str
    owner: str
    reason: str
    expires: str


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """The gate's thresholds (GATE.md). `margin` is a share, or "auto"; `cost_increase` 0.20 = +20 %.

    `plan` says when the gate looks where it may call: after each of `runs` rounds, after each quarter of the cases,
    or once. `confirm`: a drop is asked again, fresh and on both sides, before it is a FAIL. `anchor`: whether the last
    release is an opponent too.
    """

    margin: float | Literal["auto"] = "auto"
    alpha: float = 0.05
    beta: float = 0.05
    power: float = 0.80
    on_inconclusive: Literal["fail", "warn"] = "fail"
    on_uncovered: Literal["fail", "warn"] = "fail"
    cost_increase: float = 0.20
    slices: tuple[str, ...] = ()
    rule: Literal["auto", "statistics", "cases"] = "auto"
    exact: Literal["mid-p", "strict"] = "mid-p"
    inference: Literal["evalset", "population"] = "evalset"
    cluster: str = ""
    min_slice: int = 20
    max_removed: float = 0.05
    max_unscored: float = 0.02
    small_set_margin: float = 0.15
    plan: Literal["rounds", "batches", "fixed"] = "rounds"
    runs: int = 3
    confirm: bool = True
    anchor: Literal["release", "none"] = "release"
    quarantine: tuple[Quarantine, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """llmops.yaml, read. Folders are relative to the project root."""

    prompts: str = "prompts"
    evalsets: str = "evalsets"
    baselines: str = "evalsets/.baselines"
    recordings: str = "evalsets/.recordings"
    trust_recordings: Literal["head", "base"] = "head"
    accepts: Literal["head", "base"] = "head"
    exec: tuple[str, ...] = ()
    models: Mapping[str, ModelRoute] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    remotes: Mapping[str, Remote] = field(default_factory=dict)
    budget: Budget = Budget()
    gate: GatePolicy = GatePolicy()
    redact: tuple[str, ...] = ()
    found: bool = False


@dataclass(frozen=True, slots=True)
class Environment:
    """What the process was told from outside, read once: variables, today's date (YYYY-MM-DD)."""

    variables: Mapping[str, str]
    today: str

    @property
    def in_ci(self) -> bool:
        """Whether this is a CI job."""
        said = self.variables.get("CI") or self.variables.get("TF_BUILD", "")  # Azure sets no CI
        return said.lower() not in ("", "0", "false")


@dataclass(frozen=True, slots=True)
class Route:
    """How one model is reached: which file of `complete/`, the name sent, the endpoint and its key.

    `identity` goes into fingerprints: it names who answers, and holds no secret. `program` is a command's path and
    `program_bytes` its trusted content (from the base commit where that matters).
    """

    provider: str
    model: str
    identity: str
    url: str = ""
    key: str = ""
    key_env: str = ""
    timeout_s: float = 120.0
    program: str = ""
    program_bytes: bytes = b""
    rpm: int | None = None
    tpm: int | None = None
    fallbacks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the identity: a key must not reach a log."""
        return f"Route({self.identity!r})"
