"""Answers that are missing, told to whoever reads a verdict: what is missing, why, and what to do about it."""

from collections.abc import Sequence
from dataclasses import replace

from llmops_cli.flow.arms import missing
from llmops_cli.flow.scene import Scene
from llmops_cli.model.completion import Failure
from llmops_cli.model.run import Result
from llmops_cli.model.verdict import Judged

UNRECORDED = "missing-recording"
OF_A_FORK = (
    "recordings that a fork brings do not count: somebody with a key runs `llmops gate --mode live` on this branch, or "
    "pushes it to the repository itself"
)
OF_THE_BASE = (
    "recordings that a change brings do not count here (trust_recordings: base): run `llmops gate` where a key is at "
    "hand"
)


def with_losses(judged: Judged, rows: Sequence[Result], scene: Scene) -> Judged:
    """Return the verdict with each cause of a missing answer, how often, its first case's words and what to do."""
    reasons = [f"no answer: {code} × {count}: {_why(rows, code, scene)}" for code, count in missing(rows).items()]
    return replace(judged, reasons=(*judged.reasons, *reasons))


def _why(rows: Sequence[Result], code: str, scene: Scene) -> str:
    order = sorted(rows, key=lambda row: (row.case, row.repeat))
    first = next(row.answer for row in order if isinstance(row.answer, Failure) and row.answer.code == code)
    hint = (code == UNRECORDED and _not_counted(scene)) or first.hint
    return f"{first.message} ({hint})" if hint else first.message


def _not_counted(scene: Scene) -> str:
    """Return why recording the answers in this change would not help; "" where it would."""
    if scene.where.fork:
        return OF_A_FORK
    return OF_THE_BASE if scene.where.base and scene.policy.trust_recordings == "base" else ""
