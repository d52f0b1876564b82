"""Progress on stderr: a bar on a terminal, a line every ten seconds elsewhere, nothing with --quiet."""

import sys
import time
from types import TracebackType
from typing import Self

from llmops_cli.cli.output import tell
from llmops_cli.model.completion import Completion
from llmops_cli.model.run import Result, RunPlan
from llmops_cli.report.figures import count

WIDTH = 29
EVERY_S = 10.0
REDRAW_S = 0.1


class Progress:
    """Counts results as they come in; used as a context manager, so that a bar never stays behind."""

    def __init__(self, *, quiet: bool) -> None:
        """Look at stderr once."""
        self._quiet = quiet
        self._bar = sys.stderr.isatty() and not quiet
        self._title = ""
        self._run = ""
        self._begin("", 0)

    def _begin(self, title: str, total: int) -> None:
        self._end()
        self._title = title
        self._total = total
        self._done = self._retries = self._failed = 0
        self._layers = {"live": 0, "cached": 0, "recorded": 0, "judge calls": 0}
        self._cost_usd, self._is_priced = 0.0, True
        self._start = self._shown = time.monotonic()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the bar's line, and say how to go on after an interruption."""
        self._end()
        if kind is not None and not issubclass(kind, Exception) and self._run:
            tell(f"stopped; what was answered is stored. llmops eval resume {self._run[:8]}")
        del error, trace

    def __call__(self, plan: RunPlan, result: Result) -> None:
        """Count one result of a run."""
        self._run = plan.run
        title = f"{plan.prompt} · {plan.evalset} · {count(len(plan.cases), 'case')} × {plan.repeats} · {plan.model}"
        self.count(title, result, len(plan.cases) * plan.repeats)

    def count(self, title: str, result: Result, total: int = 0) -> None:
        """Count one result under a title; `total` 0 = not known."""
        if title != self._title:
            self._begin(title, total)
            if not self._quiet:
                tell(title)
        self._done += 1
        if isinstance(result.answer, Completion):
            self._layers[result.answer.layer] += 1
            if result.answer.layer == "live":
                self._cost_usd += result.answer.cost_usd or 0.0
                self._is_priced &= result.answer.cost_usd is not None
        else:
            self._failed += 1
        self._layers["judge calls"] += result.asked.live
        self._cost_usd += result.asked.cost_usd
        self._is_priced &= not result.asked.unpriced
        self._retries += result.answer.attempts - 1
        now = time.monotonic()
        if not self._quiet and now - self._shown >= (REDRAW_S if self._bar else EVERY_S):
            self._shown = now
            self._draw(now)

    def _draw(self, now: float) -> None:
        parts = [f"{self._done}/{self._total}" if self._total else str(self._done)]
        parts += [f"{number} {layer}" for layer, number in self._layers.items() if number]
        parts += [count(self._retries, "retry", "retries")] if self._retries else []
        parts += [count(self._failed, "error")] if self._failed else []
        parts += [f"${self._cost_usd:.2f}"] if self._is_priced or self._cost_usd else []
        if self._total:
            left_s = (self._total - self._done) * (now - self._start) / self._done
            parts.append(f"ETA {left_s:.0f} s")
        text = "  ".join(parts)
        if not self._bar:
            tell(f"  {text}")
            return
        filled = int(WIDTH * self._done / self._total) if self._total else 0
        sys.stderr.write(f"\r\x1b[K  {'━' * filled}{'─' * (WIDTH - filled)}  {text}")
        sys.stderr.flush()

    def _end(self) -> None:
        if self._bar and self._title:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
