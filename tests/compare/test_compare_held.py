"""What is said of a baseline's margin is what the gate does with it."""

from dataclasses import replace

import pytest
from pairings import arm_of

from llmops_cli.compare.bar_baselines import stored_anew
from llmops_cli.compare.held import SMALL, held
from llmops_cli.compare.looks import rounds
from llmops_cli.compare.power import auto_margin, margin_of, rule_of
from llmops_cli.model.look import ONLY
from llmops_cli.model.settings import GatePolicy

POLICY = GatePolicy()


def stored(cases, flaky, runs=4):
    """Return a baseline of which `flaky` cases fail one run."""
    found = arm_of({f"c{at:03}": [True] * (runs - 1) + [at >= flaky] for at in range(cases)})
    return replace(found, margin=auto_margin(found, "exact", POLICY))


@pytest.mark.parametrize(
    ("cases", "flaky", "rules", "said"),
    [
        (300, 6, ("statistics", "statistics"), "at the 3 that the gate may ask"),
        (30, 3, ("cases", "statistics"), f"from stored answers alone it is small: {SMALL}"),
        (8, 3, ("cases", "cases"), f"at the 3 that the gate may ask: small, so {SMALL}"),
    ],
)
def test_a_small_set_is_called_small_where_the_gate_goes_by_that_rule(cases, flaky, rules, said):
    base = stored(cases, flaky)
    looks = (ONLY, rounds(POLICY.runs)[-1])
    assert tuple(rule_of(margin_of(base, "exact", POLICY, look), POLICY) for look in looks) == rules
    assert held(base, "exact", POLICY).endswith(said)


def test_a_gate_that_asks_once_promises_no_further_rounds():
    said = held(stored(30, 3), "exact", GatePolicy(plan="fixed"))
    assert said.endswith(f"at 1 run a case: small, so {SMALL}")


def test_further_runs_that_measure_more_noise_do_not_weaken_what_judges():
    once = arm_of({f"c{at:02}": [at % 2 == 0] for at in range(30)})
    once = replace(once, margin=auto_margin(once, "exact", POLICY))
    more = arm_of({f"c{at:02}": [at % 2 == 0, at % 2 == 1] for at in range(30)})
    more = replace(more, margin=auto_margin(more, "exact", POLICY))
    assert more.margin > once.margin, "the noise was supposed to be less than it is"
    found = stored_anew(once, more, ())
    assert not found.weaker
    assert "(the noise of a run is measured by more of them)" in found.text
    assert stored_anew(once, replace(more, margin=0.9), ()).weaker, "its runs do not make that margin"
    other = arm_of({f"c{at:02}": [at % 2 == 1, at % 2 == 0] for at in range(30)})
    assert stored_anew(once, replace(other, margin=more.margin), ()).weaker, "what was stored does not stand"
