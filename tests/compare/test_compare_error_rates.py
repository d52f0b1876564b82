"""The gate's promised error rates, simulated (GATE.md, bars 1 and 2).

A few cells in every run; the whole grid with LLMOPS_STATISTICS=full (`make test-statistics`), which prints its table.
What can be vectorised is: the bound for all draws at once, the exact test only for those whose outcome its normal
approximation leaves open. One test holds that this shortcut decides as `judge` does.
"""

import os
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from pairings import pairing_of

from llmops_cli.compare.exact import Table, permutation_p
from llmops_cli.compare.gate import judge
from llmops_cli.compare.power import Evidence, margin_held
from llmops_cli.compare.stats import z
from llmops_cli.model.settings import GatePolicy

pytestmark = pytest.mark.statistics

FULL = os.environ.get("LLMOPS_STATISTICS") == "full"
DRAWS = 3000
MARGIN = ALPHA = BETA = 0.05
MOST_FALSE_FAIL = 0.065
MOST_FALSE_PASS = 0.07
LEAST_HELD = 0.88
OPEN = (-2.4, -1.1)  # z-scores between which mid-p may lie on either side of α, once the variance is large
LARGE_VARIANCE = 6.0

MIXES = {"typical": (0.75, 0.10, 0.15), "steady": (0.85, 0.10, 0.05), "flaky": (0.45, 0.15, 0.40)}
SHAPES = ((50, 0.7), (0.7, 20), (2, 2))
SIZES = (50, 100, 200, 500)
PLANS = ((1, 1), (5, 1), (3, 3), (5, 3), (5, 5))
GRID = [(mix, cases, plan) for mix in MIXES for cases in SIZES for plan in PLANS]
SHORT = [("typical", 50, (5, 1)), ("typical", 100, (5, 3)), ("flaky", 50, (3, 3)), ("steady", 100, (1, 1))]
CELLS = GRID if FULL else SHORT


@dataclass(frozen=True)
class Draws:
    """Passes of each case (columns) in each draw (rows), on both sides."""

    base: np.ndarray
    head: np.ndarray
    plan: tuple[int, int]

    @property
    def shown_fine(self):
        """Which draws PASS: L > −margin."""
        return self.lower_bounds > -MARGIN

    @property
    def lower_bounds(self):
        """L of each draw."""
        base_runs, head_runs = self.plan
        differences = self.head / head_runs - self.base / base_runs
        delta = differences.mean(axis=1)
        spread = ((differences - delta[:, None]) ** 2).sum(axis=1)
        return delta - z(1 - BETA) * np.sqrt(spread + 2 / head_runs) / differences.shape[1]

    @property
    def shown_worse(self):
        """Which draws have p ≤ α, by the exact test wherever a normal approximation leaves it open."""
        base_runs, head_runs = self.plan
        runs = base_runs + head_runs
        passes = self.base + self.head
        expected = passes * head_runs / runs
        variance = (expected * (1 - passes / runs) * base_runs / (runs - 1)).sum(axis=1)
        score = (self.head - expected).sum(axis=1) / np.sqrt(np.maximum(variance, 1e-12))
        worse = score < OPEN[0]
        for place in np.flatnonzero((variance < LARGE_VARIANCE) | ((score >= OPEN[0]) & (score <= OPEN[1]))):
            worse[place] = self._p_worse(place) <= ALPHA
        return worse

    def _p_worse(self, place):
        columns = zip(self.base[place].tolist(), self.head[place].tolist(), strict=True)
        return permutation_p(Table(before, self.plan[0], after, self.plan[1]) for before, after in columns).worse

    def only(self, rows):
        return Draws(self.base[rows], self.head[rows], self.plan)


def chances(mix, cases, rng, draws=DRAWS):
    """Return the chance of each case to pass one run: nearly always, nearly never, or flaky."""
    kinds = rng.choice(3, size=(draws, cases), p=MIXES[mix])
    first, second = (np.array([shape[side] for shape in SHAPES])[kinds] for side in (0, 1))
    return rng.beta(first, second)


