"""What the judge scorer tells a rubric and makes of its reply; option errors are in tests/spec/score/judge.yaml."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored import score, scorer

from llmops_cli.model.completion import Completion, Failure
from llmops_cli.model.evalset import Case

CASE = Case("c", {"q": "Où?", "n": 2}, expected={"b": 1, "a": "é"}, context=("one", "two"))


def judged(reply, **options):
    return score("judge", "an answer", prompt="judges/tone", ask=lambda _inputs, _case: Completion(reply), **options)


def test_the_rubric_is_told_inputs_answer_expected_and_context_as_texts():
    heard = []

    def ask(inputs, case):
        heard.append((dict(inputs), case))
        return Completion("SCORE: 1")

    scorer("judge", {"prompt": "judges/tone"}, ask=ask)(CASE, Completion("  an answer\n"))
    texts = {
        "inputs": '{"n":2,"q":"Où?"}',
        "answer": "  an answer\n",
        "expected": '{"a":"é","b":1}',
        "context": "one\n\ntwo",
    }
    assert heard == [(texts, CASE)]


def test_what_a_case_lacks_is_told_as_empty_text_and_a_tool_call_as_json():
    heard = []

    def ask(inputs, _case):
        heard.append(inputs)
        return Completion("SCORE: 1")

    scorer("judge", {"prompt": "j"}, ask=ask)(Case("c", {}), Completion("", tool_calls=({"name": "f"},)))
    assert heard == [{"inputs": "{}", "answer": '[{"name":"f"}]', "expected": "", "context": ""}]


def test_an_empty_answer_scores_zero_and_costs_no_call():
    calls = []
    got = scorer("judge", {"prompt": "j"}, ask=lambda *told: calls.append(told) or Completion("SCORE: 1"))(
        CASE, Completion("")
    )
    assert (got.value, calls) == (0.0, [])


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ('{"score": 0.8, "reason": "polite"}', 0.8),
        ('```json\n{"score": 1, "reason": "polite"}\n```', 1.0),
        ('It is polite.\n{"score": 0, "reason": "no"}', 0.0),
        ("It is polite.\nSCORE: 0.25", 0.25),
        ("**Score: 0.25**", 0.25),
        ("Score: 1/1", 1.0),
        ("It begins with FAIL, but then:\n\nPASS\n", 1.0),
        ("**FAIL**", 0.0),
        ("Verdict: pass.", 1.0),
    ],
)
def test_a_reply_that_states_a_score_is_read(reply, value):
    got = judged(reply)
    assert (got.value, got.passed) == (value, None)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "It is good.",
        "SCORE: 1 is what you asked for, but no.",
        "SCORE: 1\nOn second thought it is hard to say.",
        '{"score": null}',
        '{"score": true}',
        '{"score": "high"}',
        '{"rating": 1}',
        '{"score": NaN}',
        '{"score": 1e999}',
        "PASS or FAIL",
        "SCORE: 4/5",
    ],
)
def test_a_reply_without_a_score_leaves_the_answer_unscored(reply):
    got = judged(reply)
    assert got.value is None
    assert "states no score" in got.detail


@pytest.mark.parametrize("reply", ["SCORE: 1.01", '{"score": -0.1}', '{"score": 5}', f'{{"score": 1{"0" * 400}}}'])
def test_a_score_outside_the_scale_is_unscored_and_never_clipped(reply):
    assert judged(reply).value is None


@pytest.mark.parametrize(
    ("reply", "value"), [("SCORE: 1", 0), ("SCORE: 3", 0.5), ("SCORE: 4/5", 0.75), ('{"score": 5}', 1), ("FAIL", 0)]
)
def test_a_scale_is_stretched_to_0_to_1(reply, value):
    assert judged(reply, scale=[1, 5]).value == value
    assert judged("SCORE: 0", scale=[1, 5]).value is None


def test_the_reason_becomes_the_detail():
    assert judged('{"score": 0.5, "reason": "curt"}').detail == "curt"


def test_pass_at_makes_a_judge_binary():
    assert judged("SCORE: 4", scale=[1, 5], pass_at=0.75).passed is True
    assert judged("SCORE: 3", scale=[1, 5], pass_at=0.75).passed is False


def test_a_bar_of_one_tenth_is_met_by_the_opposite_of_nine_tenths():
    assert judged("SCORE: 0.9", **{"not": True}, pass_at=0.1).passed is True


def test_a_failed_call_is_unscored_with_its_code():
    def ask(_inputs, _case):
        return Failure("retryable", "rate-limit", "slow down")

    got = score("judge", "an answer", prompt="j", ask=ask)
    assert (got.value, got.passed) == (None, None)
    assert got.detail == "the judge gave no answer: rate-limit: slow down"


@given(st.floats(0, 1))
def test_every_share_is_read_back(share):
    assert judged(f'{{"score": {share!r}}}').value == share
