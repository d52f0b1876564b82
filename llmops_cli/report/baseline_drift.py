"""What the nightly look at providers found, as text and as JSON."""

from typing import Any

from llmops_cli.model.drift import Drift, Drifted, Look
from llmops_cli.model.verdict import Verdict
from llmops_cli.report.ansi import Style, paint
from llmops_cli.report.figures import count, interval, p_value, percent, points
from llmops_cli.report.gate_words import calls_text, spent_text
from llmops_cli.report.quote import argument, word

LIMIT = 400
HEADS = {
    Verdict.DRIFT: "a provider moved under an unchanged prompt",
    Verdict.NO_BASELINE: "there is nothing to compare with",
    Verdict.INCOMPLETE: "answers are missing: no verdict",
    Verdict.PASS: "nothing moved",
}


def text(found: Drift, *, color: bool = False) -> str:
    """Return the whole answer, a block a prompt and eval set."""
    style: Style = "green" if found.verdict is Verdict.PASS else "yellow"
    verdict = paint(found.verdict.value, style, color)
    lines = [
        f"{verdict}   {HEADS[found.verdict]}   {count(len(found.rows), 'prompt')}, α {found.alpha:g} for all of them"
    ]
    for row in found.rows:
        lines += _row(row)
    return "\n".join([*lines, f"  calls: {calls_text(found.calls)}      {spent_text(found.calls, found.cost_usd)}"])


def document(found: Drift) -> dict[str, Any]:
    """Return the same as JSON."""
    return {
        "schema": "llmops/baseline-drift@1",
        "verdict": found.verdict.value,
        "exit_code": int(found.verdict.exit_code),
        "alpha": found.alpha,
        "calls": {"live": found.calls.live, "cached": found.calls.cached, "unpriced": found.calls.unpriced},
        "cost_usd": found.cost_usd,
        "prompts": [_one(row) for row in found.rows],
    }


def _row(row: Drifted) -> list[str]:
    name = f"{word(row.prompt)} · {word(row.evalset)}"
    lines = [f"  {name}   {row.verdict.value}"]
    lines += [f"    {_look(one)}" for one in row.looks]
    lines += [f"    {word(reason, LIMIT)}" for reason in (*row.reasons, *row.notes)]
    if row.grown:
        lines.append(f"    the round joined {word(row.grown, LIMIT)}: commit it")
    if row.verdict is Verdict.DRIFT:
        mine = argument(row.prompt)
        fell = " --allow-regress" if any(one.delta < 0 for one in row.looks) else ""
        lines.append(
            f"    Next: llmops baseline accept {mine}{fell} --reason …   (takes run {row.run[:8]}), "
            f"then llmops baseline record {mine} --mode live; and name a dated model"
        )
    elif row.command:
        lines.append(f"    Next: {word(row.command, LIMIT)}")
    return lines


def _look(one: Look) -> str:
    means = f"{percent(one.stored_mean)} → {percent(one.fresh_mean)}"
    return (
        f"{word(one.scorer)}   {means}   {points(one.delta)} {interval(*one.interval)}   "
        f"{count(one.cases, 'case')}   {p_value(one.adjusted)}"
    )


def _one(row: Drifted) -> dict[str, Any]:
    return {
        "prompt": row.prompt,
        "digest": row.digest,
        "evalset": row.evalset,
        "verdict": row.verdict.value,
        "run": row.run or None,
        "stored_runs": row.repeats,
        "scorers": [
            {
                "scorer": one.scorer,
                "cases": one.cases,
                "stored_mean": one.stored_mean,
                "fresh_mean": one.fresh_mean,
                "delta": one.delta,
                "interval": list(one.interval),
                "p_worse": one.p_worse,
                "p_better": one.p_better,
                "p_adjusted": one.adjusted,
            }
            for one in row.looks
        ],
        "reasons": list(row.reasons),
        "notes": list(row.notes),
        "grown": row.grown or None,
        "command": row.command or None,
    }
