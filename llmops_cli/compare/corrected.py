"""The rate that people would give, from a judge's scores of every case and people's labels of some of them.

Prediction-powered inference (Angelopoulos et al. 2023, Science 382: 669) in its form for labelled cases that are among
the judged ones, and its power-tuned kin (Angelopoulos, Duchi, Zrnic 2023, "PPI++"). Both hold only where the labelled
cases were drawn at random.
"""

import math
from collections.abc import Sequence

from llmops_cli.compare.calibration import quality
from llmops_cli.compare.stats import TWO_SIDED, mean, z
from llmops_cli.model.review import Corrected, Estimate

DOUBT = ((1.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.0, 1.0))
"""Two cases each way on which people and the judge are of opposite minds, as Agresti and Coull (1998) add two."""
FEWEST_LABELS = 10
"""Labelled cases below which a rate is not called corrected."""


def corrected(judged: Sequence[float], labelled: Sequence[tuple[float, float]]) -> Corrected:
    """Return the corrected rate from the judge's score of each case and (people's, judge's) values of the labelled.

    The estimate is mean(people) + w·(mean of all the judge's scores − mean of those of the labelled cases), with w = 1
    mean(judge) + mean(people − judge). Its variance is var(people)/N + (1/n − 1/N)·var(people − w·judge): what choosing
    the cases adds, and what labelling only n of N adds. Both variances are taken with `DOUBT`, so that a sample without
    a single disagreement does not prove that there is none. The best w is then cov(people, judge)/var(judge), and w = 0
    is the labels alone: `tuned` is never wider than they are. Raises `ValueError` for fewer than two labelled cases, or
    fewer judged than labelled ones.
    """
    if len(labelled) < 2 or len(judged) < len(labelled):  # noqa: PLR2004 - one value has no spread
        raise ValueError(f"{len(labelled)} labelled of {len(judged)} judged cases")
    naive = mean(judged)
    centre_y, centre_f = mean([y for y, _ in labelled]), mean([f for _, f in labelled])
    weight = min(1.0, max(0.0, _weight([*labelled, *DOUBT])))

    def estimate(share: float) -> Estimate:
        value = centre_y + share * (naive - centre_f)
        reach = z((1.0 + TWO_SIDED) / 2.0) * _error(labelled, share, len(judged))
        inside = min(1.0, max(0.0, value))
        return Estimate(inside, (min(inside, max(0.0, value - reach)), max(inside, min(1.0, value + reach))))

    return Corrected(
        cases=len(judged),
        labelled=len(labelled),
        naive=naive,
        people=estimate(0.0),
        plain=estimate(1.0),
        tuned=estimate(weight),
        weight=weight,
        rogan_gladen=rogan_gladen(naive, labelled),
    )


def _weight(pairs: Sequence[tuple[float, float]]) -> float:
    centre_y, centre_f = mean([y for y, _ in pairs]), mean([f for _, f in pairs])
    shared = math.fsum((y - centre_y) * (f - centre_f) for y, f in pairs)
    return shared / math.fsum((f - centre_f) ** 2 for _, f in pairs)  # DOUBT has both 0 and 1: never a zero


def _error(labelled: Sequence[tuple[float, float]], weight: float, cases: int) -> float:
    pairs, count = [*labelled, *DOUBT], len(labelled)
    whole = _spread([y for y, _ in pairs]) / (count - 1)
    rest = _spread([y - weight * f for y, f in pairs]) / (count - 1)
    return math.sqrt(whole / cases + (1.0 / count - 1.0 / cases) * rest)


def _spread(values: Sequence[float]) -> float:
    centre = mean(values)
    return math.fsum((value - centre) ** 2 for value in values)


def rogan_gladen(naive: float, labelled: Sequence[tuple[float, float]]) -> float | None:
    """Return (judge's rate + TNR − 1) / J within 0..1 (Rogan and Gladen 1978, Am. J. Epidemiology 107: 71).

    None where a rate is undefined or J is not above 0. It divides by J, so a weak judge makes it wild.
    """
    found = quality(labelled)
    if found.youden is None or found.specificity is None or found.youden <= 0.0:
        return None
    return min(1.0, max(0.0, (naive + found.specificity - 1.0) / found.youden))
