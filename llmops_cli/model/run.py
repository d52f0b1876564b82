"""Scores, results and runs; and an arm: what the gate compares, a run or a stored baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from llmops_cli.model.completion import Answer
from llmops_cli.model.judge_calls import NO_JUDGE_CALLS, JudgeCalls
from llmops_cli.model.prompt import digest as digest_of

Json = Any
Value = bool | float | None


@dataclass(frozen=True, slots=True)
class Score:
    """What a scorer says of one answer.

    `value` lies in 0..1, or is None: unscored, with the reason in `detail` (never a zero). `passed` is None for a
    graded score without `pass_at`. `parts` are figures below the score, e.g. one F1 a field.
    """

    scorer: str
    value: float | None
    passed: bool | None = None
    detail: str = ""
    parts: Mapping[str, float] = field(default_factory=dict)

    @property
    def stored(self) -> Value:
        """What a baseline stores: true or false if binary, the number if graded, None if unscored."""
        if self.value is None:
            return None
        return self.value if self.passed is None else self.passed


@dataclass(frozen=True, slots=True)
class Result:
    """One row of a run: a case, a repeat (from 0), the answer and its scores (none where there is no answer).

    `asked` are the calls of judges that the scores took.
    """

    case: str
    case_digest: str
    repeat: int
    answer: Answer
    scores: tuple[Score, ...] = ()
    fingerprint: str = ""
    asked: JudgeCalls = NO_JUDGE_CALLS


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run set out to do: the header of its folder. `scorers` maps a scorer's name to its digest."""

    run: str
    prompt: str
    digest: str
    version: str
    evalset: str
    evalset_digest: str
    scorers: Mapping[str, str]
    model: str
    repeats: int
    cases: Sequence[str]
    commit: str = ""
    dirty: bool = False
    mode: str = "auto"
    settings: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A plan and its rows, sorted by the plan's order of cases, then by repeat."""

    plan: RunPlan
    results: tuple[Result, ...]

    @property
    def missing(self) -> tuple[tuple[str, int], ...]:
        """The (case, repeat) keys that have no row yet, in the plan's order."""
        done = {(result.case, result.repeat) for result in self.results}
        keys = ((case, repeat) for case in self.plan.cases for repeat in range(self.plan.repeats))
        return tuple(key for key in keys if key not in done)


@dataclass(frozen=True, slots=True)
class Row:
    """All repeats of one case in an arm. `values` maps a scorer to its value per repeat, in the order of repeats.

    `failures` counts repeats without an answer, by code. `tokens` and `cost_usd` are means over repeats (None:
    not known); `latency_s` likewise. `runs` says for each answer which of the arm's runs it is from, by its place
    among them; () where there is one run, or nobody knows.
    """

    case: str
    case_digest: str
    values: Mapping[str, tuple[Value, ...]]
    answers: tuple[str, ...] = ()
    tokens: float | None = None
    cost_usd: float | None = None
    latency_s: float | None = None
    failures: Mapping[str, int] = field(default_factory=dict)
    runs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A drop that somebody wants: who, why, and how much the primary scorer fell, per scorer (0.05 = 5 points).

    The drop named `cost` is a rise: by which share a case may cost more.
    `expires` is the last day on which it counts, YYYY-MM-DD; "" where it always does.
    """

    by: str
    reason: str
    drops: Mapping[str, float] = field(default_factory=dict)
    replaces: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A version whose result somebody looked at and does not want: kept beside the runs, never committed."""

    prompt: str
    evalset: str
    digest: str
    by: str
    reason: str


def seal_of(header: Mapping[str, Json]) -> str:
    """Return the sha256 (64 hex digits) over all that a baseline's header says, but for the seal itself.

    It proves that the line is as it was written, not who wrote it: whoever edits the file can seal it anew.
    """
    return digest_of({key: value for key, value in header.items() if key != "seal"})


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a comparison: every repeat of every case for one prompt digest on one eval set.

    `models` are the models that answered, `fingerprints` the builds that they said to be. `margin` is the auto margin
    of a baseline (None: not computed).
    """

    prompt: str
    digest: str
    evalset: str
    evalset_digest: str
    scorers: Mapping[str, str]
    rows: Mapping[str, Row]
    version: str = ""
    models: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    commit: str = ""
    margin: float | None = None
    accepted: Acceptance | None = None
    fingerprints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreSummary:
    """One scorer over a run: mean and 95 % interval (shares), how many answers were scored and how many were not.

    `baseline_mean` is the stored baseline's; `parts` are means of the parts, e.g. F1 a field. `pass_hat` maps k to
    pass^k, the chance that k runs of a case all pass: of the primary scorer, where it is binary and cases have repeats.
    `why` is what most of the unscored answers have in common: the reason that the scorer gave most often.
    """

    scorer: str
    mean: float | None
    low: float | None
    high: float | None
    scored: int
    unscored: int
    binary: bool = True
    baseline_mean: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    pass_hat: Mapping[int, float] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a person wants to know of a run. `calls` maps layer (live, cached, recorded) to a count.

    `asked` are the judges' calls beside them. `cost_usd` and `unpriced` (live answers whose price is not known) are of
    both. `errors` maps a failure's code to a count; `worst` are the cases with the lowest primary score, worst first.
    """

    run: str
    prompt: str
    digest: str
    evalset: str
    model: str
    cases: int
    done: int
    repeats: int
    calls: Mapping[str, int]
    errors: Mapping[str, int]
    cost_usd: float | None
    unpriced: int
    scores: tuple[ScoreSummary, ...]
    latency_p50_s: float | None = None
    baseline_latency_s: float | None = None
    worst: tuple[str, ...] = ()
    exit_code: int = 0
    error_examples: Mapping[str, str] = field(default_factory=dict)
    asked: JudgeCalls = NO_JUDGE_CALLS


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """What a run would take, before anything is spent. `calls` are live calls still to be made.

    `recorded` and `cached` answers are at hand; `asked` are the judges' calls beside them. Tokens are those of the live
    calls, judges' included, output as an upper estimate; `cost_usd` is of both, None where a price is not known;
    `estimated` marks tokens that our own rule of thumb counted.
    """

    prompt: str
    digest: str
    evalset: str
    model: str
    cases: int
    calls: int
    recorded: int
    cached: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    estimated: bool
    asked: JudgeCalls = NO_JUDGE_CALLS
