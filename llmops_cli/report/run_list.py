"""What `eval list` says: the stored runs, a line each, in the order given (newest first)."""

from collections.abc import Sequence
from typing import Any

from llmops_cli.model.run import RunPlan
from llmops_cli.report.columns import lines
from llmops_cli.report.figures import count
from llmops_cli.report.quote import word

Json = Any
HEAD = ("run", "prompt", "digest", "eval set", "cases", "runs", "model", "commit")
FIGURES = (4, 5)
SHOWN_ID = 8
SHOWN_COMMIT = 7
SHOWN_DIGEST = 12


def text(plans: Sequence[RunPlan]) -> str:
    """Return the list. `*` marks a commit with uncommitted changes."""
    if not plans:
        return "no run is stored here: llmops eval run"
    return "\n".join(lines([HEAD, *(_row(plan) for plan in plans)], indent="", right=FIGURES))


def document(plans: Sequence[RunPlan]) -> dict[str, Json]:
    """Return the list as `llmops/run-list@1`."""
    return {"schema": "llmops/run-list@1", "runs": [_entry(plan) for plan in plans]}


def _row(plan: RunPlan) -> tuple[str, ...]:
    name = plan.prompt + (f"@{plan.version}" if plan.version else "")
    commit = (word(plan.commit[:SHOWN_COMMIT]) or "–") + ("*" if plan.dirty else "")
    figures = (count(len(plan.cases)), count(plan.repeats))
    words = (word(name), word(plan.digest[:SHOWN_DIGEST]), word(plan.evalset), *figures, word(plan.model), commit)
    return (plan.run[:SHOWN_ID], *words)


def _entry(plan: RunPlan) -> dict[str, Json]:
    return {
        "run": plan.run,
        "prompt": plan.prompt,
        "version": plan.version,
        "digest": plan.digest,
        "evalset": plan.evalset,
        "cases": len(plan.cases),
        "repeats": plan.repeats,
        "model": plan.model,
        "mode": plan.mode,
        "commit": plan.commit,
        "dirty": plan.dirty,
    }
