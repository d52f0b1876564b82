"""The self-test of the small-set rule: unchanged is measured on the base runs as they are stored."""

import numpy as np
import pytest
from mixes import chances
from pairings import arm_of

from llmops_cli.compare.insight import Wanted, power
from llmops_cli.compare.pairs import Pair, Paired
from llmops_cli.compare.selftest import gate_rule, self_test
from llmops_cli.compare.verdicts import Terms
from llmops_cli.model.power import Sample
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Verdict

TERMS = Terms(0.3, "cases", 0.05, GatePolicy())
RULE = gate_rule(TERMS)


def truth(rows, chance, rng, draws=300):
    """Return how often the rule says INCONCLUSIVE of these very base runs against a fresh run of the same."""
    heads = rng.random((draws, len(chance))) < chance
    said = [
        RULE(
            Paired(
                tuple(
                    Pair(f"c{at:02}", base, (float(hit),))
                    for at, (base, hit) in enumerate(zip(rows, head, strict=True))
                ),
                binary=True,
            )
        )
        for head in heads
    ]
    return said.count(Verdict.INCONCLUSIVE) / draws


@pytest.mark.statistics
def test_unchanged_is_inconclusive_as_often_as_a_replay_is_and_not_as_often_as_a_split_makes_it():
    rng = np.random.default_rng(7)
    found, split, true = [], [], []
    for number in range(16):
        chance = chances("flaky", 20, rng)
        rows = [tuple((rng.random(5) < each).astype(float).tolist()) for each in chance]
        sample = Sample({f"c{at:02}": row for at, row in enumerate(rows)}, binary=True, seed=f"{number}")
        found.append(self_test(sample, RULE, plan=(5, 1), whole=True).false_inconclusive.share)
        split.append(self_test(sample, RULE, plan=(5, 1)).false_inconclusive.share)
        true.append(truth(rows, chance, rng))
    off = [abs(np.mean(each) - np.mean(true)) for each in (found, split)]
    assert off[0] < 0.05, (np.mean(found), np.mean(split), np.mean(true))
    assert off[0] < off[1]


def test_a_case_that_failed_once_before_never_breaks():
    rows = {f"c{at:02}": (1.0, 1.0, 1.0, 1.0, 0.0) for at in range(20)}
    whole, halves = (
        self_test(Sample(rows, binary=True, seed="s"), RULE, plan=(5, 1), whole=whole) for whole in (True, False)
    )
    assert whole.false_inconclusive.share == 0
    assert whole.split == (5, 1)
    assert halves.false_inconclusive.share > 0.9


def test_only_the_small_set_rule_is_shown_the_repeats_whole():
    few = arm_of({f"c{at:02}": [True, True, False, True, True] for at in range(12)} | {"x": [True] * 5})
    wanted = Wanted(mde=0.05, policy=GatePolicy(), tags={}, clusters={})
    small = power(few, "exact", wanted)
    assert (small.rule, small.self_test.drawn, small.self_test.split) == ("cases", True, (5, 1))
    large = power(few, "exact", Wanted(mde=0.05, policy=GatePolicy(margin=0.05), tags={}, clusters={}))
    assert (large.rule, large.self_test.drawn, large.self_test.split) == ("statistics", False, (4, 1))


def test_graded_scores_and_mixed_repeats_are_measured_too():
    graded = {f"c{at:02}": (0.9, 0.8, 1.0) for at in range(10)} | {"one": (0.5,)}
    found = self_test(Sample(graded, binary=False, seed="g"), RULE, plan=(3, 2), whole=True)
    assert found.false_alarms.share + found.false_inconclusive.share <= 1
    assert not any("took no part" in note for note in found.notes)
