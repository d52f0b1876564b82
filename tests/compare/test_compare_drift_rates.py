"""How often a gate would say DRIFT: on a provider that stayed as it was, and on one that lost points. Simulated."""

import numpy as np
import pytest
from simulated import Draws, chances, diffuse

from llmops_cli.compare.confirm import HOPELESS, level
from llmops_cli.flow.moved_base import LOOKS
from llmops_cli.model.settings import GatePolicy

pytestmark = pytest.mark.statistics
DRAWS = 1500
ALARM = 0.005


def told(mix, cases, runs, *, lost=0.0):
    """Return the share of draws in which the base asked anew is shown worse; the same among alarms without a change.

    An alarm: an unchanged prompt's first round looks worse than the stored runs. `lost`: points of the provider.
    """
    rng = np.random.default_rng([7, cases, runs, int(100 * lost), *mix.encode()])
    before = chances(mix, cases, rng, DRAWS)
    today = diffuse(before, rng, lost) if lost else before
    base, head = rng.binomial(runs, before), rng.binomial(1, today)
    once = rng.binomial(1, today)
    more = once + rng.binomial(LOOKS[1] - 1, today)
    first, half = Draws(base, once, (runs, LOOKS[0])), level(GatePolicy())
    open_ = first.shown_worse(HOPELESS)
    shown = first.shown_worse(half) | (open_ & Draws(base, more, (runs, LOOKS[1])).shown_worse(half))
    return shown, Draws(base, head, (runs, 1)).shown_worse(ALARM)


@pytest.mark.parametrize("mix", ["typical", "flaky"])
@pytest.mark.parametrize("runs", [1, 5])
def test_a_provider_that_stayed_as_it_was_is_called_drift_in_at_most_five_of_a_hundred(mix, runs):
    shown, alarmed = told(mix, 60, runs)
    assert shown.mean() <= 0.065
    assert (shown & alarmed).mean() <= 0.01, "a gate looks only where a prompt seemed worse"


@pytest.mark.parametrize(("runs", "least"), [(1, 0.9), (5, 0.97)])
def test_a_provider_that_lost_twelve_points_is_told_from_the_change_that_came_with_it(runs, least):
    shown, alarmed = told("typical", 120, runs, lost=0.12)
    assert shown[alarmed].mean() >= least
