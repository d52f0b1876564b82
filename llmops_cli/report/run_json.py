"""Runs as `llmops/runs@1`, the document that scripts rely on. Keys are added, never renamed."""

from collections.abc import Iterable, Sequence
from typing import Any

from llmops_cli.model.judge_calls import JudgeCalls
from llmops_cli.model.run import RunEstimate, RunSummary, ScoreSummary
from llmops_cli.report.sanitize import plain

Json = Any
SCHEMA = "llmops/runs@1"
LAYERS = ("live", "recorded", "cached")


def document(summaries: Iterable[RunSummary], exit_code: int, *, rows: Sequence[Json] | None = None) -> dict[str, Json]:
    """Return the document of finished runs; `rows` are those of the only one."""
    more = {} if rows is None else {"rows": list(rows)}
    return {"schema": SCHEMA, "exit_code": int(exit_code), "runs": [_run(each) | more for each in summaries]}


def plan_document(plans: Iterable[RunEstimate]) -> dict[str, Json]:
    """Return the document of `--dry-run`: the same keys, with what would be called; nothing has run."""
    return {"schema": SCHEMA, "exit_code": 0, "dry_run": True, "runs": [_plan(plan) for plan in plans]}


def _run(summary: RunSummary) -> dict[str, Json]:
    return {
        "run": summary.run,
        "prompt": summary.prompt,
        "digest": summary.digest,
        "evalset": summary.evalset,
        "cases": summary.cases,
        "errors": sum(summary.errors.values()),
        "calls": {layer: summary.calls.get(layer, 0) for layer in LAYERS},
        "cost_usd": summary.cost_usd,
        "scores": {score.scorer: _score(score) for score in summary.scores},
        "model": summary.model,
        "done": summary.done,
        "repeats": summary.repeats,
        "unpriced": summary.unpriced,
        "errors_by_code": dict(sorted(summary.errors.items())),
        "latency_p50_s": summary.latency_p50_s,
        "worst": list(summary.worst),
        "exit_code": int(summary.exit_code),
        "judge_calls": _asked(summary.asked),
    }


def _score(score: ScoreSummary) -> dict[str, Json]:
    return {
        "mean": score.mean,
        "low": score.low,
        "high": score.high,
        "scored": score.scored,
        "unscored": score.unscored,
        "why": plain(score.why) or None,
        "baseline_mean": score.baseline_mean,
        "parts": dict(sorted(score.parts.items())),
        "pass_hat": {str(k): score.pass_hat[k] for k in sorted(score.pass_hat)},
    }


def _plan(plan: RunEstimate) -> dict[str, Json]:
    return {
        "run": None,
        "prompt": plan.prompt,
        "digest": plan.digest,
        "evalset": plan.evalset,
        "cases": plan.cases,
        "errors": 0,
        "calls": {"live": plan.calls, "recorded": plan.recorded, "cached": plan.cached},
        "tokens": {"input": plan.input_tokens, "output": plan.output_tokens},
        "cost_usd": plan.cost_usd,
        "scores": {},
        "model": plan.model,
        "estimated": plan.estimated,
        "judge_calls": _asked(plan.asked),
    }


def _asked(asked: JudgeCalls) -> dict[str, Json]:
    """Return what the judges were asked; `cost_usd` above has their cost in it."""
    counts = {"live": asked.live, "recorded": asked.recorded, "cached": asked.cached}
    return {**counts, "failed": asked.failed, "cost_usd": asked.cost_usd, "unpriced": asked.unpriced}
