"""Laws and speed of the numeric scorer; its cases are in tests/spec/score/numeric.yaml."""

from decimal import Decimal

import pace
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored import score, scorer

from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.score._number import last_number

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9)


@given(NUMBERS, st.sampled_from(["{:,}", "{}", "${:,}", "{} %", "**{}**", "x = {}.", "A: {:,}\n"]))
def test_a_number_is_read_back_from_every_way_of_writing_it(number, form):
    assert last_number("first 7, then " + form.format(number)) == number


@given(NUMBERS, NUMBERS, st.floats(0, 100), st.floats(0, 1))
def test_a_tolerance_is_the_distance_that_still_passes(expected, got, tolerance, relative):
    passed = score("numeric", f"it is {got}", str(expected), tolerance=tolerance, rel_tolerance=relative).passed
    allowed = max(Decimal(repr(tolerance)), Decimal(repr(relative)) * abs(expected))
    assert passed is (abs(got - expected) <= allowed)


@pytest.mark.parametrize(
    "text", ["1," * 25_000, "1" * 50_000, "1,111" * 10_000, "-" * 50_000, "1e" * 25_000, "$ " * 25_000, "." * 50_000]
)
def test_a_hostile_answer_is_read_in_a_moment(text):
    assert score("numeric", text, 2).passed is False
    assert pace.seconds(lambda: score("numeric", text, 2), 0.5) < 0.5


def test_1319_answers_are_scored_anew_within_a_fifth_of_a_second():
    numeric = scorer("numeric")
    answer = Completion(
        "He has 16 - 3 - 4 = <<16-3-4=9>>9 eggs a day.\n" * 5 + "He makes 9 * 2 = $<<9*2=18>>18 a day.\nA: 18"
    )
    cases = [Case(str(number), {}, expected="A: 18") for number in range(1319)]
    assert all(numeric(case, answer).passed for case in cases)
    assert pace.seconds(lambda: [numeric(case, answer) for case in cases], 0.2) < 0.2
