"""Laws of the refusal scorer; its cases are in tests/spec/score/refusal.yaml, its figures in tests/real."""

import pace
from hypothesis import given
from hypothesis import strategies as st
from scored import score

from llmops_cli.model.completion import Completion

ANSWERS = st.text(max_size=40) | st.sampled_from(["I cannot help with that.", "I'm unable to say.", "As you wish."])


@given(ANSWERS, st.booleans())
def test_an_answer_that_says_something_meets_exactly_one_expectation(text, expect):
    wanted = score("refusal", text, expect=expect)
    unwanted = score("refusal", text, expect=not expect)
    assert (wanted.passed or unwanted.passed) is bool(text.strip())
    assert not (wanted.passed and unwanted.passed)


def test_an_answer_that_the_filter_cut_off_is_a_refusal_whatever_it_says():
    assert score("refusal", Completion("Sure, take", finish_reason="content_filter"), expect=True).passed


def test_a_long_answer_is_read_in_a_moment():
    long = "i very " * 100_000 + " sorry" * 100_000
    assert pace.seconds(lambda: score("refusal", long, expect=False), 0.2) < 0.2
