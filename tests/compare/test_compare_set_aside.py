"""Cases that are set aside, flaky or in quarantine: what a small set says that it cannot see counts them out."""

import pytest
from pairings import flagged, pairing_of

from llmops_cli.compare.gate import judge
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Verdict

SMALL = GatePolicy(margin="auto")
NAMES = [f"c{at:02}" for at in range(12)]
STEADY = {name: [True] * 5 for name in NAMES}


def blind(base, **flags):
    found = judge(pairing_of(base, STEADY, policy=SMALL, **flags))
    (family,) = found.families
    assert (family.rule, family.verdict) == ("cases", Verdict.PASS)
    return family.reasons[0]


@pytest.mark.parametrize(
    ("aside", "words"),
    [
        (0, "small set of 12 cases: drops below “1 of 12 always” cannot be seen"),
        (3, "small set of 12 cases, 3 set aside (flaky or in quarantine): drops below “1 of 9 always” cannot be seen"),
        (12, "small set of 12 cases, all set aside (flaky or in quarantine): no broken case can be seen"),
    ],
)
def test_a_small_set_counts_only_the_cases_whose_fall_it_would_see(aside, words):
    assert blind(STEADY, flags={name: flagged(quarantined="ann") for name in NAMES[:aside]}) == words


def test_a_case_whose_base_is_flaky_is_counted_out_like_one_in_quarantine():
    base = {**STEADY, "c03": [True, True, False, False, True]}
    assert "12 cases, 1 set aside (flaky or in quarantine): drops below “1 of 11 always”" in blind(base)
