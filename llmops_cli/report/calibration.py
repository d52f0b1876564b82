"""`llmops eval calibrate`: the corrected rate, the judge's quality and what the gate may make of it."""

from typing import Any

from llmops_cli.model.review import Calibrated, Corrected, Estimate, Steadiness
from llmops_cli.report.columns import columns
from llmops_cli.report.figures import bound, count, margin, percent
from llmops_cli.report.review import INDENT, number, quality_document, quality_lines
from llmops_cli.report.sanitize import line, plain, workflow


def text(found: Calibrated) -> str:
    """Return the calibration, the verdict about the judge last."""
    run = f"   run {found.run[:8]}" if found.run else ""
    blocks = [workflow(line(f"{found.evalset}   {found.scorer}   judge {found.judge}{run}"))]
    if found.corrected:
        blocks += _rates(found.corrected)
    blocks += [f"{INDENT}note: {workflow(line(note))}" for note in found.notes]
    if found.strangers:
        lacking = f"{count(found.strangers, 'labelled answer')} without a score of this judge"
        blocks.append(f"{INDENT}note: {lacking}{' in this run' if found.run else ''}")
    if found.calibration.quality:
        blocks += [f"{INDENT}quality of the judge", *quality_lines(found.calibration.quality)]
    if found.steady:
        low, high = found.steady.interval
        same = f"{percent(found.steady.same / found.steady.answers)} [{bound(low)}, {bound(high)}]"
        asked = f"of {count(found.steady.answers, 'answer')}, asked {found.steady.times} times"
        blocks.append(f"{INDENT * 2}says the same   {same} {asked}")
    return "\n".join([*blocks, *_gate(found)])


def _rates(rate: Corrected) -> list[str]:
    rows = [
        ["judge's rate", percent(rate.naive), "", f"{count(rate.cases, 'case')}, uncorrected"],
        ["people's labels", *_estimate(rate.people), f"{count(rate.labelled, 'case')} alone"],
        ["corrected", *_estimate(rate.plain), "judge + people's difference to it"],
        [
            "corrected, tuned",
            *_estimate(rate.tuned),
            f"weight of the judge {number(rate.weight)}",
        ],
        ["Rogan–Gladen", percent(rate.rogan_gladen), "", "cross-check"],
    ]
    shown = [f"{INDENT}{''.join(row)}".rstrip() for row in columns(rows)]
    return [*shown, f"{INDENT}holds where the labelled cases were drawn at random"]


def _estimate(estimate: Estimate) -> list[str]:
    low, high = estimate.interval
    return [percent(estimate.value), f"[{bound(low)}, {bound(high)}]"]


def _gate(found: Calibrated) -> list[str]:
    written = [f"wrote {workflow(line(found.written))}"] if found.written else []
    if found.refusal:
        word = "not calibrated" if found.calibration.state != "calibrated" else "may not gate"
        return [f"✗ {word}: {workflow(line(found.refusal))}", *written]
    quality = found.calibration.quality
    assert quality is not None
    assert quality.youden_interval is not None
    sure = f"J {number(quality.youden)}, at least {number(quality.youden_interval[0])} at 95 %"
    factor = f", {found.factor:.1f} times the cases" if found.factor else ""
    return [f"✓ may gate ({sure}): {_margin(found)}{factor}", *written]


def _margin(found: Calibrated) -> str:
    if found.margin is None or found.judge_margin is None:
        return "an auto margin is of the judge's own points already"
    return f"margin {margin(found.judge_margin)} of the judge's points for {margin(found.margin)}"


def document(found: Calibrated) -> dict[str, Any]:
    """Return `llmops/calibration@1`."""
    quality, rate = found.calibration.quality, found.corrected
    return {
        "schema": "llmops/calibration@1",
        "evalset": found.evalset,
        "scorer": found.scorer,
        "judge": found.judge,
        "run": found.run or None,
        "state": found.calibration.state,
        "may_gate": not found.refusal,
        "refusal": plain(found.refusal) or None,
        "quality": quality_document(quality) if quality else None,
        "rate": _rate_document(rate) if rate else None,
        "margin": found.margin,
        "judge_margin": found.judge_margin,
        "cases_factor": found.factor,
        "self_consistency": _steady(found.steady) if found.steady else None,
        "strangers": found.strangers,
        "written": found.written or None,
        "notes": [plain(note) for note in found.notes],
    }


def _steady(steady: Steadiness) -> dict[str, Any]:
    """Return of how many answers the judge said the same each time."""
    counts = {"answers": steady.answers, "times": steady.times, "same": steady.same}
    return {**counts, "share": steady.same / steady.answers, "interval": list(steady.interval)}


def _rate_document(rate: Corrected) -> dict[str, Any]:
    named = (("people", rate.people), ("corrected", rate.plain), ("tuned", rate.tuned))
    return {
        "cases": rate.cases,
        "labelled": rate.labelled,
        "judge": rate.naive,
        **{name: {"value": each.value, "interval": list(each.interval)} for name, each in named},
        "weight": rate.weight,
        "rogan_gladen": rate.rogan_gladen,
    }
