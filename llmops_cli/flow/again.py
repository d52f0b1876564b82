"""A version that has a baseline already and is accepted once more: fresh runs join, unless they fell or rose.

The test is that of `baseline drift`: runs permuted within their cases, Holm over scorers. Runs that fell replace those
that are stored only where that is wanted; runs that rose replace them, for they are of another provider.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from llmops_cli.compare.arms import extend, without_oldest
from llmops_cli.compare.drift import holm, look
from llmops_cli.compare.figures import p_text, points
from llmops_cli.compare.runs import arm
from llmops_cli.errors import UsageError
from llmops_cli.flow.contestant import MAX_REPEATS
from llmops_cli.flow.shared import answered_alike
from llmops_cli.model.completion import Completion
from llmops_cli.model.drift import Look
from llmops_cli.model.evalset import EvalSet
from llmops_cli.model.run import Acceptance, Arm, Run


@dataclass(frozen=True, slots=True)
class Again:
    """What is to be stored, what happened to the runs that are stored, in words, and what fell since, by scorer."""

    arm: Arm
    told: str = ""
    drops: Mapping[str, float] = field(default_factory=dict)

    def acceptance(self, new: Acceptance) -> Acceptance:
        """Return the new acceptance with what the one before let through."""
        old = self.arm.accepted
        if old is None and not self.drops:
            return new
        drops = {**(old.drops if old else {})}
        for key, drop in self.drops.items():
            drops[key] = drop + max(0.0, drops.get(key, 0.0))
        return replace(new, drops=drops, replaces=old.replaces if old and old.replaces else self.arm.digest)


def again(old: Arm | None, newest: Run, evalset: EvalSet, *, alpha: float, allow_regress: bool) -> Again:
    """Return what becomes of a run whose version has a baseline. Raises `UsageError` for a drop nobody allowed."""
    found = arm(newest)
    if old is None:
        return Again(found)
    if found.runs and {*found.runs} <= {*old.runs}:
        return Again(old, "the run is part of the stored baseline already: its runs stay")
    shown = _shown(old, newest, evalset, alpha)
    fell = [one for one in shown if one.delta < 0]
    if fell and not allow_regress:
        raise UsageError(
            f"{found.prompt} on {found.evalset}: the new run is worse than the stored baseline of this very version: "
            + "; ".join(map(_words, fell)),
            hint="did the provider move (llmops baseline drift)? if this is what counts from now on: --allow-regress",
        )
    replaced = replace(found, accepted=old.accepted)
    if fell:
        drops = {one.scorer: -one.delta for one in fell}
        return Again(replaced, f"in place of better runs, as allowed: {'; '.join(map(_words, fell))}", drops)
    return _unless_alike(old, replaced, newest, shown)


def _unless_alike(old: Arm, replaced: Arm, newest: Run, shown: list[Look]) -> Again:
    """Return the stored runs with the new ones where nothing tells them apart; else the new ones in their place."""
    if shown:
        return Again(replaced, f"in place of the runs stored before: {'; '.join(map(_words, shown))}")
    if not _alike(old, replaced):
        return Again(replaced, "in place of the baseline before, whose cases or scorers were others")
    if not _is_fresh(newest):
        return _of_old_answers(old, replaced)
    joined = without_oldest(extend(old, replaced), MAX_REPEATS)
    return Again(joined, "joined the runs stored before: no difference is shown between them")


def _is_fresh(run: Run) -> bool:
    """Return whether every answer was asked for: one from the cache may be the very one that is stored."""
    return all(row.answer.layer == "live" for row in run.results if isinstance(row.answer, Completion))


def _of_old_answers(old: Arm, found: Arm) -> Again:
    """Return the side with more runs: counted twice, an answer would look like two that agree."""
    had, has = (min((len(row.answers) for row in side.rows.values()), default=0) for side in (old, found))
    if has > had:
        return Again(found, "in place of fewer runs: some of its answers were at hand and may be those")
    return Again(
        old, "its answers were at hand and may be those that are stored: the stored runs stay (--mode live asks)"
    )


def _shown(old: Arm, newest: Run, evalset: EvalSet, alpha: float) -> list[Look]:
    """Return what differs, over the cases and scorers that are the same on both sides."""
    found = arm(newest)
    twins = {case: (first, first) for case, first in answered_alike(newest).items()}
    same = {name for name, row in found.rows.items() if _has(old, name, row.case_digest)}
    before = replace(old, rows={name: row for name, row in old.rows.items() if name in same})
    names = [one.name for one in evalset.gating if old.scorers.get(one.name) == found.scorers.get(one.name)]
    looks = [one for one in (look(before, found, name, twins) for name in names) if one is not None]
    adjusted = holm([one.p for one in looks])
    return [replace(one, adjusted=p) for one, p in zip(looks, adjusted, strict=True) if p <= alpha]


def _has(arm: Arm, case: str, digest: str) -> bool:
    row = arm.rows.get(case)
    return row is not None and row.case_digest == digest and bool(row.answers)


def _alike(old: Arm, found: Arm) -> bool:
    """Return whether runs of both may stand in one baseline: the same cases, judged alike, by the same model."""
    cases = {name: row.case_digest for name, row in old.rows.items()}
    same_model = not old.models or not found.models or {*old.models} & {*found.models}
    return (
        bool(same_model)
        and dict(old.scorers) == dict(found.scorers)
        and cases == {name: row.case_digest for name, row in found.rows.items()}
    )


def _words(one: Look) -> str:
    means = f"{one.stored_mean:.1%} → {one.fresh_mean:.1%}"
    return f"{one.scorer} {means} ({points(one.delta, 1)}, p {p_text(one.adjusted)})"
