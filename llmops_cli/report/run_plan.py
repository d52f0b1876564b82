"""What `eval run --dry-run` says: calls, tokens and cost of runs that were not made."""

from collections.abc import Sequence

from llmops_cli.model.judge_calls import NO_JUDGE_CALLS
from llmops_cli.model.run import RunEstimate
from llmops_cli.report.columns import lines
from llmops_cli.report.figures import count, usd
from llmops_cli.report.quote import word

HEAD = ("prompt", "eval set", "model", "cases", "live calls", "recorded", "cached", "tokens in", "out", "cost")
FIGURES = range(3, len(HEAD))


def text(plans: Sequence[RunEstimate]) -> str:
    """Return a line a run, and their sum. Estimated tokens carry a `≈`."""
    said = "dry run: nothing was called and nothing was spent"
    if not plans:
        return f"{said}; there is nothing to run"
    rows = [HEAD, *(_row(plan) for plan in plans), *([_sum(plans)] if len(plans) > 1 else [])]
    return "\n".join([said, *lines(rows, right=FIGURES), *_split(plans)])


def _split(plans: Sequence[RunEstimate]) -> list[str]:
    """Return which of the calls are judges'; nothing where no judge is asked."""
    asked = sum((plan.asked for plan in plans), NO_JUDGE_CALLS)
    if asked == NO_JUDGE_CALLS:
        return []
    known = [(asked.recorded, "recorded"), (asked.cached, "cached")]
    hand = ", ".join(f"{count(number)} {layer}" for number, layer in known if number)
    own = sum(plan.calls for plan in plans)
    more = f" (judges: {hand})" if hand else ""
    return [f"  live calls: {count(own, 'answer')} + {count(asked.live, 'judge call')} at most{more}"]


def _row(plan: RunEstimate) -> tuple[str, ...]:
    names = (word(plan.prompt), word(plan.evalset), word(plan.model))
    calls = (count(plan.cases), count(plan.calls + plan.asked.live), count(plan.recorded), count(plan.cached))
    return (*names, *calls, *_tokens([plan]), _cost([plan]))


def _sum(plans: Sequence[RunEstimate]) -> tuple[str, ...]:
    totals = (
        sum(plan.cases for plan in plans),
        sum(plan.calls + plan.asked.live for plan in plans),
        sum(plan.recorded for plan in plans),
        sum(plan.cached for plan in plans),
    )
    return ("all", "", "", *map(count, totals), *_tokens(plans), _cost(plans))


def _tokens(plans: Sequence[RunEstimate]) -> tuple[str, str]:
    about = "≈ " if any(plan.estimated for plan in plans) else ""
    into, out = sum(plan.input_tokens for plan in plans), sum(plan.output_tokens for plan in plans)
    return f"{about}{count(into)}", f"{about}{count(out)}"


def _cost(plans: Sequence[RunEstimate]) -> str:
    known = [plan.cost_usd for plan in plans if plan.cost_usd is not None]
    if not known:
        return "unknown price"
    about = "≈ " if any(plan.estimated and plan.calls + plan.asked.live for plan in plans) else ""
    more = "" if len(known) == len(plans) else " and unknown price"
    return f"{about}{usd(sum(known))}{more}"
