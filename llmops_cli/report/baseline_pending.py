"""Results that wait for a decision, as text and as JSON."""

from collections.abc import Sequence
from typing import Any

from llmops_cli.model.pending import Pending, Unready, Waiting
from llmops_cli.report.columns import lines
from llmops_cli.report.figures import count, interval, percent, points
from llmops_cli.report.gate_cases import tally
from llmops_cli.report.quote import argument, word

LIMIT = 400
RUN = 8


def text(found: Pending) -> str:
    """Return what waits, what does not yet, and what to do next."""
    shown = [_row(item) for item in found.waiting]
    joint = [f"  {_name(item)}: {on_other_cases(item)}" for item in found.waiting if item.other_cases]
    head = f"{_results(found.waiting)} for a decision" if found.waiting else "nothing waits for a decision"
    base = f"   base {word(found.base[:7])}" if found.base else ""
    body = [f"{head}{base}", *lines(shown), *joint]
    body += [f"  not ready: {_unready(one)}" for one in found.unready]
    if found.rejected:
        names = ", ".join(_name(one) for one in found.rejected)
        body.append(f"  rejected before: {names}; `llmops baseline accept` still takes one")
    return "\n".join([*body, *(["Next: llmops baseline review"] if found.waiting else [])])


def figures(item: Waiting) -> str:
    """Return the primary scorer's means, Δ with its interval, and how many cases broke and were fixed."""
    one = item.primary
    if one is None:
        return "; ".join(word(reason, LIMIT) for reason in item.judged.reasons) or "no figures"
    if one.base_mean is None:
        return f"{word(one.scorer)} {percent(one.head_mean)} ({count(one.cases, 'case')})"
    moved = points(one.delta) + (f" {interval(*one.interval)}" if one.interval else "")
    return f"{word(one.scorer)} {percent(one.base_mean)} → {percent(one.head_mean)}   {moved}   {tally(one)}"


def on_other_cases(item: Waiting) -> str:
    """Return that an acceptance clears no gate where the cases changed with the prompt, and the way that leads on."""
    what = count(len(item.other_cases), "case")
    return (
        f"{what} changed with the prompt: the gate goes by the base's, and an acceptance does not clear it. "
        f"Cases first: in a change of its own, edit the cases, then llmops baseline record {argument(item.prompt.id)} "
        "--runs 5, and commit both; then the prompt"
    )


def source(item: Waiting) -> str:
    """Return where the answers are from."""
    return f"run {item.run[:RUN]}" if item.run else "stored answers"


def document(found: Pending) -> dict[str, Any]:
    """Return the same as JSON."""
    return {
        "schema": "llmops/baseline-pending@1",
        "base": found.base,
        "pending": [_one(item) for item in found.waiting],
        "rejected": [
            {"prompt": one.prompt.id, "evalset": one.evalset.id, "digest": one.prompt.digest,
             "by": one.rejected.by, "reason": one.rejected.reason}
            for one in found.rejected if one.rejected
        ],
        "not_ready": [
            {"prompt": one.prompt, "evalset": one.evalset or None, "why": one.why, "command": one.command}
            for one in found.unready
        ],
    }  # fmt: skip


def _row(item: Waiting) -> tuple[str, ...]:
    return (_name(item), item.judged.verdict.value, figures(item), source(item))


def _name(item: Waiting) -> str:
    return f"{word(item.prompt.id)} · {word(item.evalset.id)}"


def _results(items: Sequence[Waiting]) -> str:
    return f"{count(len(items), 'result')} wait{'s' if len(items) == 1 else ''}"


def _unready(one: Unready) -> str:
    name = f"{argument(one.prompt)} · {word(one.evalset)}" if one.evalset else argument(one.prompt)
    return f"{name}: {word(one.why, LIMIT)} ({word(one.command, LIMIT)})"


def _one(item: Waiting) -> dict[str, Any]:
    one = item.primary
    return {
        "prompt": item.prompt.id,
        "digest": item.prompt.digest,
        "evalset": item.evalset.id,
        "run": item.run or None,
        "verdict": item.judged.verdict.value,
        "scorer": one.scorer if one else None,
        "base_mean": one.base_mean if one else None,
        "head_mean": one.head_mean if one else None,
        "delta": one.delta if one else None,
        "interval": list(one.interval) if one and one.interval else None,
        "margin": one.margin if one else None,
        "p_worse": one.p_worse if one else None,
        "broke": len(one.broke) if one else 0,
        "fixed": len(one.fixed) if one else 0,
        "other_cases": len(item.other_cases),
        "reasons": list(dict.fromkeys([*item.judged.reasons, *(one.reasons if one else ())])),
    }