def drawn(before, after, plan, rng):
    return Draws(rng.binomial(plan[0], before), rng.binomial(plan[1], after), plan)


def concentrated(chance, rng):
    """Return chances after a drop of exactly the margin: cases in random order fall to a twentieth, the last in part."""
    order = rng.permuted(np.tile(np.arange(chance.shape[1]), (len(chance), 1)), axis=1)
    loss = np.take_along_axis(0.95 * chance, order, axis=1)
    before = np.cumsum(loss, axis=1) - loss
    taken = np.clip(MARGIN * chance.shape[1] - before, 0, loss)
    fallen = np.empty_like(chance)
    np.put_along_axis(fallen, order, np.take_along_axis(chance, order, axis=1) - taken, axis=1)
    return fallen


def diffuse(chance, _rng):
    """Return chances after a drop of exactly the margin: one shift of the logit for all cases."""
    inside = np.clip(chance, 1e-9, 1 - 1e-9)
    logit = np.log(inside / (1 - inside))
    low, high = np.zeros((len(chance), 1)), np.full((len(chance), 1), 20.0)
    wanted = chance.mean(axis=1, keepdims=True) - MARGIN
    for _ in range(40):
        middle = (low + high) / 2
        above = (1 / (1 + np.exp(middle - logit))).mean(axis=1, keepdims=True) > wanted
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return 1 / (1 + np.exp(high - logit))


def false_fails(mix, cases, plan):
    """Return the share of unchanged prompts that FAIL."""
    rng = np.random.default_rng([1, cases, *plan, *mix.encode()])
    chance = chances(mix, cases, rng)
    found = drawn(chance, chance, plan, rng)
    return found.only(~found.shown_fine).shown_worse.sum() / DRAWS


def false_passes(mix, cases, plan):
    """Return the shares of prompts a margin worse that PASS: where the drop is concentrated, and where it is diffuse."""
    rng = np.random.default_rng([2, cases, *plan, *mix.encode()])
    chance = chances(mix, cases, rng)
    return [drawn(chance, drop(chance, rng), plan, rng).shown_fine.mean() for drop in (concentrated, diffuse)]


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
    chance = chances(mix, cases, rng)
    found = drawn(chance, chance, (5, 1), rng)
    variances = (found.base * (5 - found.base) / 20).mean(axis=1)
    margins = np.array([margin_held(Evidence(variance, 1 / 5), cases) for variance in variances.tolist()])
    assert (found.lower_bounds > -margins).mean() >= LEAST_HELD
    assert margins.min() >= MARGIN


@pytest.mark.parametrize("drop", [concentrated, diffuse])
def test_the_simulated_drops_are_as_large_as_they_say(drop):
    rng = np.random.default_rng(7)
    chance = chances("typical", 100, rng, draws=20)
    fallen = drop(chance, rng)
    assert (chance.mean(axis=1) - fallen.mean(axis=1)) == pytest.approx(MARGIN, abs=1e-9)
    assert fallen.min() >= 0
    assert (fallen <= chance + 1e-9).all()


@pytest.mark.parametrize(
    ("mix", "cases", "plan"), [("typical", 50, (1, 1)), ("flaky", 60, (5, 3)), ("steady", 50, (5, 1))]
)
def test_the_shortcut_decides_as_the_gate_does(mix, cases, plan):
    rng = np.random.default_rng(11)
    chance = chances(mix, cases, rng, draws=60)
    found = drawn(chance, diffuse(chance, rng), plan, rng)
    fine, worse = found.shown_fine, found.shown_worse
    for place in range(60):
        base, head = (
            {f"c{case:03}": [run < passes for run in range(runs)] for case, passes in enumerate(side[place].tolist())}
            for side, runs in ((found.base, plan[0]), (found.head, plan[1]))
        )
        verdict = judge(pairing_of(base, head, policy=GatePolicy(margin=MARGIN))).verdict
        wanted = {"PASS", "IMPROVED"} if fine[place] else {"FAIL"} if worse[place] else {"INCONCLUSIVE"}
        assert verdict in wanted
