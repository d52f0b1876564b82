"""What people and judges say of answers, and how far a judge can be trusted because of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from llmops_cli.model.source import NOWHERE, Source

Interval = tuple[float, float]
Kind = Literal["binary", "graded", "pairwise"]
SIDES: Mapping[str, float] = {"A": 1.0, "tie": 0.5, "B": 0.0}
"""What a pairwise label is worth to the answer: A is the answer, B the text it is compared with."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one person, or one judge, says of one answer: a line of a label file.

    `value` lies in 0..1: true is 1, of a pair A is 1, a tie ½ and B 0. `answer` is the answer's sha256. A person has
    `by`; a judge has `judge`, the digest of its scorer (or a name, where its scores were imported). `orders` is what a
    judge of a pair said with the answer shown first, and shown second; where the two differ, the value is a tie.
    `more` are the line's own `x-…` keys.
    """

    case: str
    answer: str
    scorer: str
    value: float
    kind: Kind = "binary"
    by: str = ""
    judge: str = ""
    note: str = ""
    orders: tuple[float, float] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    source: Source = NOWHERE

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What there may be one of: case, answer, scorer and whose opinion it is. Files are sorted by it."""
        return (self.case, self.answer, self.scorer, self.judge, self.by)


@dataclass(frozen=True, slots=True)
class JudgeQuality:
    """How a judge does on answers that people labelled.

    `sensitivity` (TPR) is its mean score of the answers that people call good, `specificity` (TNR) one minus its mean
    of the bad ones; `youden` is J = TPR + TNR − 1, by which it shrinks a true drop. None: undefined, because people
    called no answer good (or none bad). Intervals are 95 %. `disputed` ones (a split vote) are left out.
    """

    labels: int
    positives: int
    negatives: int
    sensitivity: float | None
    specificity: float | None
    youden: float | None
    sensitivity_interval: Interval | None = None
    specificity_interval: Interval | None = None
    youden_interval: Interval | None = None
    disputed: int = 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether the labels of an eval set calibrate this very judge.

    `state`: `calibrated`; `unlabelled` (nobody labelled an answer); `unjudged` (no score of this judge on a labelled
    answer, nor of another version of it); `stale` (only of other versions: `others` names their digests); `few`
    (labels, or labels of one class, are too few). `reason` says it in words; `quality` is None where there is no pair.
    """

    state: Literal["calibrated", "unlabelled", "unjudged", "stale", "few"]
    reason: str
    quality: JudgeQuality | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two raters on the answers that both rated. `table` counts by (rater's category, the other's category).

    `kappa` is Cohen's, None where it is undefined (both gave one category only); `pabak` is prevalence-adjusted,
    `ac1` Gwet's. `rates` are the shares of the first category (true, or A) by each rater. Intervals are 95 %.
    """

    raters: tuple[str, str]
    categories: tuple[str, ...]
    table: Mapping[tuple[str, str], int]
    answers: int
    agree: float
    agree_interval: Interval
    kappa: float | None
    kappa_interval: Interval | None
    pabak: float
    ac1: float | None
    rates: tuple[float, float]


@dataclass(frozen=True, slots=True)
class PairBias:
    """A pairwise judge asked in both orders. `first` and `second`: inconsistent pairs by the place it favoured.

    `bias` is (first − second) / pairs: +1 always picks the text shown first, 0 favours neither place. Intervals are
    95 %.
    """

    pairs: int
    consistent: int
    first: int
    second: int
    consistency_interval: Interval
    bias_interval: Interval

    @property
    def consistency(self) -> float:
        """The share of pairs on which both orders gave the same verdict."""
        return self.consistent / self.pairs

    @property
    def bias(self) -> float:
        """How much more often it favours the first place than the second when its verdict depends on the order."""
        return (self.first - self.second) / self.pairs


@dataclass(frozen=True, slots=True)
class Steadiness:
    """A judge asked `times` of the same answers: of how many it said the same every time, with a 95 % interval."""

    answers: int
    times: int
    same: int
    interval: Interval


@dataclass(frozen=True, slots=True)
class JudgeReview:
    """A judge beside people: `judge` is its digest or imported name."""

    judge: str
    agreement: Agreement
    quality: JudgeQuality
    bias: PairBias | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """All that the labels of one scorer of an eval set say. `answers` counts those with a person's label."""

    evalset: str
    scorer: str
    answers: int
    labels: Mapping[str, int]
    people: tuple[Agreement, ...] = ()
    judges: tuple[JudgeReview, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate and its 95 % interval."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Corrected:
    """The rate that people would give, from a judge's scores of every case and people's labels of some.

    `naive` is the judge's own rate, `people` that of the labels alone, `plain` the prediction-powered estimate and
    `tuned` the one whose `weight` of the judge (0..1) makes its interval no wider than that of `people`.
    `rogan_gladen` is a cross-check (None where the judge is no better than a coin).
    """

    cases: int
    labelled: int
    naive: float
    people: Estimate
    plain: Estimate
    tuned: Estimate
    weight: float
    rogan_gladen: float | None


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What `eval calibrate` says of a scorer: the corrected rate, the judge's quality, and what the gate may use.

    `margin` is the eval set's margin (None: `auto`, which the baseline fixes), `judge_margin` that times J; `factor`
    is how many times more cases the same drop takes. `refusal` says why the judge may not gate ("" = it may).
    `below` says that it is for its J alone. `strangers` counts labels of answers that the judge did not score.
    `steady` says whether it says the same again, where it was asked again.
    """

    evalset: str
    scorer: str
    judge: str
    run: str
    calibration: Calibration
    corrected: Corrected | None
    refusal: str
    margin: float | None = None
    judge_margin: float | None = None
    factor: float | None = None
    strangers: int = 0
    written: str = ""
    notes: tuple[str, ...] = ()
    below: bool = False
    steady: Steadiness | None = None
