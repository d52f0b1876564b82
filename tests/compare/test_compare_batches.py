"""What a set can hold where each look sees more cases, not more runs of all."""

import random
from dataclasses import replace

import pytest
from pairings import arm_of, pairing_of

from llmops_cli.compare.gate import judge
from llmops_cli.compare.looks import batches
from llmops_cli.compare.power import margin_of
from llmops_cli.model.settings import GatePolicy

POLICY = GatePolicy(plan="batches")


def flaky(count, runs, side):
    draw = random.Random(side)
    return arm_of({f"c{at:03}": [draw.random() < 0.5 for _ in range(runs)] for at in range(count)}, side=side)


@pytest.mark.parametrize("look", batches())
def test_the_margin_is_that_of_one_run_a_case_at_every_look(look):
    base = flaky(400, 5, "base ")
    once = margin_of(base, "exact", GatePolicy())
    assert once == pytest.approx(0.09)
    assert margin_of(base, "exact", POLICY, look) == pytest.approx(0.10)  # of β a quarter is left for each look
    assert margin_of(replace(base, margin=once), "exact", POLICY, look) == once


@pytest.mark.parametrize("look", batches())
def test_a_base_that_is_asked_by_batches_too_has_the_margin_of_the_whole_set_from_the_first_look_on(look):
    whole = flaky(400, 3, "base ")
    part = replace(whole, rows=dict(list(whole.rows.items())[: 100 * look.number]))
    expected = margin_of(whole, "exact", POLICY, look, 400)
    assert margin_of(part, "exact", POLICY, look, 400) == pytest.approx(expected, abs=0.0101)
    assert margin_of(part, "exact", GatePolicy(plan="fixed"), total=400) == margin_of(part, "exact", GatePolicy())


@pytest.mark.parametrize("look", batches())
def test_the_report_claims_no_more_runs_than_there_are_and_no_small_set(look):
    seen = 100 * look.number
    base, head = flaky(400, 5, "base "), flaky(seen, 1, "head ")
    now = replace(base, rows={name: base.rows[name] for name in head.rows})
    (family,) = judge(pairing_of(now, head, policy=POLICY, look=look, measured=base, total=400)).families
    assert (family.rule, family.margin) == ("statistics", pytest.approx(0.10))
    assert not any("runs a case" in reason for reason in family.reasons)
