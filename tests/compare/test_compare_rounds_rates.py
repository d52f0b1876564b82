"""The whole rule, simulated: rounds, the margin a set is given, and the confirmation (GATE.md, bars 1, 3 and 4).

A few cells in every run; all of them with LLMOPS_STATISTICS=full (`make test-statistics`), which prints its table. One
test holds that the simulation decides as `judge` does, look by look.
"""

import os
import sys
from dataclasses import replace

import numpy as np
import pytest
from pairings import pairing_of
from simulated import Draws, chances, concentrated, diffuse
from simulated_rounds import BASE_RUNS, LOOKS, POLICY, gate

from llmops_cli.compare.gate import judge
from llmops_cli.compare.power import Evidence, margin_held

pytestmark = pytest.mark.statistics

FULL = os.environ.get("LLMOPS_STATISTICS") == "full"
DRAWS = 3000 if FULL else 1000
SLACK = 0.0 if FULL else 0.035
"""How much a share may be off by chance in the short runs: three times its standard error at 1,000 draws, and more."""


def cell(mix, cases, drop=0.0, *, drift=0.0, auto=False):
    rng = np.random.default_rng([5, cases, int(1000 * drop), int(1000 * drift), auto, *mix.encode()])
    before = chances(mix, cases, rng, DRAWS)
    today = diffuse(before, rng, drift) if drift else before
    after = today
    if drop:
        half = DRAWS // 2
        after = np.concatenate([concentrated(today[:half], rng, drop), diffuse(today[half:], rng, drop)])
    base = rng.binomial(BASE_RUNS, before)
    return gate(base, after, today, rng, margins_of(base) if auto else 0.05)


def margins_of(base):
    """Return the margin that each set is given, from the repeats of its baseline."""
    variances = (base * (BASE_RUNS - base) / (BASE_RUNS * (BASE_RUNS - 1))).mean(axis=1)
    held = [
        margin_held(Evidence(variance, 1 / BASE_RUNS, 1 / 3), base.shape[1], beta=0.05 / 3)
        for variance in variances.tolist()
    ]
    return np.array(held)


SIZES = (50, 100, 200, 500) if FULL else (50, 100)
MIXES = ("typical", "steady", "flaky") if FULL else ("typical",)


def show(title, rows):
    if FULL:
        sys.stdout.write(f"\n{title}\n" + "\n".join(rows) + "\n")


def test_an_unchanged_prompt_fails_in_at_most_two_of_a_hundred_once_fresh_answers_are_asked():
    found = {(mix, cases): cell(mix, cases) for mix in MIXES for cases in SIZES}
    show(
        "A/A, rounds: FAIL before and after fresh answers, PASS, calls a case",
        [
            f"{mix:9}{cases:5}  {one.unconfirmed:6.1%} {one.failed:6.1%} {one.passed:7.1%} {one.calls:6.2f}"
            for (mix, cases), one in found.items()
        ],
    )
    assert max(one.unconfirmed for one in found.values()) <= 0.065
    assert max(one.failed for one in found.values()) <= 0.02


@pytest.mark.parametrize(("cases", "drop", "least"), [(100, 0.05, 0.80), (200, 0.05, 0.94), (50, 0.10, 0.92)])
def test_a_real_drop_is_found(cases, drop, least):
    found = cell("typical", cases, drop)
    show(f"typical, {cases} cases, −{drop:.0%}", [f"FAIL {found.unconfirmed:.1%}, confirmed {found.failed:.1%}"])
    assert found.failed >= least - SLACK
    assert found.unconfirmed >= found.failed


@pytest.mark.parametrize("mix", ["typical", "steady"])
@pytest.mark.parametrize("cases", SIZES)
def test_an_unchanged_prompt_passes_with_the_margin_that_its_set_can_hold(mix, cases):
    found = cell(mix, cases, auto=True)
    show(f"margin auto, {mix}, {cases} cases", [f"PASS {found.passed:.1%}, runs a case {found.runs:.2f}"])
    assert found.passed >= 0.88 - SLACK


@pytest.mark.parametrize(("cases", "saved"), [(100, 0.35), (200, 0.55), *([(500, 0.65)] if FULL else [])])
def test_rounds_save_calls_against_three_runs_of_every_case(cases, saved):
    found = cell("typical", cases)
    show(f"calls saved at {cases} cases", [f"{1 - found.runs / 3:.1%} (with fresh answers {1 - found.calls / 3:.1%})"])
    assert 1 - found.runs / 3 >= saved


@pytest.mark.parametrize("cases", [100, 200] if FULL else [100])
def test_a_provider_that_got_worse_fails_no_unchanged_prompt(cases):
    found = cell("typical", cases, drift=0.05)
    show(f"provider lost 5 points, {cases} cases", [f"FAIL {found.unconfirmed:.1%}, confirmed {found.failed:.1%}"])
    assert found.unconfirmed >= 0.6, "without fresh answers most of them would fail"
    assert found.failed <= 0.06


def test_the_simulation_decides_as_the_gate_does_look_by_look():
    rng = np.random.default_rng(13)
    before = chances("typical", 60, rng, 40)
    after = diffuse(before, rng, 0.08)
    base = rng.binomial(BASE_RUNS, before)
    runs = rng.random((3, 40, 60)) < after
    for look in LOOKS:
        head = runs[: look.number].sum(axis=0)
        found = Draws(base, head, (BASE_RUNS, look.number))
        fine, worse = found.lower_bounds(0.05 * look.beta) > -0.05, found.shown_worse(0.05 * look.alpha)
        for place in range(40):
            tables = (
                {f"c{case:03}": [run < passed for run in range(count)] for case, passed in enumerate(side.tolist())}
                for side, count in ((base[place], BASE_RUNS), (head[place], look.number))
            )
            verdict = judge(replace(pairing_of(*tables, policy=POLICY), look=look)).verdict
            wanted = {"PASS", "IMPROVED"} if fine[place] else {"FAIL"} if worse[place] else {"INCONCLUSIVE"}
            assert verdict in wanted
