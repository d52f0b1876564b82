"""The gate's answer as `llmops/gate@1`, the document that scripts rely on. Keys are added, never renamed."""

from dataclasses import asdict
from typing import Any

from llmops_cli.model.verdict import Family, GateReport, PromptVerdict

Json = Any
SCHEMA = "llmops/gate@1"


def document(report: GateReport) -> dict[str, Json]:
    """Return the document. Shares are 0..1 and not rounded; a figure that is not known is null."""
    return {
        "schema": SCHEMA,
        "verdict": report.verdict.value,
        "exit_code": int(report.exit_code),
        "base": report.base,
        "head": report.head,
        "mode": report.mode,
        "calls": asdict(report.calls),
        "cost_usd": report.cost_usd,
        "families": [_family(family) for family in sorted(report.families, key=_place)],
        "prompts": [_prompt(prompt) for prompt in sorted(report.prompts, key=lambda prompt: prompt.id)],
        "hard": [asdict(hard) for hard in report.hard],
        "unverified": {"recordings": report.unverified_recordings, "baselines": report.unverified_baselines},
        "notes": list(report.notes),
        "failures": dict(sorted(report.failures.items())),
        "cost_limit": report.cost_limit,
        "policy": report.policy or report.base,
        "weakened": list(report.weakened),
    }


def _place(family: Family) -> tuple[str, str, bool, str, str]:
    return (family.prompt, family.evalset, not family.primary, family.scorer, f"{family.slice or ''} {family.against}")


def _family(family: Family) -> dict[str, Json]:
    return {
        "prompt": family.prompt,
        "evalset": family.evalset,
        "scorer": family.scorer,
        "slice": family.slice,
        "verdict": family.verdict.value,
        "cases": family.cases,
        "runs": {"base": _whole(family.base_runs), "head": _whole(family.head_runs)},
        "base_mean": family.base_mean,
        "head_mean": family.head_mean,
        "delta": family.delta,
        "p_worse": family.p_worse,
        "p_better": family.p_better,
        "lower_bound": family.lower_bound,
        "margin": family.margin,
        "mde": family.mde,
        "broke": list(family.broke),
        "fixed": list(family.fixed),
        "unpaired": {side: list(cases) for side, cases in asdict(family.unpaired).items()},
        "reasons": list(family.reasons),
        "interval": None if family.interval is None else list(family.interval),
        "rule": family.rule,
        "primary": family.primary,
        "same": family.same,
        "aside": list(family.aside),
        "unscored": family.unscored,
        "missing": family.missing,
        "more_cases": family.more_cases,
        "examples": [asdict(example) for example in family.examples],
        "against": family.against,
        "groups": [asdict(group) for group in family.groups],
        "refuted": list(family.refuted),
        "worse": list(family.worse),
        "better": list(family.better),
        "base_fails": list(family.base_fails),
        "mark": family.mark,
        "look": {"number": family.look.number, "of": family.look.of},
    }


def _prompt(prompt: PromptVerdict) -> dict[str, Json]:
    cost = prompt.cost
    return {
        "id": prompt.id,
        "status": prompt.status,
        "verdict": prompt.verdict.value,
        "reasons": list(prompt.reasons),
        "cost": {"base_usd": cost.base_usd, "head_usd": cost.head_usd, "ratio": cost.ratio},
        **({"labels": [asdict(move) for move in prompt.labels]} if prompt.labels else {}),
    }


def _whole(runs: float) -> float | int:
    """Return a mean number of runs, as a whole number where it is one."""
    return int(runs) if float(runs).is_integer() else runs
