"""Calls that end at once where no call can work any more: a bad key, a spent budget, an endpoint that died."""

import threading
from dataclasses import replace

from llmops_cli.model.completion import Answer, Completion, Failure, Request
from llmops_cli.model.ports import Complete

DEAD_AFTER = 20


def broken_off(complete: Complete, *, dead_after: int = DEAD_AFTER) -> Complete:
    """Return `complete` that, after a failure of the whole run, gives that failure without another call.

    `dead_after` failures in a row that no retry could mend count as such a failure, too.
    """
    lock = threading.Lock()
    state = _State()

    def fused(request: Request) -> Answer:
        if state.fuse:
            return state.fuse
        answer = complete(request)
        with lock:
            state.note(answer, dead_after)
        return answer

    return fused


class _State:
    """What was seen so far."""

    def __init__(self) -> None:
        self.fuse: Failure | None = None
        self._in_a_row = 0

    def note(self, answer: Answer, dead_after: int) -> None:
        if isinstance(answer, Completion) or answer.kind == "case":
            self._in_a_row = 0  # the endpoint answers
            return
        self._in_a_row += 1
        if self.fuse:
            return
        if answer.kind == "run":
            self.fuse = answer
        elif self._in_a_row >= dead_after:
            message = f"{dead_after} calls in a row failed, the last with: {answer.message}"
            self.fuse = replace(answer, kind="run", code="endpoint-down", message=message, retry_after_s=None)
