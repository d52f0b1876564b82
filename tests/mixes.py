"""Cases as GATE.md mixes them: chances to pass, drops planted in them, and how often the gate's rule finds those.

Vectorised with numpy, and independent of `llmops_cli.compare.planted`, whose figures it is held against.
"""

import numpy as np

from llmops_cli.compare.exact import Table, permutation_p
from llmops_cli.compare.stats import z

MIXES = {"typical": (0.75, 0.10, 0.15), "steady": (0.85, 0.10, 0.05), "flaky": (0.45, 0.15, 0.40)}
SHAPES = ((50, 0.7), (0.7, 20), (2, 2))
ALPHA = BETA = 0.05


def chances(mix, cases, rng):
    """Return the chance of each case to pass one run: nearly always, nearly never, or flaky."""
    kinds = rng.choice(3, size=cases, p=MIXES[mix])
    first, second = (np.array([shape[side] for shape in SHAPES])[kinds] for side in (0, 1))
    return rng.beta(first, second)


def concentrated(chance, drop, draws, rng):
    """Return chances (a row a draw) after a drop: cases in random order fall to a twentieth, the last in part."""
    rows = rng.permuted(np.tile(np.arange(len(chance)), (draws, 1)), axis=1)
    loss = 0.95 * chance[rows]
    taken = np.clip(drop * len(chance) - (np.cumsum(loss, axis=1) - loss), 0, loss)
    fallen = np.empty_like(loss)
    np.put_along_axis(fallen, rows, chance[rows] - taken, axis=1)
    return fallen


def diffuse(chance, drop, draws, _rng):
    """Return chances after a drop: one shift of the logit for all cases."""
    inside = np.clip(chance, 1e-9, 1 - 1e-9)
    logit = np.log(inside / (1 - inside))
    low, high = 0.0, 40.0
    for _ in range(60):
        middle = (low + high) / 2
        above = (1 / (1 + np.exp(middle - logit))).mean() > chance.mean() - drop
        low, high = (middle, high) if above else (low, middle)
    return np.tile(1 / (1 + np.exp(high - logit)), (draws, 1))


def share_of_fails(chance, plan, drop, rng, *, margin=0.05, draws=400):
    """Return how often a head that is worse by `drop` FAILs, half of the drops of either kind."""
    found = 0
    for worsen in (concentrated, diffuse):
        base = rng.binomial(plan[0], np.tile(chance, (draws // 2, 1)))
        head = rng.binomial(plan[1], worsen(chance, drop, draws // 2, rng))
        found += fails(base, head, plan, margin).sum()
    return found / draws


def fails(base, head, plan, margin):
    """Return which draws (rows of passes) are not shown fine, and shown worse by the exact test."""
    differences = head / plan[1] - base / plan[0]
    delta = differences.mean(axis=1)
    spread = ((differences - delta[:, None]) ** 2).sum(axis=1)
    open_ = delta - z(1 - BETA) * np.sqrt(spread + 2 / plan[1]) / base.shape[1] <= -margin
    for row in np.flatnonzero(open_):
        pairs = zip(base[row].tolist(), head[row].tolist(), strict=True)
        open_[row] = permutation_p(Table(before, plan[0], after, plan[1]) for before, after in pairs).worse <= ALPHA
    return open_
