"""What one command may do at most: calls, cost, seconds, calls at once."""

from dataclasses import dataclass, replace

from llmops_cli.model.settings import Budget, Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """What one command may do at most; None = as llmops.yaml says. `timeout_s`: of one call, with retries."""

    jobs: int = 8
    max_cost_usd: float | None = None
    max_calls: int | None = None
    max_seconds: float | None = None
    timeout_s: float | None = None
    offline: bool = False

    def budget(self, settings: Settings) -> Budget:
        """Return the project's budget with these caps over it."""
        caps = {name: getattr(self, name) for name in ("max_cost_usd", "max_calls", "max_seconds")}
        return replace(settings.budget, **{name: cap for name, cap in caps.items() if cap is not None})
