"""A judge of pairs: both orders are always asked, and what depends on the order is a tie that is counted."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored import scorer
from support import ModelServer, last_text

from llmops_cli.model.completion import Completion, Failure
from llmops_cli.model.evalset import Case

BETTER = {"prompt": "judges/better", "against": "expected"}
CASE = Case("c", {"q": "?"}, expected="the reference", context=("one", "two"))


def judged(*replies, answer="the answer", case=CASE, options=BETTER):
    said = iter(replies)
    return scorer("judge", options, ask=lambda _inputs, _case: Completion(next(said)))(case, Completion(answer))


def test_both_orders_are_asked_and_the_rubric_is_told_first_and_second():
    heard = []

    def ask(inputs, case):
        heard.append(inputs)
        return Completion("TIE")

    scorer("judge", BETTER, ask=ask)(CASE, Completion("the answer"))
    rest = {"inputs": '{"q":"?"}', "expected": "", "context": "one\n\ntwo"}
    assert heard == [
        {"first": "the answer", "second": "the reference", **rest},
        {"first": "the reference", "second": "the answer", **rest},
    ]


def test_against_context_compares_with_the_passages_and_keeps_expected():
    heard = []
    options = {"prompt": "j", "against": "context"}
    scorer("judge", options, ask=lambda inputs, _case: heard.append(inputs) or Completion("TIE"))(CASE, Completion("x"))
    assert heard[0]["second"] == "one\n\ntwo"
    assert (heard[0]["expected"], heard[0]["context"]) == ("the reference", "")


@pytest.mark.parametrize(
    ("shown_first", "shown_second", "value", "inconsistent", "first"),
    [
        ("FIRST", "SECOND", 1.0, 0.0, 0.5),
        ("SECOND", "FIRST", 0.0, 0.0, 0.5),
        ("TIE", "TIE", 0.5, 0.0, 0.5),
        ("FIRST", "FIRST", 0.5, 1.0, 1.0),
        ("SECOND", "SECOND", 0.5, 1.0, 0.0),
        ("FIRST", "TIE", 0.5, 1.0, 0.75),
        ("TIE", "SECOND", 0.5, 1.0, 0.25),
    ],
)
def test_orders_that_do_not_agree_are_a_tie_and_counted(shown_first, shown_second, value, inconsistent, first):
    got = judged(shown_first, shown_second)
    assert (got.value, got.parts) == (value, {"inconsistent": inconsistent, "first": first})
    assert ("a tie: shown first the answer" in got.detail) is bool(inconsistent)


@pytest.mark.parametrize(
    "reply",
    [
        '{"winner": "first", "reason": "clearer"}',
        '```json\n{"winner": "first"}\n```',
        'Both are fine.\n{"winner": "FIRST"}',
        "I compared both.\n\nWinner: first",
        "**Winner: First**",
        "[[A]]",
        "The better is Answer A.",
        "Verdict: [[A]]",
    ],
)
def test_a_reply_that_names_the_first_is_read(reply):
    assert judged(reply, "SECOND").value == 1.0


@pytest.mark.parametrize("reply", ["", "Hard to say.", '{"winner": null}', '{"winner": 1}', "FIRST or SECOND", "[[C]]"])
def test_a_reply_without_a_winner_in_either_order_leaves_the_answer_unscored(reply):
    for replies in ((reply, "FIRST"), ("FIRST", reply)):
        got = judged(*replies)
        assert got.value is None
        assert "names no winner" in got.detail


def test_a_call_that_failed_in_one_order_is_no_verdict():
    replies = iter([Completion("FIRST"), Failure("retryable", "rate-limit", "slow down")])
    got = scorer("judge", BETTER, ask=lambda *_: next(replies))(CASE, Completion("x"))
    assert (got.value, got.parts) == (None, {})
    assert got.detail == "the judge gave no answer with the answer shown second: rate-limit: slow down"


def test_equal_texts_are_a_tie_without_a_call_and_a_missing_text_is_unscored():
    assert judged(answer=" the reference\n").value == 0.5
    got = judged(case=Case("c", {}))
    assert (got.value, got.detail) == (None, "the case has no expected to compare the answer with")


def test_pass_at_one_half_means_not_worse():
    assert judged("FIRST", "FIRST", options={**BETTER, "pass_at": 0.5}).passed is True
    assert judged("SECOND", "FIRST", options={**BETTER, "pass_at": 0.5}).passed is False


@given(st.lists(st.sampled_from(["FIRST", "SECOND", "TIE"]), min_size=2, max_size=2))
def test_swapping_the_texts_turns_the_score_around(replies):
    swapped = Case("c", {}, expected="the answer")
    assert judged(*replies).value == 1 - judged(*replies[::-1], answer="the reference", case=swapped).value


RUBRIC = (
    "id: better\nmodel: local/judge\nvariables: {first: string, second: string}\n"
    'template: "ONE {{ first }} TWO {{ second }}"\n'
)
SET = (
    "id: greet\ndata: greet.jsonl\nscorers:\n  - {type: contains, primary: true}\n"
    "  - {type: judge, name: better, prompt: better, against: expected, gate: false}\n"
)
PROMPT = 'id: greet\nmodel: local/m\nvariables: {name: string}\ntemplate: "Hello {{ name }}"\nevals: [greet]\n'


def served(project, judge):
    def answer(body):
        return judge(last_text(body)) if body["model"] == "judge" else last_text(body)

    server = ModelServer(answer)
    files = {"prompts/better.yaml": RUBRIC, "prompts/greet.yaml": PROMPT, "evalsets/greet.yaml": SET}
    project.commit({**files, "llmops.yaml": f"endpoints: {{local: {server.url}}}\n"}, "pairs")
    return server


@pytest.mark.parametrize("place", ["FIRST", "SECOND"])
def test_a_server_that_favours_a_place_makes_every_pair_a_counted_tie(project, llmops, place):
    with served(project, lambda _text: place) as server:
        scores = llmops(project.root, "eval", "run", "greet", "--format", "json").json()["runs"][0]["scores"]
    assert scores["better"]["mean"] == 0.5
    assert scores["better"]["scored"] == 12
    assert scores["better"]["parts"] == {"first": float(place == "FIRST"), "inconsistent": 1.0}
    asked = [last_text(body) for body in server.requests if body["model"] == "judge"]
    assert len(asked) == 24


def test_a_server_that_looks_at_the_texts_is_consistent(project, llmops):
    def longer(text):
        first, second = re.fullmatch(r"ONE (.*) TWO (.*)", text).groups()
        return "FIRST" if len(first) > len(second) else "SECOND"

    with served(project, longer):
        scores = llmops(project.root, "eval", "run", "greet", "--format", "json").json()["runs"][0]["scores"]
    assert (scores["better"]["mean"], scores["better"]["parts"]) == (1.0, {"first": 0.5, "inconsistent": 0.0})


def test_a_pair_that_the_server_judges_in_one_order_only_is_unscored(project, llmops):
    turns = itertools.count()
    with served(project, lambda text: "FIRST" if text.startswith("ONE Hello") else f"hm {next(turns)}"):
        scores = llmops(project.root, "eval", "run", "greet", "--format", "json", code=None).json()["runs"][0]["scores"]
    assert (scores["better"]["scored"], scores["better"]["unscored"]) == (0, 12)


def test_a_rubric_that_shows_only_one_text_of_a_pair_judges_nothing(project, llmops):
    with served(project, lambda _text: "FIRST"):
        rubric = 'id: better\nmodel: local/judge\nvariables: {first: string}\ntemplate: "ONE {{ first }}"\n'
        project.commit({"prompts/better.yaml": rubric}, "half a rubric")
        found = llmops(project.root, "eval", "run", "greet", "--format", "json", code=None).json()["runs"][0]
        shown = llmops(project.root, "eval", "show", found["run"], "c01").out
    assert (found["scores"]["better"]["scored"], found["scores"]["better"]["unscored"]) == (0, 12)
    assert "no variable second" in shown
