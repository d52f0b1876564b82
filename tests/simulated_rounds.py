"""The whole rule on simulated answers: rounds against a baseline of five runs, and fresh answers before a FAIL.

A test in tests/compare/test_compare_rounds_rates.py holds that it decides as `judge` does, look by look.
"""

from dataclasses import dataclass

import numpy as np
from simulated import Draws

from llmops_cli.compare.confirm import HOPELESS, MORE, ROUNDS, level
from llmops_cli.compare.looks import rounds
from llmops_cli.flow.moved_base import LOOKS as LOOKS_BACK
from llmops_cli.model.settings import GatePolicy

BASE_RUNS = 5
LOOKS = rounds(3)
POLICY = GatePolicy(margin=0.05)
OPEN, PASSED, FAILED = range(3)


@dataclass(frozen=True)
class Outcome:
    """Shares of the draws, and the mean of what a case took: runs of the head, and fresh runs of both sides."""

    passed: float
    failed: float
    unconfirmed: float
    runs: float
    calls: float


def gate(base, after, today, rng, margins=0.05):
    """Return what the gate says of each draw: rounds against a baseline of five runs, then fresh answers before FAIL.

    `today` is how the base's version fares now, where the provider has changed since the baseline.
    """
    head = np.zeros_like(base)
    state, looks = np.zeros(len(base), int), np.zeros(len(base), int)
    for look in LOOKS:
        waiting = np.flatnonzero(state == OPEN)
        head[waiting] += rng.random((len(waiting), base.shape[1])) < after[waiting]
        looks[waiting] = look.number
        found = Draws(base, head, (BASE_RUNS, look.number)).only(waiting)
        fine = found.lower_bounds(0.05 * look.beta) > -(margins if np.isscalar(margins) else margins[waiting])
        worse = np.zeros(len(waiting), bool)
        worse[~fine] = found.only(~fine).shown_worse(0.05 * look.alpha)
        state[waiting[fine]] = PASSED
        state[waiting[worse]] = FAILED
    unconfirmed = (state == FAILED).mean()
    fresh = confirm(base, head, looks, state, today, after, rng)
    calls = looks + fresh / base.shape[1]
    return Outcome((state == PASSED).mean(), (state == FAILED).mean(), unconfirmed, looks.mean(), calls.mean())


def confirm(base, head, looks, state, today, after, rng):
    """Take back each FAIL that fresh answers of both sides do not confirm; return how many answers that took.

    With those of the base alone, which is asked anew on every case where a drop was taken back: is it DRIFT?
    """
    taken = np.zeros(len(base))
    suspects = np.flatnonzero(state == FAILED)
    total = base[suspects] + head[suspects]
    among = (total > 0) & (total < BASE_RUNS + looks[suspects, None])
    one, other = (rng.binomial(ROUNDS, chance[suspects]) for chance in (today, after))
    first = Draws(one, other, (ROUNDS, ROUNDS))
    sure, hopeless = first.shown_worse(level(POLICY), among), ~first.shown_worse(HOPELESS, among)
    more = [rng.binomial(MORE, chance[suspects]) for chance in (today, after)]
    again = Draws(one + more[0], other + more[1], (ROUNDS + MORE, ROUNDS + MORE)).shown_worse(level(POLICY), among)
    stands = sure | (again & ~hopeless)
    state[suspects[~stands]] = OPEN
    taken[suspects] = 2 * among.sum(axis=1) * (ROUNDS + MORE * ~(sure | hopeless))
    back = suspects[~stands]
    taken[back] += (~among[~stands]).sum(axis=1) * asked_anew(base[back], today[back], rng)
    return taken


def asked_anew(base, today, rng):
    """Return how many runs of the base say whether it fell itself, for each draw; those above were part of them."""
    first, all_ = LOOKS_BACK
    found = Draws(base, rng.binomial(first, today), (BASE_RUNS, first))
    is_open = found.shown_worse(HOPELESS) & ~found.shown_worse(level(POLICY))
    return np.where(is_open, all_, first)
