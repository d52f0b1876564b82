"""pass^k: how often k runs of a case all pass."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.compare.passes import pass_hat
from llmops_cli.compare.runs import summarise
from llmops_cli.model.completion import Completion, Failure
from llmops_cli.model.run import Result, Run, RunPlan, Score

runs = st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=6)


@given(st.lists(runs, min_size=1, max_size=8))
def test_it_is_the_share_of_all_choices_of_k_runs_that_pass(cases):
    found = pass_hat(cases)
    assert list(found) == list(range(1, min(map(len, cases)) + 1))
    for k, share in found.items():
        shares = [[all(chosen) for chosen in itertools.combinations(case, k)] for case in cases]
        assert share == pytest.approx(math.fsum(sum(one) / len(one) for one in shares) / len(cases))


@given(st.lists(runs, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_more_runs_never_pass_more_often_and_no_order_matters(cases, shuffler):
    found = pass_hat(cases)
    assert sorted(found.values(), reverse=True) == list(found.values())
    again = [shuffler.sample(case, len(case)) for case in shuffler.sample(cases, len(cases))]
    assert pass_hat(again) == found


def test_nothing_run_is_nothing_told():
    assert pass_hat([]) == {}
    assert pass_hat([[1.0], []]) == {}


def run_of(*cases, graded=False):
    """Return a run: a case a word, a repeat a sign; `!` is no answer, `?` one without a score."""

    def row(place, repeat, sign):
        if sign == "!":
            return Result(f"c{place}", "d", repeat, Failure("retryable", "timeout", "too slow"))
        passed = {"+": True, "-": False}.get(sign)
        value = None if passed is None else 0.5 if graded else float(passed)
        return Result(f"c{place}", "d", repeat, Completion("x"), (Score("exact", value, None if graded else passed),))

    rows = [row(place, repeat, sign) for place, word in enumerate(cases) for repeat, sign in enumerate(word)]
    names = tuple(f"c{place}" for place in range(len(cases)))
    plan = RunPlan("01K", "p", "d", "", "e", "s", {"exact": "v"}, "m", max(map(len, cases)), names)
    return Run(plan, tuple(rows))


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        (["++", "+-", "--"], {1: 0.5, 2: 1 / 3}),
        (["++++", "+++-"], {1: 7 / 8, 2: 0.75, 3: 5 / 8, 4: 0.5}),
        (["+++", "+-!"], {1: 0.75, 2: 0.5}),
        (["+++", "+?-"], {1: 0.75, 2: 0.5}),
        (["++", "!!"], {1: 1.0, 2: 1.0}),
        (["+", "-"], {}),
        (["++", "+!"], {}),
    ],
)
def test_a_run_tells_it_of_runs_that_have_a_score(cases, expected):
    (found,) = summarise(run_of(*cases), None).scores
    assert found.pass_hat == pytest.approx(expected)


def test_a_graded_scorer_has_none_and_so_has_one_that_is_not_primary():
    (found,) = summarise(run_of("++", "+-", graded=True), None).scores
    assert found.pass_hat == {}
    (found,) = summarise(run_of("++", "+-"), None, primary="another").scores
    assert found.pass_hat == {}
