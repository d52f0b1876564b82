"""Calls that keep to a rate: so many requests and tokens a minute. A call that is too early waits its turn."""

import math
import threading
import time
from collections.abc import Callable

from llmops_cli.complete._budget import refusal
from llmops_cli.complete._price import expected_tokens
from llmops_cli.model.completion import Answer, Failure, Request
from llmops_cli.model.ports import Complete

MINUTE_S = 60.0


class Bucket:
    """A token bucket that may go into debt: `take` says how long to wait until the debt is paid.

    It holds what one second brings (at least one call's worth), so that a minute never sees more than its limit
    by that much.
    """

    def __init__(self, per_minute: float, now_s: float) -> None:
        """Start full."""
        self._per_s = per_minute / MINUTE_S
        self._capacity = max(1.0, self._per_s)
        self._level = self._capacity
        self._at_s = now_s

    def take(self, amount: float, now_s: float) -> float:
        """Take `amount` and return the seconds to wait before it may be used."""
        self._level = min(self._capacity, self._level + (now_s - self._at_s) * self._per_s) - amount
        self._at_s = now_s
        return max(0.0, -self._level / self._per_s)


def limited(
    complete: Complete,
    *,
    rpm: int | None = None,
    tpm: int | None = None,
    stop: threading.Event | None = None,
    clock: Callable[[], float] = time.monotonic,
    left_s: Callable[[], float] = lambda: math.inf,
) -> Complete:
    """Return `complete` held to `rpm` requests and `tpm` tokens a minute, in the order in which calls come.

    `left_s` says how long the command may still take: a call whose turn would come later is refused at once.
    """
    if not rpm and not tpm:
        return complete
    wait = (stop or threading.Event()).wait
    lock = threading.Lock()
    requests = Bucket(rpm, clock()) if rpm else None
    tokens = Bucket(tpm, clock()) if tpm else None

    def unhurried(request: Request) -> Answer:
        with lock:
            now_s = clock()
            delays = [requests.take(1, now_s)] if requests else []
            delays += [tokens.take(sum(expected_tokens(request)), now_s)] if tokens else []
        if max(delays) > left_s():
            return refusal(f"the rate limit would hold this call {max(delays):.0f} s, beyond the cap", "--max-seconds")
        if max(delays) > 0 and wait(max(delays)):
            return Failure("run", "stopped", "stopped while waiting for the rate limit")
        return complete(request)

    return unhurried
