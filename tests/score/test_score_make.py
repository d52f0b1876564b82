"""How a scorer is made from what an eval set says of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.errors import UsageError
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case, ScorerSpec
from llmops_cli.model.run import Score
from llmops_cli.model.source import Source
from llmops_cli.plugins import find
from llmops_cli.score._make import make, negated

CASE = Case("c", {}, expected="x")
SCORES = st.builds(
    lambda value, graded, detail: Score("s", value, None if graded or value is None else bool(value), detail),
    st.none() | st.sampled_from([0.0, 1.0]) | st.floats(0, 1),
    st.booleans(),
    st.text(max_size=20),
)


def foreign(result):
    """A scorer from another package that gives (or raises) `result`."""

    def build(*, tone: str = "warm"):
        def scorer(_case, _answer):
            if isinstance(result, Exception):
                raise result
            return result

        return scorer

    return build


def made(result, **fields):
    return make(ScorerSpec("foreign", "mine", **fields), foreign(result))(CASE, Completion("x"))


def test_a_score_carries_the_name_that_the_eval_set_gives_the_scorer():
    assert make(ScorerSpec("exact", "city"), find("score", "exact"))(CASE, Completion("x")) == Score("city", 1.0, True)


@pytest.mark.parametrize(
    "error", [RuntimeError("boom"), KeyError("k"), RecursionError(), UsageError("no"), SystemError("s")]
)
def test_an_exception_inside_a_scorer_is_an_unscored_answer(error):
    got = made(error)
    assert (got.value, got.passed, got.scorer) == (None, None, "mine")
    assert type(error).__name__ in got.detail


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_not_swallowed(interrupt):
    def build():
        def scorer(_case, _answer):
            raise interrupt

        return scorer

    with pytest.raises(interrupt):
        make(ScorerSpec("foreign", "mine"), build)(CASE, Completion("x"))


@pytest.mark.parametrize(
    "result", [None, 1.0, True, Score("s", 1.7), Score("s", -0.1), Score("s", float("nan")), Score("s", float("inf"))]
)
def test_what_is_no_score_within_0_and_1_is_unscored_and_never_clipped(result):
    got = made(result)
    assert got.value is None
    assert got.detail


def test_a_long_detail_is_clipped_and_made_printable():
    got = made(Score("s", 0.0, False, "\x1b[31m" + "é" * 1000))
    assert len(got.detail) == 300
    assert got.detail.isprintable()
    assert got.detail.endswith("…")


def test_an_unknown_option_is_an_error_with_its_place_and_the_nearest_name():
    spec = ScorerSpec("foreign", "mine", {"tone_": "cold"}, source=Source("evalsets/a.yaml", 4, 5))
    with pytest.raises(UsageError) as raised:
        make(spec, foreign(None))
    assert str(raised.value) == "evalsets/a.yaml:4:5: foreign has no option 'tone_'"
    assert raised.value.hint == "did you mean tone?   (llmops explain foreign)"


def test_a_bad_value_of_an_option_is_an_error_with_its_place():
    spec = ScorerSpec("length", "short", {"at_most": "5"}, source=Source("evalsets/a.yaml", 4, 5))
    with pytest.raises(UsageError, match=r"evalsets/a\.yaml:4:5: length: at_most is '5', not a whole number"):
        make(spec, find("score", "length"))


def test_only_a_scorer_that_asks_for_a_judge_is_handed_one():
    def build(*, ask=None):
        return lambda _case, _answer: Score("s", 1.0, True, ask)

    assert make(ScorerSpec("f", "f"), build, ask="the judge")(CASE, Completion("x")).detail == "the judge"
    assert make(ScorerSpec("exact", "e"), find("score", "exact"), ask="the judge")(CASE, Completion("x")).passed


@given(SCORES)
def test_not_twice_is_the_score_itself(score):
    twice = negated(negated(score))
    assert twice.passed is score.passed
    assert twice.value == (None if score.value is None else pytest.approx(score.value, abs=1e-11))


@given(SCORES, st.floats(0, 1))
def test_pass_at_decides_graded_scores_only_and_keeps_their_value(score, bar):
    got = made(score, pass_at=bar)
    assert got.value == score.value
    if score.value is None:
        assert got.passed is None
    elif score.passed is not None:
        assert got.passed is score.passed
    else:
        assert got.passed is (round(score.value, 12) >= bar)


def test_not_comes_before_pass_at():
    assert made(Score("s", 0.9), negate=True, pass_at=0.5).passed is False
    assert made(Score("s", 0.2), negate=True, pass_at=0.8).passed is True


@pytest.mark.parametrize("bar", [-0.1, 1.1, "1", True, float("nan")])
def test_a_bar_that_is_no_share_is_refused(bar):
    with pytest.raises(UsageError, match="pass_at"):
        made(None, pass_at=bar)


@pytest.mark.parametrize(
    "answer", [Completion("", finish_reason="error"), Completion(" \n", finish_reason="content_filter")]
)
def test_an_answer_that_the_provider_withheld_is_unscored_even_for_not(answer):
    for negate in (False, True):
        assert make(ScorerSpec("exact", "e", negate=negate), find("score", "exact"))(CASE, answer).value is None


@pytest.mark.parametrize(
    "answer",
    [
        Completion("part", finish_reason="content_filter"),
        Completion("", finish_reason="error", tool_calls=({"name": "f"},)),
        Completion("", finish_reason="content_filter", refusal="No."),
        Completion("", finish_reason="length"),
        Completion(""),
    ],
)
def test_an_answer_that_says_anything_or_is_empty_for_another_reason_is_judged(answer):
    assert make(ScorerSpec("exact", "e"), find("score", "exact"))(CASE, answer).value == 0
