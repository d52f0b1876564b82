"""The gate's promised error rates, simulated (GATE.md, bars 1 and 2).

A few cells in every run; the whole grid with LLMOPS_STATISTICS=full (`make test-statistics`), which prints its table.
"""

import os
import sys

import numpy as np
import pytest
from pairings import pairing_of
from simulated import MIXES, chances, concentrated, diffuse, drawn

from llmops_cli.compare.gate import judge
from llmops_cli.compare.pairs import Pair, Paired
from llmops_cli.compare.power import Evidence, margin_held
from llmops_cli.compare.verdicts import Terms, decide, weigh
from llmops_cli.model.settings import GatePolicy

pytestmark = pytest.mark.statistics

FULL = os.environ.get("LLMOPS_STATISTICS") == "full"
DRAWS = 3000
SMALL_DRAWS = 1500 if FULL else 500
MARGIN = 0.05
MOST_FALSE_FAIL = 0.065
MOST_FALSE_PASS = 0.07
LEAST_HELD = 0.88

SIZES = (50, 100, 200, 500)
PLANS = ((1, 1), (5, 1), (3, 3), (5, 3), (5, 5))
GRID = [(mix, cases, plan) for mix in MIXES for cases in SIZES for plan in PLANS]
SHORT = [("typical", 50, (5, 1)), ("typical", 100, (5, 3)), ("flaky", 50, (3, 3)), ("steady", 100, (1, 1))]
CELLS = GRID if FULL else SHORT


def false_fails(mix, cases, plan):
    """Return the share of unchanged prompts that FAIL."""
    rng = np.random.default_rng([1, cases, *plan, *mix.encode()])
    chance = chances(mix, cases, rng, DRAWS)
    found = drawn(chance, chance, plan, rng)
    return found.only(~(found.lower_bounds() > -MARGIN)).shown_worse().sum() / DRAWS


def false_passes(mix, cases, plan):
    """Return the shares of prompts a margin worse that PASS: where the drop is concentrated, and where it is diffuse."""
    rng = np.random.default_rng([2, cases, *plan, *mix.encode()])
    chance = chances(mix, cases, rng, DRAWS)
    return [
        (drawn(chance, drop(chance, rng), plan, rng).lower_bounds() > -MARGIN).mean()
        for drop in (concentrated, diffuse)
    ]


def table(title, rows):
    """Write measured shares: a line a mix and number of cases, a column a plan."""
    head = "".join(f"{base}/{runs}".rjust(14) for base, runs in PLANS)
    lines = [f"\n{title}", f"{'':14}{head}"]
    for mix in MIXES:
        for cases in SIZES:
            cells = (rows.get((mix, cases, plan), "") for plan in PLANS)
            lines.append(f"{mix:9}{cases:5}" + "".join(cell.rjust(14) for cell in cells))
    sys.stdout.write("\n".join(lines) + "\n")


def test_an_unchanged_prompt_rarely_fails():
    shares = {cell: false_fails(*cell) for cell in CELLS}
    if FULL:
        table("A/A: FAIL in % of unchanged prompts", {cell: f"{share:.1%}" for cell, share in shares.items()})
    assert max(shares.values()) <= MOST_FALSE_FAIL, shares
    assert max(shares.values()) > 0.01, "a test that never fails anything is no test"


def test_a_drop_of_the_margin_rarely_passes():
    shares = {cell: false_passes(*cell) for cell in CELLS}
    if FULL:
        shown = {cell: f"{both[0]:.1%} / {both[1]:.1%}" for cell, both in shares.items()}
        table("drop of 5 points: PASS in % (concentrated / diffuse)", shown)
    highest = max(max(both) for both in shares.values())
    assert highest <= MOST_FALSE_PASS, shares
    assert highest > 0.02, "a bound that never lets anything pass is no bound"


