"""The gate's two promises for graded scores: however skewed they are, and however unequal the repeats."""

import math
import os
import random

import pytest

from llmops_cli.compare.pairs import Pair, Paired
from llmops_cli.compare.verdicts import Terms, decide, weigh
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Verdict

pytestmark = pytest.mark.statistics

FULL = os.environ.get("LLMOPS_STATISTICS") == "full"
DRAWS = 500 if FULL else 120
NOISE = 3 * math.sqrt(0.06 * 0.94 / DRAWS)
CASES = (40, 100) if FULL else (40,)
MARGIN = 0.05


def mostly_perfect(draw):
    chance = draw.betavariate(9, 1)
    return lambda: 1.0 if draw.random() < chance else round(draw.random() * 0.6, 2)


def skewed(draw):
    shape = draw.uniform(1, 8)
    return lambda: round(draw.betavariate(shape, 1), 2)


def noisy(draw):
    centre = draw.random()
    return lambda: centre + draw.gauss(0, 0.1)


def shares(kind, plan, cases, fall):
    """Return the share of FAIL and of PASS where each score of the head is lower by `fall`."""
    draw, terms = random.Random(f"{kind.__name__}{plan}{cases}{fall}"), Terms(MARGIN, "statistics", 0.05, GatePolicy())
    models = [kind(draw) for _ in range(cases)]
    found = []
    for _ in range(DRAWS):
        pairs = tuple(
            Pair(
                f"c{place:03}",
                *(tuple(model() - less for _ in range(runs)) for runs, less in zip(plan, (0, fall), strict=True)),
            )
            for place, model in enumerate(models)
        )
        paired = Paired(pairs, binary=False)
        found.append(decide(paired, weigh(paired, terms), terms))
    passed = sum(verdict in (Verdict.PASS, Verdict.IMPROVED) for verdict in found)
    return found.count(Verdict.FAIL) / DRAWS, passed / DRAWS


@pytest.mark.parametrize("cases", CASES)
@pytest.mark.parametrize("plan", [(5, 1), (5, 3), (1, 3), (1, 1)])
@pytest.mark.parametrize("kind", [mostly_perfect, skewed, noisy])
def test_an_unchanged_prompt_with_graded_scores_fails_no_oftener_than_promised(kind, plan, cases):
    failed, _ = shares(kind, plan, cases, fall=0.0)
    assert failed <= 0.05 + NOISE


@pytest.mark.parametrize("cases", CASES)
@pytest.mark.parametrize("plan", [(5, 1), (5, 3), (1, 3), (1, 1)])
@pytest.mark.parametrize("kind", [mostly_perfect, skewed, noisy])
def test_a_drop_of_the_margin_in_graded_scores_passes_no_oftener_than_promised(kind, plan, cases):
    _, passed = shares(kind, plan, cases, fall=MARGIN)
    assert passed <= 0.05 + NOISE


@pytest.mark.parametrize("plan", [(5, 1), (5, 3)])
def test_a_drop_of_three_margins_in_graded_scores_is_mostly_seen(plan):
    failed, passed = shares(skewed, plan, 100, fall=3 * MARGIN)
    assert failed >= 0.9
    assert passed == 0.0
