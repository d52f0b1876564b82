from dataclasses import replace

import pytest
from pairings import arm_of, pairing_of

from llmops_cli.compare.gate import judge
from llmops_cli.model.run import Acceptance
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Verdict

SAME = {f"c{i:03}": [True] for i in range(200)}
COSTS = [0.01 + i % 7 / 1000 for i in range(200)]


def arm(side, *, costs=None, tokens=None):
    found = arm_of(SAME, side=side)
    for place, (case, row) in enumerate(found.rows.items()):
        cost = costs[place] if costs else None
        found.rows[case] = replace(row, cost_usd=cost, tokens=tokens[place] if tokens else None)
    return found


def verdict_on(factors, **facts):
    base, head = (
        arm("base ", costs=COSTS),
        arm("head ", costs=[cost * f for cost, f in zip(COSTS, factors, strict=True)]),
    )
    return judge(pairing_of(base, head, **facts))


@pytest.mark.parametrize(
    ("factor", "verdict"), [(0.5, "PASS"), (1.0, "PASS"), (1.2, "PASS"), (1.21, "FAIL"), (3.0, "FAIL")]
)
def test_every_case_dearer_than_the_limit_fails(factor, verdict):
    found = verdict_on([factor] * 200)
    assert found.verdict == verdict
    assert found.cost.ratio == pytest.approx(factor)
    if verdict == "FAIL":
        assert [hard.rule for hard in found.hard] == ["cost"]
        assert "(limit +20 %), over 200 cases" in found.hard[0].detail


def test_a_few_very_dear_cases_are_not_significant():
    found = verdict_on([1.0] * 196 + [1e6] * 4)
    assert found.cost.ratio > 1000
    assert found.verdict == Verdict.PASS


def test_a_rise_that_is_noise_is_not_significant():
    factors = [20.0 if i % 2 else 1 / 12 for i in range(200)]
    assert verdict_on(factors).verdict == Verdict.PASS


@pytest.mark.parametrize(("factor", "said"), [(1.1, False), (1.5, True)])
def test_a_rise_in_tokens_is_said_and_not_failed_where_no_price_is_known(factor, said):
    base, head = arm("base ", tokens=[100.0] * 200), arm("head ", tokens=[100.0 * factor] * 200)
    found = judge(pairing_of(base, head))
    assert found.verdict == "PASS"
    assert found.cost.ratio is None
    assert any("tokens a case" in reason for reason in found.reasons) is said


def test_answers_that_cost_nothing_have_no_ratio():
    assert judge(pairing_of(arm("b", costs=[0.0] * 200), arm("h", costs=[0.0] * 200))).verdict == Verdict.PASS


def test_the_limit_is_the_policys():
    assert verdict_on([1.5] * 200, policy=GatePolicy(margin=0.05, cost_increase=0.6)).verdict == Verdict.PASS


@pytest.mark.parametrize(("covered", "verdict"), [(0.5, "ACCEPTED"), (0.4, "FAIL")])
def test_an_acceptance_may_cover_the_cost(covered, verdict):
    assert verdict_on([1.5] * 200, accepted=Acceptance("ann", "worth it", {"cost": covered})).verdict == verdict
