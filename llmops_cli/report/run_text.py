"""A run as a person wants to read it: counts, scores with their intervals, what fell, what failed, what to look at.

No clock and no elapsed time: the same run gives the same bytes.
"""

from collections.abc import Mapping

from llmops_cli.model.judge_calls import NO_JUDGE_CALLS
from llmops_cli.model.run import RunSummary, ScoreSummary
from llmops_cli.report.ansi import Style, paint
from llmops_cli.report.columns import columns
from llmops_cli.report.figures import bound, count, percent, points, seconds, seconds_change, usd
from llmops_cli.report.quote import argument, word

SHOWN_ID = 8
SHOWN_WORST = 3
SHOWN_PASS_HAT = 4
SHOWN_WHY = 200
LAYERS = ("live", "recorded", "cached")
INCOMPLETE = 4


def title(summary: RunSummary) -> str:
    """Return what is run on what, for the line above the progress bar."""
    names = (word(summary.prompt), word(summary.evalset))
    return " · ".join((*names, f"{count(summary.cases, 'case')} × {summary.repeats}", word(summary.model)))


def text(summary: RunSummary, *, color: bool = False) -> str:
    """Return the summary of one run.

    ▼ and ▲ mark a score whose baseline lies outside its 95 % interval; other changes may be chance.
    """
    lines = [_headline(summary, color=color), *_table(summary, color=color), *_errors(summary, color=color)]
    lines += [*_unfinished(summary, color=color), *_worst(summary)]
    return "\n".join(lines)


def calls_text(calls: Mapping[str, int]) -> str:
    """Return where answers came from: `98 live, 22 cached`; `0 live` where there are none."""
    known = [f"{count(calls[layer])} {layer}" for layer in LAYERS if calls.get(layer)]
    return ", ".join(known) or "0 live"


def _headline(summary: RunSummary, *, color: bool) -> str:
    of = f"{count(summary.done)} of {count(summary.cases, 'case')}"
    times = f" × {summary.repeats}" if summary.repeats > 1 else ""
    failed = count(sum(summary.errors.values()), "error")
    judges = (f"judges {calls_text(summary.asked.layers)}",) if summary.asked != NO_JUDGE_CALLS else ()
    parts = (f"{of}{times}", calls_text(summary.calls), *judges, failed, _cost(summary))
    return f"{paint(f'run {summary.run[:SHOWN_ID]}', 'bold', color)}  {', '.join(parts)}"


def _cost(summary: RunSummary) -> str:
    if summary.cost_usd is None or not summary.unpriced:
        return usd(summary.cost_usd)
    what = "call" if summary.asked.unpriced else "answer"
    return f"{usd(summary.cost_usd)} and {count(summary.unpriced, what)} of unknown price"


def _table(summary: RunSummary, *, color: bool) -> list[str]:
    scores = [_score(score) for score in summary.scores]
    latency = [] if summary.latency_p50_s is None else [_latency(summary)]
    if not scores and not latency:
        return []
    shown: list[str] = []
    head, *rows = columns([("scorer", "score", "95% CI", "baseline", "change"), *scores, *latency])
    shown.append(paint(("  " + "".join(head)).rstrip(), "dim", color))
    for number, row in enumerate(rows):
        score = summary.scores[number] if number < len(summary.scores) else None
        row[-1] = paint(row[-1], _style(score), color) if score and _moved(score) else row[-1]
        shown.append(("  " + "".join(row)).rstrip())
        shown += _below(score) if score else []
    return shown


def _score(score: ScoreSummary) -> tuple[str, ...]:
    interval = "" if score.low is None or score.high is None else f"{bound(score.low)} – {bound(score.high)}"
    base = score.baseline_mean
    if base is None or score.mean is None:
        return (word(score.scorer), percent(score.mean), interval, "" if base is None else percent(base), "")
    moved = points(score.mean - base)
    aligned = moved if moved[0] in "+−" else f" {moved}"
    return (word(score.scorer), percent(score.mean), interval, percent(base), f"{aligned}{_moved(score)}")


def _moved(score: ScoreSummary) -> str:
    if score.mean is None or score.baseline_mean is None or score.low is None or score.high is None:
        return ""
    if score.baseline_mean > score.high:
        return "  ▼"
    return "  ▲" if score.baseline_mean < score.low else ""


def _style(score: ScoreSummary) -> Style:
    return "red" if "▼" in _moved(score) else "green"


def _below(score: ScoreSummary) -> list[str]:
    parts = ", ".join(f"{word(name)} {percent(share)}" for name, share in sorted(score.parts.items()))
    unscored = f"{count(score.unscored)} of {count(score.scored + score.unscored, 'answer')} could not be scored"
    unscored += f", e.g. {word(score.why, SHOWN_WHY)}" if score.why else ""
    return [f"    {parts}"] * bool(parts) + _pass_hat(score) + [f"    {unscored}"] * bool(score.unscored)


def _pass_hat(score: ScoreSummary) -> list[str]:
    """Return how often k runs of a case all pass, for a few k and the largest."""
    shown = [k for k in sorted(score.pass_hat) if k <= SHOWN_PASS_HAT or k == max(score.pass_hat)]
    told = ", ".join(f"pass^{k} {percent(score.pass_hat[k])}" for k in shown)
    return [f"    k runs of a case all pass: {told}"] * bool(told)


def _latency(summary: RunSummary) -> tuple[str, ...]:
    now, before = summary.latency_p50_s, summary.baseline_latency_s
    if now is None or before is None:
        return ("latency p50", seconds(now), "")
    return ("latency p50", seconds(now), "", seconds(before), seconds_change(now - before))


def _errors(summary: RunSummary, *, color: bool) -> list[str]:
    if not summary.errors:
        return []
    codes = sorted(summary.errors, key=lambda code: (-summary.errors[code], code))
    rows = [(f"{count(summary.errors[code])} ×", word(code), _example(summary, code)) for code in codes]
    return [
        paint("  no answer", "red", color),
        *(("    " + "".join(row)).rstrip() for row in columns(rows, right=(0,))),
    ]


def _example(summary: RunSummary, code: str) -> str:
    example = summary.error_examples.get(code, "")
    return f"e.g. {word(example)}" if example else ""


def _unfinished(summary: RunSummary, *, color: bool) -> list[str]:
    if summary.exit_code != INCOMPLETE and summary.done >= summary.cases:
        return []
    said = paint("INCOMPLETE, no verdict on quality:", "yellow", color)
    return [f"  {said} llmops eval resume {summary.run[:SHOWN_ID]}"]


def _worst(summary: RunSummary) -> list[str]:
    if not summary.worst:
        return []
    names = " ".join(word(case) for case in summary.worst[:SHOWN_WORST])
    hidden = len(summary.worst) - SHOWN_WORST
    more = f" (+{count(hidden)})" if hidden > 0 else ""
    look = f"llmops eval show {summary.run[:SHOWN_ID]} {argument(summary.worst[0])}"
    return [f"  worst: {names}{more}          {look}"]
