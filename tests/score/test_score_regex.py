"""That no pattern can hang the regex scorer; its cases are in tests/spec/score/regex.yaml."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pace
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored import score, scorer

from llmops_cli.errors import UsageError
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case

PATTERNS = st.text(alphabet="ab.*+?|^$\\dw", min_size=1, max_size=6)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(a*)*b", "a*a*a*a*c"])
def test_a_runaway_pattern_on_50_kb_is_stopped_and_the_answer_is_unscored(pattern):
    answer = "a" * 50_000 + "!"
    got = score("regex", answer, pattern=pattern)
    assert got.value is None
    assert pace.seconds(lambda: score("regex", answer, pattern=pattern), 2, time.monotonic) < 2
    assert "too long" in got.detail
    assert score("regex", "aab", pattern="a+b").passed, "the next search has a new child"


@given(PATTERNS, st.text(alphabet="ab1\n", max_size=12))
def test_a_pattern_passes_when_python_finds_it(pattern, answer):
    try:
        compiled = re.compile(pattern)
    except re.error:
        with pytest.raises(UsageError):
            score("regex", answer, pattern=pattern)
        return
    assert score("regex", answer, pattern=pattern).passed is (compiled.search(answer) is not None)


@pytest.mark.parametrize("answer", ["", "\n", "\ud800", "a\u2028b\nc", "\x00", "é" * 200_000])
def test_any_text_reaches_the_child_as_it_is(answer):
    assert score("regex", answer, pattern=re.escape(answer) or "^$").passed


def test_threads_get_the_answers_to_their_own_questions_even_beside_a_runaway():
    def ask(number):
        if number == 17:
            return score("regex", "a" * 5_000 + "!", pattern="(a+)+$").passed
        return score("regex", f"n{number}", pattern=f"^n{number + number % 2}$").passed

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(ask, range(60)))
    assert got == [None if number == 17 else number % 2 == 0 for number in range(60)]


def test_a_thousand_searches_take_less_than_two_seconds():
    regex = scorer("regex", {"pattern": r"A: 18$"})
    answers = [Completion(f"{number} A: 18") for number in range(1000)]
    assert all(regex(Case("c", {}), answer).passed for answer in answers)
    assert pace.seconds(lambda: [regex(Case("c", {}), answer) for answer in answers], 2, time.monotonic) < 2
