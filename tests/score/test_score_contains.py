"""Laws of the contains scorer; its cases are in tests/spec/score/contains.yaml."""

from hypothesis import given
from hypothesis import strategies as st
from scored import score

WORDS = st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=4)


@given(WORDS, st.text(max_size=30))
def test_all_passes_when_each_passes_and_any_when_one_does(words, answer):
    each = [score("contains", answer, value=word).passed for word in words]
    assert score("contains", answer, all=words).passed is all(each)
    assert score("contains", answer, any=words).passed is any(each)
    assert score("contains", answer, words).passed is all(each)


@given(st.text(), st.text(min_size=1), st.text())
def test_a_text_is_found_wherever_it_stands(before, value, after):
    assert score("contains", before + value + after, value=value).passed
