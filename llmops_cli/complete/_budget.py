"""Calls that stay within caps: on calls, on cost, on time.

What a call may cost is reserved before it is sent and settled after it, so the caps hold with any number of threads.
A prompt without `max_tokens` may answer longer than its reservation: then the caps are overshot by the calls in flight
at most. One ledger is shared by all models of a command.
"""

import math
import threading
import time
from collections.abc import Callable

from llmops_cli.model.completion import Answer, Completion, Failure, Request
from llmops_cli.model.ports import Complete
from llmops_cli.model.settings import Budget

MAY_BE_BILLED = frozenset({"timeout", "connection", "invalid-response"})


class Ledger:
    """What was spent and what is held for calls in flight."""

    def __init__(self, caps: Budget, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Start the clock of `max_seconds`."""
        self._caps = caps
        self._clock = clock
        self._start_s = clock()
        self._settled = threading.Condition()
        self._in_flight = 0
        self._held_usd = 0.0
        self.calls = 0
        self.unpriced = 0
        self.spent_usd = 0.0

    def reserve(self, worst_usd: float | None) -> Failure | None:
        """Hold a call's worst cost; or say why it may not be sent. Waits while calls in flight may still leave room."""
        caps = self._caps
        with self._settled:
            while True:
                if caps.max_calls is not None and self.calls >= caps.max_calls:
                    return refusal(f"the cap of {caps.max_calls} calls is reached", "--max-calls")
                if caps.max_seconds is not None and self._clock() - self._start_s >= caps.max_seconds:
                    return refusal(f"the cap of {caps.max_seconds:g} s is reached", "--max-seconds")
                if caps.max_cost_usd is None or (worst_usd is not None and self._fits(worst_usd, caps.max_cost_usd)):
                    break
                if worst_usd is None:
                    return _unpriced()
                if not self._in_flight:
                    spent = f"${self.spent_usd:.4f} of ${caps.max_cost_usd:g} is spent"
                    return refusal(f"{spent}, and the next call may cost ${worst_usd:.4f}", "--max-cost")
                self._settled.wait()
            self.calls += 1
            self._in_flight += 1
            self._held_usd += worst_usd or 0.0
        return None

    def left_s(self) -> float:
        """Return how many seconds the command may still take."""
        caps = self._caps
        return math.inf if caps.max_seconds is None else caps.max_seconds - (self._clock() - self._start_s)

    def settle(self, worst_usd: float | None, spent_usd: float, *, is_priced: bool = True) -> None:
        """Replace what was held for a call by what it cost; an answer of unknown price is counted."""
        with self._settled:
            self.unpriced += not is_priced
            self._in_flight -= 1
            self._held_usd -= worst_usd or 0.0
            self.spent_usd += spent_usd
            self._settled.notify_all()

    def _fits(self, worst_usd: float, cap_usd: float) -> bool:
        return self.spent_usd + self._held_usd + worst_usd <= cap_usd + 1e-9


def budgeted(complete: Complete, ledger: Ledger, worst_usd: Callable[[Request], float | None]) -> Complete:
    """Return `complete` within the ledger's caps. `worst_usd` says what a request may cost (None: price not known)."""

    def thrifty(request: Request) -> Answer:
        worst = worst_usd(request)
        refused = ledger.reserve(worst)
        if refused:
            return refused
        spent, is_priced = worst or 0.0, True
        try:
            answer = complete(request)
            spent = _spent_usd(answer, worst)
            is_priced = not isinstance(answer, Completion) or answer.cost_usd is not None
        finally:
            ledger.settle(worst, spent, is_priced=is_priced)
        return answer

    return thrifty


def _spent_usd(answer: Answer, worst_usd: float | None) -> float:
    if isinstance(answer, Completion):
        return (worst_usd or 0.0) if answer.cost_usd is None else answer.cost_usd
    return (worst_usd or 0.0) if answer.code in MAY_BE_BILLED else 0.0


def refusal(why: str, flag: str) -> Failure:
    """Return the failure of a call that a cap forbids, with the flag that raises it."""
    hint = f"raise it with {flag} or under `budget:` in llmops.yaml; what was answered is kept and not paid again"
    return Failure("run", "budget", f"budget: {why}", hint)


def _unpriced() -> Failure:
    hint = "drop max_cost_usd for this run, or cap calls instead (max_calls)"
    return Failure("run", "unpriced", "budget: the model's price is not known, so a cost cap cannot hold", hint)
