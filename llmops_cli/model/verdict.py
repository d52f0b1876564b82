"""What the gate says: a verdict per family, per prompt, and for the whole change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from llmops_cli.errors import ExitCode
from llmops_cli.model.broken import Broken
from llmops_cli.model.case_flags import CaseFlags
from llmops_cli.model.evalset import ScorerSpec
from llmops_cli.model.group import Group
from llmops_cli.model.look import ONLY, Look
from llmops_cli.model.move import Move
from llmops_cli.model.power import Power
from llmops_cli.model.run import Acceptance, Arm
from llmops_cli.model.settings import GatePolicy


class Verdict(StrEnum):
    """One answer of the gate. Members stand from worst to best; `worst` picks by that order."""

    FAIL = "FAIL"
    INCOMPLETE = "INCOMPLETE"
    UNCOVERED = "UNCOVERED"
    NO_BASELINE = "NO-BASELINE"
    DRIFT = "DRIFT"
    INCONCLUSIVE = "INCONCLUSIVE"
    ACCEPTED = "ACCEPTED"
    NEW = "NEW"
    IMPROVED = "IMPROVED"
    PASS = "PASS"  # noqa: S105 - a verdict, no password

    @property
    def exit_code(self) -> ExitCode:
        """The exit code, before `--on-inconclusive` and `on_uncovered` have their say."""
        match self:
            case Verdict.FAIL | Verdict.UNCOVERED:
                return ExitCode.FINDINGS
            case Verdict.INCONCLUSIVE | Verdict.NO_BASELINE | Verdict.DRIFT:
                return ExitCode.INCONCLUSIVE
            case Verdict.INCOMPLETE:
                return ExitCode.INCOMPLETE
            case Verdict.ACCEPTED | Verdict.NEW | Verdict.IMPROVED | Verdict.PASS:
                return ExitCode.OK


ORDER = {verdict: place for place, verdict in enumerate(Verdict)}


def worst(*verdicts: Verdict) -> Verdict:
    """Return the worst of the verdicts; PASS of none."""
    return min(verdicts, key=ORDER.__getitem__, default=Verdict.PASS)


@dataclass(frozen=True, slots=True)
class Unpaired:
    """Cases that stand on one side only, or whose content changed."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """Prompt × eval set × scorer × slice, judged. Means, delta, bounds and margin are shares (0.05 = 5 points).

    `rule` is "statistics", "cases" (the small-set rule) or "identical". `mde` is the smallest drop that this
    evidence would find with the promised power; `more_cases` how many cases would decide at one run a case. `against`
    names what else than the base the head was held against ("" = the base); `look` is the look that decided. `broke`
    and `worse` fell in the mean, `fixed` and `better` rose; what broke fell in its usual run too. `aside`: cases that
    moved and are not listed, for they are flaky or in quarantine. `refuted`: those of `broke` that did not break when
    they were asked again; of these, `base_fails` are those that the base failed then as well. `mark`: the tag that
    marks what fell, with its counts and in words, where no group has one.
    """

    prompt: str
    evalset: str
    scorer: str
    slice: str | None
    verdict: Verdict
    rule: str
    cases: int
    base_runs: float
    head_runs: float
    base_mean: float | None = None
    head_mean: float | None = None
    delta: float | None = None
    interval: tuple[float, float] | None = None
    p_worse: float | None = None
    p_better: float | None = None
    lower_bound: float | None = None
    margin: float | None = None
    mde: float | None = None
    more_cases: int | None = None
    primary: bool = True
    broke: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    same: int = 0
    unscored: int = 0
    missing: int = 0
    unpaired: Unpaired = Unpaired()
    examples: tuple[Broken, ...] = ()
    reasons: tuple[str, ...] = ()
    against: str = ""
    look: Look = ONLY
    groups: tuple[Group, ...] = ()
    aside: tuple[str, ...] = ()
    refuted: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    better: tuple[str, ...] = ()
    base_fails: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Hard:
    """A rule that needs no statistics and is broken: `critical`, `never`, `min`, `removed-cases`, …"""

    rule: str
    prompt: str
    evalset: str
    case: str
    detail: str
    scorer: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """Mean cost of a case on both sides in USD; None where no price is known."""

    base_usd: float | None = None
    head_usd: float | None = None

    @property
    def ratio(self) -> float | None:
        """Head over base."""
        if self.base_usd is None or self.head_usd is None:
            return None
        if self.base_usd == 0:
            return 1.0 if self.head_usd == 0 else None
        return self.head_usd / self.base_usd


@dataclass(frozen=True, slots=True)
class PromptVerdict:
    """One prompt: `status` is changed, new, removed, renamed, promoted (by `labels`) or unchanged."""

    id: str
    status: str
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    cost: Cost = Cost()
    labels: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True)
class Calls:
    """Where the answers of a command came from.

    `planned`: what a plan without a memory would take, every round of both sides for each case, asked anew; `saved` are
    those of them that neither a call, a recording nor the cache had to answer. `unpriced`: live ones of unknown price.
    """

    live: int = 0
    recorded: int = 0
    cached: int = 0
    skipped: int = 0
    saved: int = 0
    planned: int = 0
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class GateReport:
    """The whole answer of one gate; `failures` by code, `cost_limit` the policy's, `powers` where they are drawn.

    `policy` is the thresholds' commit ("" = the base). `weakened`: how the change lowers the bar for the next one.
    """

    verdict: Verdict
    exit_code: ExitCode
    base: str
    head: str
    mode: str
    calls: Calls = Calls()
    cost_usd: float = 0.0
    families: tuple[Family, ...] = ()
    prompts: tuple[PromptVerdict, ...] = ()
    hard: tuple[Hard, ...] = ()
    unverified_recordings: int = 0
    unverified_baselines: int = 0
    notes: tuple[str, ...] = ()
    failures: Mapping[str, int] = field(default_factory=dict)
    cost_limit: float | None = None
    powers: tuple[Power, ...] = ()
    policy: str = ""
    weakened: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pairing:
    """What is to be judged: two arms of one prompt on one eval set, under the base's policy.

    `scorers` and `flags` are the base's. `accepted` is the acceptance that covers the head's digest, if it counts.
    `live` says that fresh calls were allowed (in replay the report says that nothing could be confirmed). `look` is
    which look at the evidence this is. `against` names a second opponent beside the base ("the release 1.2.0"): its
    families can only FAIL. `judges` maps a calibrated judge to its J, by which it shrinks a true drop.
    `brought`: the cases are the change's own. `total`: how many the base's set has, where the arms may hold fewer.
    `measured` is what margins are worked out from: what `base` was asked again for a drop must not narrow its own.
    """

    base: Arm
    head: Arm
    scorers: tuple[ScorerSpec, ...]
    flags: Mapping[str, CaseFlags]
    policy: GatePolicy
    accepted: Acceptance | None = None
    unpaired: Unpaired = Unpaired()
    live: bool = False
    max_error_rate: float = 0.02
    look: Look = ONLY
    against: str = ""
    judges: Mapping[str, float] = field(default_factory=dict)
    brought: bool = False
    measured: Arm | None = None
    total: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on one pairing, with what it rests on.

    `beside` is what is said by neither families nor hard rules: INCOMPLETE or ACCEPTED, else PASS.
    """

    verdict: Verdict
    families: tuple[Family, ...]
    hard: tuple[Hard, ...]
    reasons: tuple[str, ...]
    cost: Cost
    beside: Verdict = Verdict.PASS
