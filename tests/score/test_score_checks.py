"""The case's own checks as one score."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.run import Score
from llmops_cli.score._checks import checks

PASS, FAIL = Score("a", 1.0, True), Score("b", 0.0, False, "expected 'x'")
BLANK = Score("c", None, None, "no judge is at hand")
GRADED, FULL = Score("d", 0.9, None, "curt"), Score("e", 1.0)


def judged(*scores):
    return checks(Case("c", {}), Completion("x"), [lambda _case, _answer, score=score: score for score in scores])


@pytest.mark.parametrize(
    ("scores", "value", "detail"),
    [
        ((PASS,), 1, ""),
        ((PASS, PASS), 1, ""),
        ((PASS, FAIL), 0, "b failed: expected 'x'"),
        ((FAIL, GRADED), 0, "b failed: expected 'x'"),
        ((Score("f", 0.0, False),), 0, "f failed"),
        ((GRADED,), 0, "d failed: curt"),
        ((FULL,), 1, ""),
        ((PASS, BLANK), None, "c could not score: no judge is at hand"),
        ((BLANK, FAIL), 0, "b failed: expected 'x'"),
        ((), None, "the case has no checks"),
    ],
)
def test_all_checks_must_pass_and_the_first_that_does_not_is_named(scores, value, detail):
    got = judged(*scores)
    assert got == Score("checks", value, None if value is None else bool(value), detail)


@given(st.lists(st.sampled_from([PASS, FAIL, BLANK, GRADED, FULL]), min_size=1))
def test_the_order_of_checks_changes_no_value(scores):
    assert judged(*scores).value == judged(*reversed(scores)).value
