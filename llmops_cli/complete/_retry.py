"""Another try where another try may help."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from llmops_cli.model.completion import Answer, Failure, Request
from llmops_cli.model.ports import Complete


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how long. Pauses double from `first_pause_s`; none begins that would end after `total_s`."""

    attempts: int = 4
    first_pause_s: float = 0.5
    longest_pause_s: float = 20.0
    total_s: float = 300.0


def retrying(
    complete: Complete,
    retries: Retries = Retries(),
    *,
    stop: threading.Event | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Complete:
    """Return `complete` with retries; `attempts` of its answers says how many calls it took. `stop` ends a pause."""
    wait = (stop or threading.Event()).wait

    def patient(request: Request) -> Answer:
        end = clock() + retries.total_s
        attempt = 1
        while True:
            answer = complete(request)
            pause_s = _pause_s(answer, attempt, retries, request)
            if pause_s is None or clock() + pause_s > end or wait(pause_s):
                return answer if attempt == 1 else replace(answer, attempts=attempt)
            attempt += 1

    return patient


def _pause_s(answer: Answer, attempt: int, retries: Retries, request: Request) -> float | None:
    """Return how long to wait before the next try, None if there is none.

    Half of the pause is spread by the request's fingerprint, so that many calls that failed together do not return
    together, and the same run waits the same way each time.
    """
    if not isinstance(answer, Failure) or answer.kind != "retryable" or attempt >= retries.attempts:
        return None
    spread = int(request.fingerprint[:8], 16) / 0xFFFFFFFF
    pause_s = min(retries.first_pause_s * 2.0 ** (attempt - 1), retries.longest_pause_s) * (0.5 + spread / 2)
    asked_s = answer.retry_after_s or 0.0
    return max(pause_s, asked_s * (1 + spread / 20))
