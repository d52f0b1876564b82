"""The self-test: what it measures is what is true, what it refuses, and that it says the same everywhere."""

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mixes import MIXES, SHAPES, chances, share_of_fails
from scipy.stats import beta

from llmops_cli.compare.chances import GRID, ORDINARY, expected, pick, shrunk
from llmops_cli.compare.pairs import Pair, Paired
from llmops_cli.compare.planted import field_of
from llmops_cli.compare.selftest import DROPS, gate_rule, refusal, self_test
from llmops_cli.compare.stats import mean
from llmops_cli.compare.verdicts import Terms
from llmops_cli.model.power import Sample
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Verdict

FULL = os.environ.get("LLMOPS_STATISTICS") == "full"
TERMS = Terms(0.05, "statistics", 0.05, GatePolicy())
RULE = gate_rule(TERMS)


def sample_of(counts, *, runs=5, seed="s"):
    """Return a binary sample: a count of passes a case."""
    rows = {f"c{place:03}": (1.0,) * passes + (0.0,) * (runs - passes) for place, passes in enumerate(counts)}
    return Sample(rows, binary=True, seed=seed)


def graded(*rows, **facts):
    return Sample({f"c{place:03}": tuple(row) for place, row in enumerate(rows)}, binary=False, seed="g", **facts)


def drawn(mix, cases, rng, runs):
    chance = chances(mix, cases, rng)
    return chance, rng.binomial(runs, chance).tolist()


@pytest.mark.statistics
@pytest.mark.parametrize("cases", [50, 100, 200] if FULL else [50])
@pytest.mark.parametrize("mix", list(MIXES) if FULL else ["typical"])
def test_its_power_lies_within_five_points_of_the_truth(mix, cases):
    errors = []
    for number in range(12 if FULL else 4):
        runs = 5 + number % 2
        rng = np.random.default_rng([9, cases, number, *mix.encode()])
        chance, counts = drawn(mix, cases, rng, runs)
        found = self_test(sample_of(counts, runs=runs, seed=f"{mix}{number}"), RULE, plan=(runs, 1))
        truth = [share_of_fails(chance, (runs, 1), point.drop, rng, draws=1000) for point in found.points]
        errors += [[point.fails.share - share for point, share in zip(found.points, truth, strict=True)]]
    error, off = np.abs(np.array(errors)), np.array(errors).mean(axis=0)
    if FULL:
        shown = [
            " ".join(f"{drop * 100:.0f}: {100 * each:.1f}" for drop, each in zip(DROPS, row, strict=True))
            for row in (error.mean(axis=0), off)
        ]
        sys.stdout.write(f"\n{mix:8}{cases:4} mean |error| in points, by drop {shown[0]}; all {100 * error.mean():.1f}")
        sys.stdout.write(f"\n{'':12} mean error in points, by drop {shown[1]}\n")
    assert error.mean() <= 0.05
    assert error.mean(axis=0).max() <= (0.07 if FULL else 0.1), "the steepest part of the curve"
    assert np.abs(off).max() <= (0.05 if FULL else 0.08), "over many baselines, at each drop"
    assert error.max() > 0, "a truth that is never missed was not measured"


@pytest.mark.statistics
def test_its_power_for_graded_scores_is_near_the_truth():
    rng = np.random.default_rng(12)
    levels = rng.uniform(0.3, 0.9, 60)

    def runs(count, less):
        return np.clip(levels[:, None] - less + rng.normal(0, 0.15, (60, count)), 0, 1)

    found = self_test(graded(*runs(5, 0).tolist()), RULE, plan=(5, 1))
    for point in found.points[:3]:  # what the diffuse half finds, as a shift can be simulated without our own functions
        said = [
            RULE(Paired(tuple(Pair(f"c{case:02}", tuple(base), tuple(head)) for case, (base, head)
                              in enumerate(zip(runs(5, 0).tolist(), runs(1, point.drop).tolist(), strict=True))), binary=False))
            for _ in range(200)
        ]  # fmt: skip
        assert point.diffuse.share == pytest.approx(said.count(Verdict.FAIL) / 200, abs=0.15), point.drop


@pytest.mark.statistics
def test_unchanged_repeats_rarely_fail():
    rng = np.random.default_rng(3)
    for mix in MIXES:
        _, counts = drawn(mix, 100, rng, 5)
        found = self_test(sample_of(counts), RULE, plan=(5, 1))
        assert found.false_alarms.share <= 0.09, mix  # 400 draws of a rate of 5 %: 3.7 standard errors
        assert found.split == (4, 1)


def test_the_gates_own_rule_decides_every_draw():
    asked = []

    def rule(paired):
        asked.append(paired)
        return Verdict.INCONCLUSIVE

    found = self_test(sample_of([5] * 20 + [2] * 5), rule, plan=(5, 3))
    assert {(len(pair.base), len(pair.head)) for paired in asked for pair in paired.pairs} == {(3, 2), (5, 3)}
    assert all(point.fails.share == 0 for point in found.points)
    assert found.false_inconclusive.share == 1


