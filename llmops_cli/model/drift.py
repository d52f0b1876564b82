"""Whether a provider moved under an unchanged prompt: stored answers against fresh ones."""

from dataclasses import dataclass

from llmops_cli.model.verdict import Calls, Verdict


@dataclass(frozen=True, slots=True)
class Look:
    """One scorer on the cases that both sides have. `p` is two-sided; `adjusted` after Holm over all looks of a night.

    Means and `delta` (fresh − stored) are shares, `interval` is that of Δ at 95 %.
    """

    scorer: str
    cases: int
    stored_mean: float
    fresh_mean: float
    delta: float
    interval: tuple[float, float]
    p_worse: float
    p_better: float
    adjusted: float = 1.0

    @property
    def p(self) -> float:
        """How likely a difference this large, either way, is if nothing moved."""
        return min(1.0, 2.0 * min(self.p_worse, self.p_better))


@dataclass(frozen=True, slots=True)
class Drifted:
    """One prompt on one eval set: DRIFT, PASS, NO-BASELINE or INCOMPLETE, and why.

    `run` is the fresh run, `repeats` how many runs are stored at most; `grown` the baseline file that was written.
    """

    prompt: str
    digest: str
    evalset: str
    verdict: Verdict
    looks: tuple[Look, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    run: str = ""
    repeats: int = 0
    grown: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Drift:
    """What one night found. `alpha` is the chance of any false alarm in it."""

    rows: tuple[Drifted, ...]
    alpha: float
    calls: Calls
    cost_usd: float

    @property
    def verdict(self) -> Verdict:
        """The worst row's."""
        order = (Verdict.INCOMPLETE, Verdict.NO_BASELINE, Verdict.DRIFT)
        return next((one for one in order if any(row.verdict is one for row in self.rows)), Verdict.PASS)
