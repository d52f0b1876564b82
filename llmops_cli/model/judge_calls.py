"""How often the judges of an eval set were asked, and what that took."""

from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class JudgeCalls:
    """Calls of judges' models by where the answers came from; `failed` had none.

    `cost_usd` is that of the live ones whose price is known, `unpriced` counts the others. Tokens are those of the live
    ones, where they are known.
    """

    live: int = 0
    recorded: int = 0
    cached: int = 0
    failed: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Self) -> Self:
        """Return both together."""
        return type(self)(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def layers(self) -> dict[str, int]:
        """Where the answers came from, as counts: what a run says of its own answers."""
        return {name: count for name in ("live", "recorded", "cached") if (count := getattr(self, name))}


NO_JUDGE_CALLS = JudgeCalls()
