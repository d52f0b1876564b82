"""The promised error rates where cases copy each other's answers: 120 cases, but 12 questions."""

import os
from dataclasses import replace

import numpy as np
import pytest
from pairings import flagged, pairing_of
from simulated import chances, concentrated

from llmops_cli.compare.gate import judge
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Verdict

pytestmark = pytest.mark.statistics

DRAWS = 2000 if os.environ.get("LLMOPS_STATISTICS") == "full" else 400
QUESTIONS, COPIES = 12, 10
MOST_WRONG = 0.05
BY_STATISTICS = GatePolicy(margin=0.05, rule="statistics")
SLACK = 3 * np.sqrt(MOST_WRONG * (1 - MOST_WRONG) / DRAWS) if DRAWS < 1000 else 0.015

FULL = DRAWS > 1000
CELLS = [(mix, plan) for mix in ("typical", "steady", "flaky") for plan in ((1, 1), (5, 1), (5, 3))]
SHORT = [("typical", (1, 1)), ("flaky", (5, 1)), ("steady", (5, 3))]


def copied(runs, expected):
    """Return each case's scores: the copies of a question share its answers, and are judged as `expected` says."""
    copies = range(COPIES)
    return {
        f"c{question:02}-{copy}": [bool(right) == bool(expected[copy]) for right in row]
        for question, row in enumerate(runs)
        for copy in copies
    }


def same(scores, **more):
    """Return the flags of cases that ask the same, as the gate finds them."""
    return {case: flagged(unit=f"{case[:3]}-0", asked=f"{case[:3]}-0", **more) for case in scores}


def verdicts(mix, plan, policy, *, expected=(1,) * COPIES, known=True, worsen=None, graded=False):
    """Return how often each verdict is said of an unchanged prompt, or of one that `worsen` made worse."""
    rng = np.random.default_rng([3, *plan, *mix.encode()])
    said: dict[Verdict, int] = {}
    for chance in chances(mix, QUESTIONS, rng, DRAWS):
        after = worsen(chance[None], rng)[0] if worsen else chance
        base, head = (
            copied(rng.random((QUESTIONS, runs)) < level[:, None], expected)
            for runs, level in zip(plan, (chance, after), strict=True)
        )
        if graded:
            base, head = (
                {case: [0.3 + 0.5 * value for value in row] for case, row in side.items()} for side in (base, head)
            )
        flags = same(base) if known else {}
        one = judge(pairing_of(base, head, policy=policy, flags=flags)).verdict
        said[one] = said.get(one, 0) + 1
    return {verdict: count / DRAWS for verdict, count in said.items()}


@pytest.mark.parametrize(("mix", "plan"), CELLS if FULL else SHORT)
def test_an_unchanged_prompt_neither_fails_nor_improves_more_often_than_promised(mix, plan):
    said = verdicts(mix, plan, BY_STATISTICS)
    assert said.get(Verdict.FAIL, 0.0) <= MOST_WRONG + SLACK
    assert said.get(Verdict.IMPROVED, 0.0) <= MOST_WRONG + SLACK


@pytest.mark.parametrize("expected", [(1,) * 5 + (0,) * 5, (1,) * 9 + (0,)], ids=["half", "a tenth"])
def test_nor_where_the_copies_are_judged_in_two_ways(expected):
    said = verdicts("flaky", (5, 1), BY_STATISTICS, expected=expected)
    assert said.get(Verdict.FAIL, 0.0) <= MOST_WRONG + SLACK
    assert said.get(Verdict.IMPROVED, 0.0) <= MOST_WRONG + SLACK


def test_nor_where_scores_are_graded():
    said = verdicts("typical", (5, 3), BY_STATISTICS, graded=True)
    assert said.get(Verdict.FAIL, 0.0) <= MOST_WRONG + SLACK
    assert said.get(Verdict.IMPROVED, 0.0) <= MOST_WRONG + SLACK


def test_nor_where_only_the_head_asks_cases_the_same():
    rng, plan, wrong = np.random.default_rng(5), (5, 1), 0
    for chance in chances("flaky", QUESTIONS, rng, DRAWS):
        names = [[f"c{question:02}-{copy}" for copy in range(COPIES)] for question in range(QUESTIONS)]
        base = {name: list(rng.random(plan[0]) < at) for at, row in zip(chance, names, strict=True) for name in row}
        once = [list(rng.random(plan[1]) < at) for at in chance]
        head = {name: answer for answer, row in zip(once, names, strict=True) for name in row}
        base = {name: list(map(bool, row)) for name, row in base.items()}
        head = {name: list(map(bool, row)) for name, row in head.items()}
        flags = {case: flagged(unit=f"{case[:3]}-0") for case in base}
        wrong += judge(pairing_of(base, head, policy=BY_STATISTICS, flags=flags)).verdict is Verdict.FAIL
    assert wrong / DRAWS <= MOST_WRONG + SLACK


def test_a_drop_of_the_margin_is_no_pass():
    policy = replace(BY_STATISTICS, margin=0.10)
    said = verdicts("typical", (5, 3), policy, worsen=lambda chance, rng: concentrated(chance, rng, 0.10))
    assert said.get(Verdict.PASS, 0.0) + said.get(Verdict.IMPROVED, 0.0) <= 0.07 + SLACK


def test_taken_for_independent_the_same_copies_fail_an_unchanged_prompt_far_too_often():
    said = verdicts("flaky", (5, 1), BY_STATISTICS, known=False)
    assert said[Verdict.FAIL] > 0.15
