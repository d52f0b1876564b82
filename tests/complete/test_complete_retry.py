import threading
import time
from dataclasses import replace

import pytest

from llmops_cli.complete._breaker import broken_off
from llmops_cli.complete._budget import Ledger, budgeted
from llmops_cli.complete._limit import Bucket, limited
from llmops_cli.complete._retry import Retries, retrying
from llmops_cli.model.completion import Completion, Failure, Request
from llmops_cli.model.settings import Budget

REQUEST = Request("m", ({"role": "user", "content": "hi"},))
BUSY = Failure("retryable", "rate-limit", "HTTP 429")
QUICK = Retries(attempts=3, first_pause_s=0.001)


class Model:
    """Answers from a list, the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = 0

    def __call__(self, _):
        self.calls += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize(
    ("answers", "calls"),
    [
        ([Completion("ok")], 1),
        ([BUSY, Completion("ok")], 2),
        ([BUSY], 3),
        ([Failure("case", "bad-request", "x")], 1),
        ([Failure("run", "auth", "x")], 1),
        ([BUSY, Failure("run", "auth", "x")], 2),
    ],
)
def test_only_what_another_try_may_change_is_tried_again(answers, calls):
    model = Model(*answers)
    answer = retrying(model, QUICK)(REQUEST)
    assert model.calls == calls
    assert answer == replace(answers[-1], attempts=calls)


def test_the_wait_that_a_provider_asks_for_is_kept():
    model = Model(replace(BUSY, retry_after_s=0.2), Completion("ok"))
    start = time.monotonic()
    assert retrying(model, QUICK)(REQUEST).attempts == 2
    assert time.monotonic() - start >= 0.2


def test_a_wait_beyond_the_total_time_is_not_begun():
    model = Model(replace(BUSY, retry_after_s=3600.0))
    start = time.monotonic()
    assert retrying(model, Retries(total_s=5))(REQUEST).code == "rate-limit"
    assert model.calls == 1
    assert time.monotonic() - start < 4


def test_stopping_ends_a_wait_at_once():
    stop = threading.Event()
    timer = threading.Timer(0.1, stop.set)
    timer.start()
    start = time.monotonic()
    assert retrying(Model(BUSY), Retries(first_pause_s=30, longest_pause_s=30), stop=stop)(REQUEST).code == "rate-limit"
    timer.join()
    assert time.monotonic() - start < 20


def test_calls_that_failed_together_do_not_return_together():
    waits = set()

    class Stop(threading.Event):
        def wait(self, timeout=None):
            waits.add(timeout)
            return True

    for n in range(20):
        retrying(Model(BUSY), Retries(), stop=Stop())(replace(REQUEST, repeat=n))
    assert len(waits) == 20
    assert all(0.25 <= wait <= 0.5 for wait in waits)


@pytest.mark.parametrize("code", ["auth", "budget", "refused-connection", "missing-key"])
def test_after_a_failure_of_the_run_no_further_call_is_made(code):
    model = Model(Failure("run", code, "x"))
    complete = broken_off(model)
    assert [complete(REQUEST).code for _ in range(5)] == [code] * 5
    assert model.calls == 1


def test_an_endpoint_that_fails_many_times_in_a_row_is_given_up_and_one_answer_in_between_saves_it():
    model = Model(BUSY, BUSY, Completion("ok"), BUSY, Failure("case", "bad-request", "x"), BUSY)
    complete = broken_off(model, dead_after=3)
    answers = [complete(REQUEST) for _ in range(12)]
    assert model.calls == 8
    assert (answers[-1].kind, answers[-1].code) == ("run", "endpoint-down")
    assert "HTTP 429" in answers[-1].message


def test_a_bucket_never_gives_more_in_a_minute_than_its_limit_and_one_second_of_it():
    bucket = Bucket(600, 0.0)
    starts = [bucket.take(1, 0.0) for _ in range(1500)]
    for start in starts[::50]:
        assert sum(start <= each < start + 60 for each in starts) <= 610
    assert bucket.take(1, 10_000.0) == 0


def test_requests_and_tokens_are_held_to_their_rates():
    model = Model(Completion("ok"))
    complete = limited(model, rpm=1200)  # one in 50 ms, after the first second's worth of 20
    start = time.monotonic()
    for _ in range(26):
        complete(REQUEST)
    assert 0.2 < time.monotonic() - start < 2
    assert limited(model) is model
    heavy = replace(REQUEST, params={"max_tokens": 1000})
    tokens = limited(model, tpm=600_000)  # 10,000 a second
    start = time.monotonic()
    for _ in range(12):
        tokens(heavy)
    assert time.monotonic() - start > 0.1


def test_stopping_ends_the_wait_for_a_rate():
    stop = threading.Event()
    complete = limited(Model(Completion("ok")), rpm=1, stop=stop)
    assert complete(REQUEST).text == "ok"
    stop.set()
    assert complete(REQUEST).code == "stopped"


def test_a_call_whose_turn_comes_after_the_cap_on_time_is_refused_at_once():
    ledger = Ledger(Budget(max_seconds=20))
    complete = budgeted(limited(Model(Completion("ok")), rpm=1, left_s=ledger.left_s), ledger, lambda _: None)
    start = time.monotonic()
    assert complete(REQUEST).text == "ok"
    refused = complete(REQUEST)
    assert time.monotonic() - start < 5
    assert refused.code == "budget"
    assert refused.message.startswith("budget: the rate limit would hold this call 60 s")
    assert "--max-seconds" in refused.hint