@pytest.mark.parametrize("mix", ["typical", "steady"])
@pytest.mark.parametrize("cases", SIZES if FULL else SIZES[:3])
def test_an_unchanged_prompt_holds_the_margin_that_its_baseline_was_given(mix, cases):
    rng = np.random.default_rng([3, cases, *mix.encode()])
    chance = chances(mix, cases, rng, DRAWS)
    found = drawn(chance, chance, (5, 1), rng)
    variances = (found.base * (5 - found.base) / 20).mean(axis=1)
    margins = np.array([margin_held(Evidence(variance, 1 / 5), cases) for variance in variances.tolist()])
    assert (found.lower_bounds() > -margins).mean() >= LEAST_HELD
    assert margins.min() >= MARGIN


SMALL = Terms(0.25, "cases", 0.05, GatePolicy())
MOST_FALSE_SMALL = 0.09
"""Where no other case flips nothing can be told from chance; the rule then speaks, for that is what it is for."""


@pytest.mark.parametrize("plan", PLANS[1:] if FULL else ((5, 1), (5, 3)))
@pytest.mark.parametrize("mix", MIXES if FULL else ["typical"])
def test_a_replayed_small_set_rarely_fails_an_unchanged_prompt_and_never_passes_a_broken_case(mix, plan):
    shares = {}
    for cases in (12, 30, 50):
        rng = np.random.default_rng([4, cases, *plan, *mix.encode()])
        chance = chances(mix, cases, rng, SMALL_DRAWS)
        said = [small(*rows) for rows in columns(drawn(chance, chance, plan, rng))]
        shares[cases] = said.count("FAIL") / SMALL_DRAWS
        broken = chance.copy()
        broken[:, 0] = 0.0
        found = drawn(chance, broken, plan, rng)
        found.base[:, 0] = plan[0]
        told = {small(*rows) for rows in columns(found)}
        assert told <= {"FAIL", "INCONCLUSIVE"}
    if FULL:
        shown = "  ".join(f"{cases}: {share:.1%}" for cases, share in shares.items())
        sys.stdout.write(f"\nsmall set, replayed, A/A FAIL, {mix} {plan[0]}/{plan[1]}  {shown}\n")
    assert max(shares.values()) <= MOST_FALSE_SMALL, shares


def small(base, head, plan):
    """Return the small-set rule's verdict on replayed passes."""
    pairs = tuple(
        Pair(f"c{case:03}", *(tuple(float(run < passes) for run in range(runs)) for passes, runs in sides))
        for case, sides in enumerate(
            ((before, plan[0]), (after, plan[1])) for before, after in zip(base, head, strict=True)
        )
    )
    paired = Paired(pairs, binary=True)
    return decide(paired, weigh(paired, SMALL), SMALL).value


def columns(found):
    return zip(found.base.tolist(), found.head.tolist(), [found.plan] * len(found.base), strict=True)


@pytest.mark.parametrize("drop", [concentrated, diffuse])
def test_the_simulated_drops_are_as_large_as_they_say(drop):
    rng = np.random.default_rng(7)
    chance = chances("typical", 100, rng, 20)
    fallen = drop(chance, rng)
    assert (chance.mean(axis=1) - fallen.mean(axis=1)) == pytest.approx(MARGIN, abs=1e-9)
    assert fallen.min() >= 0
    assert (fallen <= chance + 1e-9).all()


@pytest.mark.parametrize(
    ("mix", "cases", "plan"), [("typical", 50, (1, 1)), ("flaky", 60, (5, 3)), ("steady", 50, (5, 1))]
)
def test_the_shortcut_decides_as_the_gate_does(mix, cases, plan):
    rng = np.random.default_rng(11)
    chance = chances(mix, cases, rng, 60)
    found = drawn(chance, diffuse(chance, rng), plan, rng)
    fine, worse = found.lower_bounds() > -MARGIN, found.shown_worse()
    for place in range(60):
        base, head = (
            {f"c{case:03}": [run < passes for run in range(runs)] for case, passes in enumerate(side[place].tolist())}
            for side, runs in ((found.base, plan[0]), (found.head, plan[1]))
        )
        verdict = judge(pairing_of(base, head, policy=GatePolicy(margin=MARGIN))).verdict
        wanted = {"PASS", "IMPROVED"} if fine[place] else {"FAIL"} if worse[place] else {"INCONCLUSIVE"}
        assert verdict in wanted
