"""Laws of the length scorer; its cases are in tests/spec/score/length.yaml."""

from hypothesis import given
from hypothesis import strategies as st
from scored import score


@given(st.text(alphabet="ab \n"), st.integers(0, 20), st.integers(0, 20), st.sampled_from(["chars", "words", "lines"]))
def test_an_answer_passes_both_limits_when_it_passes_each(answer, low, more, unit):
    high = low + more
    both = score("length", answer, at_least=low, at_most=high, unit=unit).passed
    least = score("length", answer, at_least=low, unit=unit).passed
    most = score("length", answer, at_least=0, at_most=high, unit=unit).passed
    assert both is (least and most)


@given(st.text())
def test_characters_are_counted_without_the_ends(answer):
    size = len(answer.strip())
    assert score("length", answer, at_least=size, at_most=size).passed