def test_the_power_rises_with_the_drop_and_every_figure_shows_its_error():
    found = self_test(sample_of([5] * 40 + [3] * 6 + [0] * 4), RULE, plan=(5, 1))
    shares = [point.fails.share for point in found.points]
    assert shares == sorted(shares)
    assert shares[0] < 0.3
    assert shares[-1] > 0.9
    for point in found.points:
        assert point.fails.low <= point.fails.share <= point.fails.high
        assert point.fails.draws == point.concentrated.draws + point.diffuse.draws


@settings(max_examples=5, deadline=None)
@given(st.permutations(list(range(30))))
def test_the_order_of_the_cases_does_not_show(order):
    sample = sample_of([5] * 22 + [3] * 4 + [0] * 4)
    rows = list(sample.repeats.items())
    mixed = replace(sample, repeats=dict(rows[place] for place in order))
    assert self_test(mixed, RULE, plan=(5, 1)) == self_test(sample, RULE, plan=(5, 1))


def test_another_name_draws_otherwise_and_the_same_name_the_same():
    one, same, other = (self_test(sample_of([4] * 30, seed=seed), RULE, plan=(5, 1)) for seed in "aab")
    assert one == same != other


def test_the_figures_do_not_depend_on_the_hash_seed():
    code = "from test_compare_selftest import *\nprint(self_test(sample_of([5] * 20 + [3] * 6), RULE, plan=(5, 1)))"
    said = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                       env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}).stdout
        for seed in "01"
    }  # fmt: skip
    assert len(said) == 1


@pytest.mark.parametrize(
    ("sample", "said", "helps"),
    [
        (Sample({}, binary=True, seed=""), "no case has a score", "llmops eval show"),
        (sample_of([4]), "one case says nothing", "add cases"),
        (sample_of([1, 0, 1], runs=1), "one run a case", "llmops baseline record greet --runs 5"),
        (graded((0.5, 0.6), (0.4,), (0.3,)), "only one case was run more than once", "--runs 5"),
        (sample_of([0, 0, 0]), "nothing can get worse", "scorer"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_what_helps(sample, said, helps):
    why, hint = refusal(sample, "greet")
    assert said in why
    assert helps in hint


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        (sample_of([5] * 20), "every run of every case scores 1"),
        (sample_of([5] * 20 + [0] * 3), "no case differs between its runs"),
        (replace(sample_of([5] * 20 + [3] * 3), left_out=2), "2 of 117 scores are no numbers"),
        (graded(*[(0.5, 0.6)] * 9, (0.4,)), "repeats are mixed, 1 to 2 a case: drawn with 2; 1 case with one run"),
        (sample_of([1] * 20), "the mean is too low to fall by 20 pp or more"),
        (graded(*[(0.7, 0.7)] * 9), "every run of every case scores 0.7"),
    ],
)
def test_what_makes_figures_doubtful_is_said(sample, said):
    assert refusal(sample, "greet") == ("", "")
    notes = self_test(sample, RULE, plan=(sample.runs[1], 1)).notes
    assert [note for note in notes if note.startswith(said)], notes


def test_a_set_that_nobody_can_see_into_has_no_power_at_drops_it_cannot_make():
    points = self_test(sample_of([1] * 20), RULE, plan=(5, 1)).points
    assert [point.drop for point in points if point.fails is None] == [0.20]


@pytest.mark.parametrize("drop", [0.03, 0.1])
@pytest.mark.parametrize("sample", [
    sample_of([5] * 60 + [3] * 12 + [0] * 8),
    graded(*[(0.9, 0.7, 0.8, 1.0, 0.95), (0.4, 0.5, 0.3, 0.6, 0.45), (0.05, 0.1, 0.0, 0.0, 0.1)] * 20),
])  # fmt: skip
def test_the_planted_drops_are_as_large_as_they_say(sample, drop):
    field = field_of(sample)
    for worsen in (field.concentrated(drop), field.diffuse(drop)):
        rng = np.random.default_rng(5)
        changes = []
        for _ in range(400):
            trial = field.trial((5, 1), rng.random)
            before = mean(trial.levels)
            changes.append(mean([mean(row) for row in worsen(trial)]) - before)
        assert np.mean(changes) == pytest.approx(-drop, abs=4 * np.std(changes) / 20 + 0.002)


def test_a_case_that_passed_every_run_is_not_thought_perfect_and_a_set_of_them_nearly_so():
    posterior = expected(shrunk([(5, 5)] * 30 + [(2, 5)] * 10)[5, 5])
    chance = sum(weight * level for weight, level in zip(posterior, GRID, strict=True))
    assert 0.9 < chance < 0.999
    alone = expected(shrunk([(5, 5)] * 200)[5, 5])
    assert sum(weight * level for weight, level in zip(alone, GRID, strict=True)) > 0.995


def test_the_ordinary_set_is_the_mean_of_the_mixes():
    edges = [0.0, *((low + high) / 2 for low, high in pairwise(GRID)), 1.0]
    shares = np.mean(list(MIXES.values()), axis=0)
    masses = sum(share * np.diff(beta(*shape).cdf(edges)) for share, shape in zip(shares, SHAPES, strict=True))
    assert pytest.approx(masses, abs=6e-5) == ORDINARY


def test_every_place_of_a_posterior_is_a_chance_of_the_grid():
    sums = shrunk([(3, 5), (5, 5)])[3, 5]
    assert {pick(sums, place / 1000) for place in range(1000)} <= set(GRID)
    assert pick(sums, 0.9999999999) in GRID
