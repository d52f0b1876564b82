"""What is asked of a model and what comes back: Request → Completion or Failure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from llmops_cli.model.order import unsorted
from llmops_cli.model.prompt import digest

Json = Any


@dataclass(frozen=True, slots=True)
class Request:
    """One call. All but `prompt`, `digest` and `case` decides the fingerprint.

    `endpoint` is the identity of who answers ("https://host/v1", "litellm", "echo", "command:path@sha12");
    `repeat` counts from 0: another repeat is another call, never another's cached answer. `series` names whose repeats
    they are: "" for the runs of a prompt, anything else for answers that must be fresh, as a confirmation's are.
    """

    model: str
    messages: tuple[Mapping[str, Json], ...]
    params: Mapping[str, Json] = field(default_factory=dict)
    tools: tuple[Mapping[str, Json], ...] = ()
    response_format: Mapping[str, Json] | None = None
    endpoint: str = ""
    repeat: int = 0
    prompt: str = ""
    digest: str = ""
    case: str = ""
    series: str = ""

    @property
    def fingerprint(self) -> str:
        """The sha256 (64 hex digits) of the canonical request: the key of recordings and cache."""
        parts = [self.model, self.messages, self.params, self.tools, self.response_format, self.repeat]
        order = unsorted([self.tools, self.response_format])  # in which a model writes: another order, another call
        return digest(
            ["request@1", self.endpoint, *parts, *([order] if order else []), *([self.series] if self.series else [])]
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; None where the provider did not say. `estimated` marks our own count."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer. `model` is as the provider answered it; `layer` says where the answer came from this time.

    `system_fingerprint` is the provider's name for the build that answered, where it gives one; it is not recorded.
    """

    text: str
    tool_calls: tuple[Mapping[str, Json], ...] = ()
    finish_reason: str = "stop"
    refusal: str = ""
    model: str = ""
    usage: Usage = Usage()
    latency_s: float = 0.0
    cost_usd: float | None = None
    layer: Literal["live", "cached", "recorded"] = "live"
    attempts: int = 1
    system_fingerprint: str = ""

    @property
    def sha256(self) -> str:
        """The sha256 (64 hex digits) of text and tool calls: equal digests are identical answers."""
        return digest([self.text, self.tool_calls])


FailureKind = Literal["retryable", "case", "run"]


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer. Never a zero, never a wrong answer.

    `kind`: "retryable" (another try may help), "case" (this request can never work), "run" (no request can: a bad
    key, no quota, an unknown model, a refused connection). `code` is a slug: "rate-limit", "auth", "timeout",
    "refused-connection", "invalid-response", "missing-recording", "missing-key", "budget", "content-filter", …
    """

    kind: FailureKind
    code: str
    message: str
    hint: str = ""
    retry_after_s: float | None = None
    attempts: int = 1


Answer = Completion | Failure
