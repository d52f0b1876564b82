"""Answers from where they are: recordings, then the cache, then a live call. Equal requests make one call."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Literal

from llmops_cli.model.completion import Answer, Completion, Failure, Request
from llmops_cli.model.ports import Answers, Complete

Mode = Literal["replay", "auto", "live", "record"]
MODES: Mapping[str, Mode] = {"replay": "replay", "auto": "auto", "live": "live", "record": "record"}
"""The word of the command line → the mode."""
Exclusive = Callable[[str], AbstractContextManager[None]]
HINT = "record it where a key is at hand: llmops eval run {prompt} --mode record, and commit the recordings"


class Counts:
    """How many answers came from where, over all models of a command."""

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self.recorded = 0
        self.cached = 0
        self.live = 0
        self.missing = 0

    def add(self, layer: Literal["recorded", "cached", "live", "missing"]) -> None:
        """Count one more."""
        with self._lock:
            setattr(self, layer, getattr(self, layer) + 1)


@dataclass(frozen=True, slots=True)
class Layers:
    """Where answers may come from, and `exclusive`: a lock on a fingerprint that other processes respect."""

    recordings: Answers | None = None
    cache: Answers | None = None
    exclusive: Exclusive = lambda _: nullcontext()


def cached(complete: Complete, layers: Layers, mode: Mode, counts: Counts) -> Complete:
    """Return `complete` behind the layers.

    replay: recordings only, a missing one is a failure of the run, never a call. auto: recordings, cache, call.
    live: a call, kept in the cache. record: as auto, and each answer is put into the recordings.

    A request of a series asks for fresh answers, to hold others against: no recording answers it, none is made of it.
    """
    flights = _Flights()

    def layered(request: Request) -> Answer:
        fingerprint = request.fingerprint
        found = None if request.series else _recorded(layers, mode, fingerprint)
        if found:
            counts.add("recorded")
            return found
        if mode == "replay":
            counts.add("missing")
            what = f"no recording of case {request.case}" if request.case else "no recording of this request"
            return Failure("case", "missing-recording", what, HINT.format(prompt=request.prompt or "PROMPT"))
        answer = flights.once(fingerprint, lambda: _cached_or_live(complete, layers, mode, request))
        if isinstance(answer, Completion):
            counts.add(answer.layer)
        return answer

    return layered


def _recorded(layers: Layers, mode: Mode, fingerprint: str) -> Completion | None:
    if mode == "live" or layers.recordings is None:
        return None
    found = layers.recordings.get(fingerprint)
    return replace(found, layer="recorded") if found else None


def _cached_or_live(complete: Complete, layers: Layers, mode: Mode, request: Request) -> Answer:
    with layers.exclusive(request.fingerprint):
        found = layers.cache.get(request.fingerprint) if layers.cache and mode != "live" else None
        if found:
            answer: Answer = replace(found, layer="cached")
        else:
            answer = complete(request)
            if isinstance(answer, Completion) and layers.cache:
                layers.cache.put(request, answer)
    if mode == "record" and not request.series and isinstance(answer, Completion) and layers.recordings:
        layers.recordings.put(request, answer)
    return answer


class _Flights:
    """Calls under way, by fingerprint: who comes second waits for the first one's answer and has it as a cached one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[Answer]] = {}

    def once(self, fingerprint: str, call: Callable[[], Answer]) -> Answer:
        with self._lock:
            flight = self._under_way.get(fingerprint)
            mine: Future[Answer] = Future()
            if flight is None:
                self._under_way[fingerprint] = mine
        if flight is not None:
            answer = flight.result()
            return replace(answer, layer="cached") if isinstance(answer, Completion) else answer
        try:
            answer = call()
            mine.set_result(answer)
        except BaseException as error:
            mine.set_exception(error)  # who waits must not wait for ever
            raise
        finally:
            with self._lock:
                del self._under_way[fingerprint]
        return answer
