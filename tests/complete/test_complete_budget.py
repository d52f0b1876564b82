import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from llmops_cli.complete._budget import Ledger, budgeted
from llmops_cli.complete._price import cost_usd, expected_tokens, priced, worst_usd
from llmops_cli.model.completion import Completion, Failure, Request, Usage
from llmops_cli.model.prompt import ModelFacts
from llmops_cli.model.settings import Budget

FACTS = ModelFacts("m", input_usd=2.5, output_usd=10.0, cached_usd=1.25, output_tokens=4096)
REQUESTS = [Request("m", ({"role": "user", "content": f"{n}"},), {"max_tokens": 100}, repeat=n) for n in range(400)]


def run(caps, model, *, worst=lambda _: 0.0, threads=32, requests=REQUESTS):
    ledger = Ledger(caps)
    complete = budgeted(model, ledger, worst)
    with ThreadPoolExecutor(threads) as pool:
        return ledger, list(pool.map(complete, requests))


def test_a_cap_on_calls_is_exact_with_32_threads():
    sent = []

    def model(request):
        sent.append(request)
        time.sleep(0.001)
        return Completion("ok")

    ledger, answers = run(Budget(max_calls=100), model)
    assert len(sent) == ledger.calls == 100
    refused = [answer for answer in answers if isinstance(answer, Failure)]
    assert {(answer.kind, answer.code) for answer in refused} == {("run", "budget")}
    assert len(refused) == 300


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_a_cap_on_cost_is_never_exceeded_with_32_threads_and_nearly_used_up(share):
    worst = worst_usd(FACTS)
    most = worst(REQUESTS[0])

    def model(_):
        time.sleep(0.001)
        return Completion("ok", cost_usd=most * share)

    cap = most * 60
    ledger, answers = run(Budget(max_cost_usd=cap), model, worst=worst)
    spent = sum(answer.cost_usd for answer in answers if isinstance(answer, Completion))
    assert ledger.spent_usd == pytest.approx(spent)
    assert spent <= cap + 1e-9
    assert spent >= min(0.9 * cap, 400 * most * share) - 1e-9


def test_an_answer_that_costs_more_than_its_reservation_overshoots_by_the_calls_in_flight_at_most():
    open_now = most_open = 0
    lock = threading.Lock()

    def model(_):
        nonlocal open_now, most_open
        with lock:
            open_now += 1
            most_open = max(most_open, open_now)
        time.sleep(0.002)
        with lock:
            open_now -= 1
        return Completion("ok", cost_usd=0.10)

    ledger, _ = run(Budget(max_cost_usd=2.0), model, worst=lambda _: 0.01)
    assert 2.0 <= ledger.spent_usd <= 2.0 + 0.10 * most_open + 1e-9


def test_a_cap_on_time_refuses_new_calls():
    now = [0.0]
    ledger = Ledger(Budget(max_seconds=10), clock=lambda: now[0])
    complete = budgeted(lambda _: Completion("ok"), ledger, lambda _: 0.0)
    assert complete(REQUESTS[0]).text == "ok"
    now[0] = 10.0
    assert complete(REQUESTS[0]).code == "budget"


def test_a_cost_cap_refuses_a_model_without_a_price_and_no_cap_refuses_nothing():
    answer = budgeted(lambda _: Completion("ok"), Ledger(Budget(max_cost_usd=1.0)), worst_usd(None))(REQUESTS[0])
    assert (answer.kind, answer.code) == ("run", "unpriced")
    assert budgeted(lambda _: Completion("ok"), Ledger(Budget()), worst_usd(None))(REQUESTS[0]).text == "ok"


@pytest.mark.parametrize(("code", "spent"), [("timeout", 0.5), ("connection", 0.5), ("rate-limit", 0.0), ("auth", 0.0)])
def test_a_failed_call_that_may_be_billed_is_booked_in_full(code, spent):
    ledger = Ledger(Budget(max_cost_usd=1.0))
    budgeted(lambda _: Failure("retryable", code, "x"), ledger, lambda _: 0.5)(REQUESTS[0])
    assert ledger.spent_usd == spent


def test_a_provider_that_breaks_its_promise_and_raises_does_not_block_the_budget():
    def broken(_):
        raise KeyboardInterrupt

    ledger = Ledger(Budget(max_cost_usd=1.0))
    with pytest.raises(KeyboardInterrupt):
        budgeted(broken, ledger, lambda _: 0.6)(REQUESTS[0])
    assert budgeted(lambda _: Completion("ok"), ledger, lambda _: 0.6)(REQUESTS[0]).code == "budget"


@pytest.mark.parametrize(
    ("usage", "facts", "expected"),
    [
        (Usage(1_000_000, 0), FACTS, 2.5),
        (Usage(0, 1_000_000), FACTS, 10.0),
        (Usage(10_000, 1_000, 8_000), FACTS, 0.025),
        (Usage(10_000, 1_000, 8_000), ModelFacts("m", 2.5, 10.0), 0.035),
        (Usage(10, 0, 99), FACTS, 10 * 1.25 / 1e6),
        (Usage(10, None), FACTS, None),
        (Usage(None, 10), FACTS, None),
        (Usage(10, 10), None, None),
        (Usage(10, 10), ModelFacts("m"), None),
        (Usage(10, 10), ModelFacts("m", 0.0, 0.0), 0.0),
    ],
)
def test_a_price_is_known_or_none_and_never_a_made_up_zero(usage, facts, expected):
    assert cost_usd(usage, facts) == (None if expected is None else pytest.approx(expected))
    answer = priced(lambda _: Completion("ok", usage=usage), facts)(REQUESTS[0])
    assert answer.cost_usd == cost_usd(usage, facts)


def test_a_cost_that_the_provider_knows_and_a_failure_are_left_alone():
    assert priced(lambda _: Completion("ok", cost_usd=0.0, usage=Usage(9, 9)), FACTS)(REQUESTS[0]).cost_usd == 0.0
    failure = Failure("case", "x", "x")
    assert priced(lambda _: failure, FACTS)(REQUESTS[0]) is failure


def test_the_expected_tokens_follow_the_text_and_the_limit_on_the_answer():
    short, long = (Request("m", ({"role": "user", "content": "word " * n},)) for n in (10, 1000))
    assert expected_tokens(long)[0] > 1000 > expected_tokens(short)[0]
    assert expected_tokens(REQUESTS[0])[1] == 100
    assert expected_tokens(short)[1] == 2048
    assert expected_tokens(short, ModelFacts("m", output_tokens=512))[1] == 512


def test_answers_of_unknown_price_are_counted_and_failures_are_not():
    def model(request):
        if request.repeat == 0:
            return Failure("case", "timeout", "late")
        return Completion("ok", cost_usd=0.25 if request.repeat == 1 else None)

    ledger, _ = run(Budget(), model, worst=lambda _: None, requests=REQUESTS[:5])
    assert (ledger.unpriced, ledger.spent_usd) == (3, 0.25)
