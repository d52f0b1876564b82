"""Simulated eval sets and models: what GATE.md's promised rates are measured on. All draws of a cell at once.

What can be vectorised is: the bound for all draws, the exact test only for those whose outcome its normal approximation
leaves open. A test holds that this shortcut decides as `judge` does.
"""

from dataclasses import dataclass, replace

import numpy as np

from llmops_cli.compare.exact import Table, permutation_p
from llmops_cli.compare.stats import z

OPEN = 0.75
"""How far from the critical z-score the normal approximation may be off, once the variance is large."""
LARGE_VARIANCE = 6.0

MIXES = {"typical": (0.75, 0.10, 0.15), "steady": (0.85, 0.10, 0.05), "flaky": (0.45, 0.15, 0.40)}
SHAPES = ((50, 0.7), (0.7, 20), (2, 2))


@dataclass(frozen=True)
class Draws:
    """Passes of each case (columns) in each draw (rows), on both sides, of `plan` = (k_B, k_C) runs."""

    base: np.ndarray
    head: np.ndarray
    plan: tuple[int, int]

    def lower_bounds(self, beta=0.05):
        """Return L of each draw."""
        base_runs, head_runs = self.plan
        differences = self.head / head_runs - self.base / base_runs
        delta = differences.mean(axis=1)
        spread = ((differences - delta[:, None]) ** 2).sum(axis=1)
        return delta - z(1 - beta) * np.sqrt(spread + 2 / head_runs) / differences.shape[1]

    def shown_worse(self, alpha=0.05, among=None):
        """Return which draws have p ≤ α, by the exact test wherever a normal approximation leaves it open.

        `among` (a boolean a case and draw) leaves all other cases out.
        """
        base_runs, head_runs = self.plan
        runs = base_runs + head_runs
        base = self.base if among is None else np.where(among, self.base, 0)
        head = self.head if among is None else np.where(among, self.head, 0)
        passes = base + head
        expected = passes * head_runs / runs
        variance = (expected * (1 - passes / runs) * base_runs / (runs - 1)).sum(axis=1)
        score = (head - expected).sum(axis=1) / np.sqrt(np.maximum(variance, 1e-12))
        critical = -z(1 - alpha)
        worse = score < critical - OPEN
        unsure = (variance < LARGE_VARIANCE) | (np.abs(score - critical) <= OPEN)
        for place in np.flatnonzero(unsure):
            worse[place] = p_worse(base[place], head[place], self.plan) <= alpha
        return worse

    def only(self, rows):
        return replace(self, base=self.base[rows], head=self.head[rows])


def p_worse(base, head, plan):
    columns = zip(base.tolist(), head.tolist(), strict=True)
    return permutation_p(Table(before, plan[0], after, plan[1]) for before, after in columns).worse


def chances(mix, cases, rng, draws):
    """Return the chance of each case to pass one run: nearly always, nearly never, or flaky."""
    kinds = rng.choice(3, size=(draws, cases), p=MIXES[mix])
    first, second = (np.array([shape[side] for shape in SHAPES])[kinds] for side in (0, 1))
    return rng.beta(first, second)


def drawn(before, after, plan, rng):
    return Draws(rng.binomial(plan[0], before), rng.binomial(plan[1], after), plan)


def concentrated(chance, rng, drop=0.05):
    """Return chances after a drop of just that: cases in random order fall to a twentieth, the last in part."""
    order = rng.permuted(np.tile(np.arange(chance.shape[1]), (len(chance), 1)), axis=1)
    loss = np.take_along_axis(0.95 * chance, order, axis=1)
    before = np.cumsum(loss, axis=1) - loss
    taken = np.clip(drop * chance.shape[1] - before, 0, loss)
    fallen = np.empty_like(chance)
    np.put_along_axis(fallen, order, np.take_along_axis(chance, order, axis=1) - taken, axis=1)
    return fallen


def diffuse(chance, _rng, drop=0.05):
    """Return chances after a drop of just that: one shift of the logit for all cases."""
    inside = np.clip(chance, 1e-9, 1 - 1e-9)
    logit = np.log(inside / (1 - inside))
    low, high = np.zeros((len(chance), 1)), np.full((len(chance), 1), 20.0)
    wanted = chance.mean(axis=1, keepdims=True) - drop
    for _ in range(40):
        middle = (low + high) / 2
        above = (1 / (1 + np.exp(middle - logit))).mean(axis=1, keepdims=True) > wanted
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return 1 / (1 + np.exp(high - logit))
