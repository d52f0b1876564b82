import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from llmops_cli.complete._cached import Counts, Layers, cached
from llmops_cli.model.completion import Completion, Failure, Request

REQUEST = Request("m", ({"role": "user", "content": "hi"},), prompt="greet", case="c1")
KEY = REQUEST.fingerprint
OLD = Completion("old")


class Shelf:
    """A layer of answers in memory."""

    def __init__(self, **known):
        self.known = known

    def get(self, fingerprint):
        return self.known.get(fingerprint)

    def put(self, request, answer):
        self.known[request.fingerprint] = answer


class Model:
    """Says `new` and counts."""

    def __init__(self, answer=None, takes_s=0.0):
        self.answer = answer or Completion("new")
        self.takes_s = takes_s
        self.calls = 0
        self.lock = threading.Lock()

    def __call__(self, _):
        with self.lock:
            self.calls += 1
        time.sleep(self.takes_s)
        return self.answer


@pytest.mark.parametrize(
    ("mode", "recorded", "in_cache", "text", "layer", "calls"),
    [
        ("replay", True, True, "old", "recorded", 0),
        ("replay", False, True, None, "", 0),
        ("auto", True, True, "old", "recorded", 0),
        ("auto", False, True, "old", "cached", 0),
        ("auto", False, False, "new", "live", 1),
        ("live", True, True, "new", "live", 1),
        ("record", True, False, "old", "recorded", 0),
        ("record", False, True, "old", "cached", 0),
        ("record", False, False, "new", "live", 1),
    ],
)
def test_each_mode_looks_where_it_says(mode, recorded, in_cache, text, layer, calls):
    recordings, cache = Shelf(**({KEY: OLD} if recorded else {})), Shelf(**({KEY: OLD} if in_cache else {}))
    model, counts = Model(), Counts()
    answer = cached(model, Layers(recordings, cache), mode, counts)(REQUEST)
    assert model.calls == calls
    assert getattr(answer, "text", None) == text
    assert getattr(answer, "layer", "") == layer
    assert (counts.recorded, counts.cached, counts.live) == tuple(
        int(layer == each) for each in ("recorded", "cached", "live")
    )
    if calls:
        assert cache.get(KEY).text == "new"
    if mode == "record":
        assert recordings.get(KEY).text == text
    elif not recorded:
        assert recordings.known == {}


def test_a_missing_recording_is_a_failure_that_says_how_to_record():
    counts = Counts()
    failure = cached(Model(), Layers(), "replay", counts)(REQUEST)
    assert (failure.kind, failure.code) == ("case", "missing-recording")
    assert "c1" in failure.message
    assert "llmops eval run greet --mode record" in failure.hint
    assert counts.missing == 1


def test_a_failure_is_never_kept():
    model = Model(Failure("retryable", "rate-limit", "x"))
    recordings, cache = Shelf(), Shelf()
    complete = cached(model, Layers(recordings, cache), "record", Counts())
    assert complete(REQUEST) == complete(REQUEST) == model.answer
    assert model.calls == 2
    assert cache.known == recordings.known == {}


def test_32_threads_with_one_request_make_one_call_and_another_repeat_is_another_call():
    model, counts = Model(takes_s=0.1), Counts()
    complete = cached(model, Layers(cache=Shelf()), "auto", counts)
    with ThreadPoolExecutor(32) as threads:
        answers = list(threads.map(complete, [REQUEST] * 32 + [replace(REQUEST, repeat=1)] * 32))
    assert model.calls == 2
    assert {answer.text for answer in answers} == {"new"}
    assert sorted(answer.layer for answer in answers).count("live") == 2
    assert (counts.live, counts.cached) == (2, 62)


def test_threads_that_wait_for_a_failure_get_it_too():
    model = Model(Failure("run", "auth", "x"), takes_s=0.1)
    complete = cached(model, Layers(), "auto", Counts())
    with ThreadPoolExecutor(8) as threads:
        assert {answer.code for answer in threads.map(complete, [REQUEST] * 8)} == {"auth"}
    assert model.calls == 1


def test_threads_that_wait_for_a_call_that_raises_do_not_wait_for_ever():
    started = threading.Event()

    def broken(_):
        started.set()
        time.sleep(0.1)
        raise ZeroDivisionError

    complete = cached(broken, Layers(), "auto", Counts())
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(complete, REQUEST)
        started.wait()
        second = threads.submit(complete, REQUEST)
        for each in (first, second):
            with pytest.raises(ZeroDivisionError):
                each.result(5)


def test_a_call_is_made_under_the_lock_that_other_processes_respect_and_only_a_call():
    held = []

    @contextmanager
    def exclusive(fingerprint):
        held.append(fingerprint)
        yield
        held.append("free")

    complete = cached(
        lambda _: Completion("ok" if held == [KEY] else "unlocked"), Layers(exclusive=exclusive), "auto", Counts()
    )
    assert complete(REQUEST).text == "ok"
    assert held == [KEY, "free"]
    cached(Model(), Layers(Shelf(**{KEY: OLD}), exclusive=exclusive), "auto", Counts())(REQUEST)
    assert len(held) == 2
