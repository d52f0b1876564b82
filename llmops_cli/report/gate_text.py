"""The gate's answer for a terminal and for CI logs."""

from collections import Counter
from collections.abc import Sequence

from llmops_cli.model.broken import Broken
from llmops_cli.model.verdict import Family, GateReport, Hard, PromptVerdict, Verdict
from llmops_cli.report.ansi import Style, paint
from llmops_cli.report.columns import columns
from llmops_cli.report.figures import count, interval, margin, p_value, percent, points
from llmops_cli.report.gate_cases import alike, aside, passed, tally
from llmops_cli.report.gate_fields import fields
from llmops_cli.report.gate_layout import Place, lines_beside, places
from llmops_cli.report.gate_next import next_steps
from llmops_cli.report.gate_words import (
    FINE,
    MARKS,
    bare,
    calls_text,
    cost_change,
    figures,
    headline,
    own,
    remaining,
    short,
    sight,
    spent_text,
    title,
)
from llmops_cli.report.gate_words import said as verdict_word
from llmops_cli.report.quote import quoted, word

GAP = "   "
BETWEEN = " " * 8
WIDTH = 120
SHOWN_EXAMPLES = 5
REASON_LIMIT = 400
SHOWN_IDS = 5
SHOWN_FIELDS = 2
FIELD_LIMIT = 40
ONCE = frozenset({"1/1", "0/1", ""})


def text(report: GateReport, *, color: bool = False, full: bool = False) -> str:
    """Return the whole answer. Figures stand in the words of GATE.md; no clock, so equal verdicts are equal bytes.

    With `full` what stands beside the primary has rows of its own too.
    """
    blocks = _blocks(report, color=color, full=full)
    return "\n".join([_first(report, color=color), *blocks, *_last(report, color=color)])


def _first(report: GateReport, *, color: bool) -> str:
    head = paint(f"{MARKS[report.verdict]} {title(report)}", _style(report.verdict), color)
    base = f"base {word(short(report.base))} ({_source(report)} from base)" if report.base else "no base commit"
    return f"{head}{GAP}{headline(report, word)}{GAP}{GAP}{base}"


def _source(report: GateReport) -> str:
    if report.policy in ("", report.base):
        return "policy and baseline"
    return f"policy from {word(short(report.policy))}, where the target branch is now; baseline"


def _style(verdict: Verdict) -> Style:
    if verdict in FINE:
        return "yellow" if verdict is Verdict.ACCEPTED else "green"
    return "red" if verdict in (Verdict.FAIL, Verdict.UNCOVERED) else "yellow"


def _blocks(report: GateReport, *, color: bool, full: bool) -> list[str]:
    """Return the rows of broken rules, families and prompts without one; below each what belongs to it."""
    found = places(report, full=full)
    judged = [place.family for place in found]
    alone = bare(report)
    rows = [(word(hard.prompt), word(hard.rule), _hard_words(hard)) for hard in report.hard]
    rows += [_row(report, family) for family in judged]
    rows += [(word(prompt.id), prompt.verdict.value.lower(), _prompt_words(prompt)) for prompt in alone]
    below: list[list[str]] = [[] for _ in report.hard]
    below += [_below(report, place) for place in found]
    below += [[] for _ in alone]
    styles = [_style(Verdict.FAIL) for _ in report.hard]
    styles += [_style(verdict) for verdict in (*(one.verdict for one in judged), *(one.verdict for one in alone))]
    shown: list[str] = []
    for cells, more, style in zip(columns(rows), below, styles, strict=True):
        label = cells[1].rstrip()
        cells[1] = paint(label, style, color) + cells[1][len(label) :]
        shown += [f"  {''.join(cells)}".rstrip(), *more]
    return shown


def _row(report: GateReport, family: Family) -> tuple[str, str, str]:
    sets = {other.evalset for other in report.families if other.prompt == family.prompt}
    name = word(family.prompt) + (f" · {word(family.evalset)}" if len(sets) > 1 else "")
    return (name, _label(report, family), GAP.join(part for part in _parts(family) if part))


def _label(report: GateReport, family: Family) -> str:
    """Return the scorer where the headline says the verdict, else the verdict (and the scorer, if it has company)."""
    scorer = word(family.scorer) + (f" [{word(family.slice)}]" if family.slice else "")
    scorer += f" vs {word(family.against)}" if family.against else ""
    if family.verdict is report.verdict and family.verdict not in FINE:
        return scorer
    company = Counter((other.prompt, other.evalset) for other in report.families)
    said = verdict_word(family)
    return said if company[family.prompt, family.evalset] == 1 else f"{said} {scorer}"


def _parts(family: Family) -> list[str]:
    if family.rule == "identical":
        return [f"every answer identical ({count(family.cases, 'case')})"]
    moved = "" if family.delta is None else points(family.delta)
    if moved and family.interval:
        moved += f" {interval(*family.interval)}"
    why = word(family.reasons[0], REASON_LIMIT) if family.reasons else _why(family)
    means = "" if family.verdict is Verdict.PASS else figures(family)
    counts = _counts(family) if family.base_mean is not None and family.verdict is not Verdict.PASS else ""
    fine = family.verdict in (Verdict.PASS, Verdict.IMPROVED)
    return [means, moved, counts, why, sight(family) if fine else "", "" if counts else aside(family)]


