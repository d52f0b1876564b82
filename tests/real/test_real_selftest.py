"""The self-test on real repeats: an airline agent that solved the same 50 tasks four times, and flipped on 26 of them."""

import json

from realdata import real

from llmops_cli.compare.flaky import is_flaky
from llmops_cli.compare.pairs import Pair, Paired
from llmops_cli.compare.selftest import gate_rule, self_test
from llmops_cli.compare.verdicts import Terms
from llmops_cli.model.power import Sample
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Verdict

RULE = gate_rule(Terms(0.05, "statistics", 0.05, GatePolicy(margin=0.05)))


def airline():
    trials = {}
    for line in real("tau_airline/gpt4o_airline.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        trials.setdefault(f"t{row['task_id']:02}", {})[row["trial"]] = float(row["reward"] >= 1)
    return {task: tuple(runs[trial] for trial in sorted(runs)) for task, runs in sorted(trials.items())}


def test_two_halves_of_the_same_runs_are_rarely_called_different():
    repeats = airline()
    assert sum(len({*runs}) > 1 for runs in repeats.values()) == 26
    found = self_test(Sample(repeats, binary=True, seed="tau"), RULE, plan=(4, 2))
    assert found.split == (2, 2)
    assert found.false_alarms.share <= 0.075  # 300 draws of a rate of at most 5 %
    assert found.false_inconclusive.share > 0.6, "fifty flipping tasks cannot show that nothing fell by 5 points"


def test_the_recorded_halves_themselves_are_no_fail():
    for halves in (((0, 1), (2, 3)), ((2, 3), (0, 1)), ((0, 2), (1, 3)), ((1, 3), (0, 2))):
        pairs = (
            Pair(task, *(tuple(runs[trial] for trial in half) for half in halves)) for task, runs in airline().items()
        )
        assert RULE(Paired(tuple(pairs), binary=True)) is not Verdict.FAIL


def test_its_power_says_that_the_set_is_too_small_for_five_points():
    found = self_test(Sample(airline(), binary=True, seed="tau"), RULE, plan=(4, 1))
    power = {point.drop: point.fails.share for point in found.points if point.fails is not None}
    assert power[0.05] < 0.35
    assert power[0.2] > 0.6


def test_four_trials_are_too_few_to_call_a_task_flaky():
    assert not any(is_flaky(round(sum(runs)), len(runs)) for runs in airline().values())