def _counts(family: Family) -> str:
    missing = f", {count(family.missing)} missing" if family.missing else ""
    unscored = f", {count(family.unscored)} unscored" if family.unscored else ""
    return tally(family) + missing + unscored


def _why(family: Family) -> str:
    parts = [f"margin {margin(family.margin)}"] if family.margin is not None else []
    return ", ".join([*parts, *([p_value(family.p_worse)] if family.p_worse is not None else [])])


def _below(report: GateReport, place: Place) -> list[str]:
    """Return further reasons, counter-examples and cases that pair with none; nothing where the row says it all."""
    family = place.family
    if not place.is_full:
        return []
    shown = list(family.reasons[1:]) if family.rule != "identical" else []
    rows = [prompt for prompt in report.prompts if prompt.id == family.prompt and family in own(report, prompt)]
    mine = own(report, rows[0]) if rows else ()
    if mine and family is mine[0]:
        said = [reason for other in mine for reason in other.reasons]
        shown += remaining([reason for prompt in rows for reason in prompt.reasons], said)
    lines = [f"    {word(reason, REASON_LIMIT)}" for reason in shown]
    if family.verdict not in (Verdict.PASS, Verdict.IMPROVED):
        lines += [f"    {line}" for line in alike(family, word)]
    lines += _examples(place) + _unpaired(family)
    return [*lines, *(f"    {line}" for line in lines_beside(place, word))]


def _examples(place: Place) -> list[str]:
    family = place.family
    if not place.fresh:
        return []
    shown = [one for one in family.examples if one.case in place.fresh][:SHOWN_EXAMPLES]
    if not shown:
        return [f"    broke: {_ids(place.fresh)}"]
    rows = [_example(family, one) for one in shown]
    if not any(row[2] for row in rows):  # all of them show their wrong fields alone
        rows = [(*row[:2], *row[3:]) for row in rows]
    lines = [f"    {''.join(cells)}".rstrip() for cells in columns(rows, gap=2)]
    hidden = len(place.fresh) - len(shown)
    return [*lines[:-1], lines[-1] + (f"{GAP}… {count(hidden)} more" if hidden > 0 else "")]


def _example(family: Family, example: Broken) -> tuple[str, ...]:
    once = {example.base_passes, example.head_passes} <= ONCE and not example.fresh_head
    runs = "" if once else f" {word(passed(family, example))}"
    expected = f"expected {quoted(example.expected)}" if example.expected else ""
    if example.reason:
        expected = f"judge: {quoted(example.reason)}"
    cells = (expected, f" got {quoted(example.got)}")
    if example.wrong:
        cells = (fields(example, word, shown=SHOWN_FIELDS, limit=FIELD_LIMIT), "")
    return (word(example.case), *cells, *([runs] if runs else []))


def _unpaired(family: Family) -> list[str]:
    sides = (
        ("added", family.unpaired.added),
        ("removed", family.unpaired.removed),
        ("changed", family.unpaired.changed),
    )
    found = [f"{count(len(ids))} {side} ({_ids(ids)})" for side, ids in sides if ids]
    return [f"    cases that are not the same on both sides: {', '.join(found)}"] if found and family.primary else []


def _ids(ids: Sequence[str]) -> str:
    more = f" (+{len(ids) - SHOWN_IDS})" if len(ids) > SHOWN_IDS else ""
    return " ".join(word(one) for one in ids[:SHOWN_IDS]) + more


def _prompt_words(prompt: PromptVerdict) -> str:
    return "; ".join(word(reason, REASON_LIMIT) for reason in prompt.reasons) or word(prompt.status)


def _hard_words(hard: Hard) -> str:
    detail = word(hard.detail, REASON_LIMIT)
    return f"{word(hard.case)}: {detail}" if hard.case else detail


def _last(report: GateReport, *, color: bool) -> list[str]:
    """Return what it took, what to trust, and what to do next."""
    spent = [f"calls: {calls_text(report.calls)}", spent_text(report.calls, report.cost_usd)]
    moved = cost_change(report)
    if moved:
        limit = "" if report.cost_limit is None else f" (limit +{percent(report.cost_limit, 0)})"
        spent.insert(0, f"cost a call {moved}{limit}")
    lines = [f"  {(GAP * 2).join(spent)}"]
    if report.unverified_recordings or report.unverified_baselines:
        recordings, baselines = (
            count(report.unverified_recordings, "recording"),
            count(report.unverified_baselines, "baseline"),
        )
        lines.append(f"  unverified, brought by this change: {recordings}, {baselines}")
    lines += [
        f"  {paint('weakened by this change', 'yellow', color)}: {word(one, REASON_LIMIT)}" for one in report.weakened
    ]
    lines += [f"  note: {word(note, REASON_LIMIT)}" for note in report.notes]
    steps = [f"{question} {command}" for question, command in next_steps(report)]
    return [*lines, *_packed(steps)]


def _packed(steps: Sequence[str]) -> list[str]:
    """Return the steps, as many on a line as fit."""
    lines: list[str] = []
    for step in steps:
        if lines and len(lines[-1]) + len(BETWEEN) + len(step) <= WIDTH:
            lines[-1] += BETWEEN + step
        else:
            lines.append(step)
    return lines
