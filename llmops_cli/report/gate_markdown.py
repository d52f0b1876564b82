"""The gate's answer as one pull request comment, at most 60,000 characters.

All foreign text stands in code spans, so nothing in it can link, mention, load or close anything.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from llmops_cli.model.verdict import Family, GateReport, PromptVerdict, Verdict
from llmops_cli.report.figures import count, interval, percent, points
from llmops_cli.report.gate_broken_markdown import SHOWN_BROKEN, broken_rows
from llmops_cli.report.gate_cases import alike, aside, pair_tally
from llmops_cli.report.gate_code import NAME_LIMIT, TEXT_LIMIT, cell, code
from llmops_cli.report.gate_layout import Place, places
from llmops_cli.report.gate_next import next_steps
from llmops_cli.report.gate_words import (
    FINE,
    bare,
    calls_text,
    changed,
    cost_change,
    headline,
    own,
    quiet,
    remaining,
    reproduce,
    said,
    sight,
    spent_text,
    title,
)
from llmops_cli.report.gate_words import trust as source

MARKER = "<!-- llmops:gate:v1:default -->"
LIMIT = 60_000
RESERVE = 1_000
"""For the closing tags, and for saying what was cut."""
SHOWN_NOTES = 20
ICONS = {Verdict.FAIL: "❌", Verdict.UNCOVERED: "❌", Verdict.ACCEPTED: "⚠️"}
WORDS = {Verdict.PASS: "not worse", Verdict.FAIL: "regressed", Verdict.IMPROVED: "improved"}
HEAD = (
    "| | Prompt | Metric | Base | Head | Change (95% CI) | Broke / fixed | Verdict |",
    "|-|:--|:--|--:|--:|:--|:-:|:--|",
)


@dataclass(slots=True)
class _Room:
    """What is left of the limit; rows are taken whole, first come first."""

    left: int

    def take(self, rows: Iterable[str]) -> tuple[list[str], int]:
        """Return the rows that fit, and how many do not."""
        wanted = list(rows)
        taken: list[str] = []
        for row in wanted:
            if len(row) + 1 > self.left:
                break
            self.left -= len(row) + 1
            taken.append(row)
        return taken, len(wanted) - len(taken)


def markdown(report: GateReport, *, diff_markdown: str = "", marker: str = MARKER) -> str:
    """Return the comment, ending in a newline; the marker is its first line. `diff_markdown` must be harmless already.

    Where it would be longer than 60,000 characters, whole rows go, then the diff, and the comment says how much.
    """
    top = [marker, _headline(report), ""]
    bottom = _bottom(report)
    room = _Room(LIMIT - RESERVE - sum(len(line) + 1 for line in (*top, *bottom)))
    rules = _rules(report, room)  # first in line: each of them fails the gate alone
    weaker = _weakened(report, room)
    body = _table(report, room) + rules + weaker + _why(report, room) + _broken(report, room)
    return "\n".join([*top, *body, *_diff(diff_markdown, room), *bottom]) + "\n"


def _headline(report: GateReport) -> str:
    moved = cost_change(report)
    limit = "" if report.cost_limit is None else f" (limit +{percent(report.cost_limit, 0)})"
    cost = f" · cost a call **{moved}**{limit}" if moved else " · cost a call not known"
    what = title(report).removeprefix("GATE ")
    return f"### {_icon(report.verdict)} Prompt gate {what}: {headline(report, code)}{cost if changed(report) else ''}"


def _icon(verdict: Verdict) -> str:
    return ICONS.get(verdict, "✅" if verdict in FINE else "❔")


def _table(report: GateReport, room: _Room) -> list[str]:
    judged = places(report)
    alone = bare(report)
    if not judged and not alone:
        return []
    room.left -= sum(len(line) + 1 for line in HEAD)
    rows, cut = room.take([*(_row(place.family) for place in judged), *map(_bare_row, alone)])
    return [*HEAD, *rows, "", *_cut(cut, "row"), *_beside(judged, room)]


def _beside(judged: Sequence[Place], room: _Room) -> list[str]:
    """Return the rows of what stops nothing, folded: slices and scorers that are not shown worse, or say the same."""
    rows = [_row(one) for place in judged for one in (*place.beside, *place.alike)]
    if not rows:
        return []
    worse = "" if any(place.alike for place in judged) else ", none shown worse"
    label = f"{count(len(rows))} more beside {'it' if len(judged) == 1 else 'them'}{worse}"
    return _folded(label, [*HEAD, *rows], 0, room)


def _row(family: Family) -> str:
    prompt = cell(family.prompt) + " · " + cell(family.evalset)
    metric = cell(family.scorer)
    metric += f" on {cell(family.slice)}" if family.slice else ""
    metric += f" vs {cell(family.against)}" if family.against else ""
    change = "" if family.delta is None else points(family.delta)
    change = f"**{change}**" if change and family.verdict is Verdict.FAIL else change
    change += f" {interval(*family.interval)}" if family.interval else ""
    word = WORDS.get(family.verdict, said(family))
    tally = pair_tally(family)
    cells = (prompt, metric, percent(family.base_mean), percent(family.head_mean), change, tally, word)
    return f"| {'✅' if quiet(family) else _icon(family.verdict)} | {' | '.join(cells)} |"


def _bare_row(prompt: PromptVerdict) -> str:
    name = cell(prompt.id)
    return f"| {_icon(prompt.verdict)} | {name} | | | | | | {prompt.verdict.value.lower()} ({cell(prompt.status)}) |"


def _rules(report: GateReport, room: _Room) -> list[str]:
    """Return the broken rules, in the open."""
    if not report.hard:
        return []
    rows = []
    for hard in report.hard[:SHOWN_BROKEN]:
        where = [code(name) for name in (hard.rule, hard.prompt, hard.evalset, hard.case) if name]
        rows.append(f"- ❌ {' · '.join(where)}: {code(hard.detail, TEXT_LIMIT)}")
    taken, cut = room.take(rows)
    return ["**Broken rules**", "", *taken, "", *_cut(cut + max(0, len(report.hard) - SHOWN_BROKEN), "broken rule")]


def _weakened(report: GateReport, room: _Room) -> list[str]:
    """Return how the change lowers the bar, in the open: it judges the next change, not this one."""
    if not report.weakened:
        return []
    rows = [f"- ⚠️ {code(one, TEXT_LIMIT)}" for one in report.weakened[:SHOWN_BROKEN]]
    head = "**Weakened by this change** (the base's version judged it; the next change is judged by this one)"
    room.left -= len(head)
    taken, cut = room.take(rows)
    return [head, "", *taken, "", *_cut(cut + max(0, len(report.weakened) - SHOWN_BROKEN), "weakening")]


def _why(report: GateReport, room: _Room) -> list[str]:
    full = {id(place.family) for place in places(report) if place.fresh}
    rows = [row for prompt in changed(report) for row in _reasons(prompt, own(report, prompt), full)]
    rows += [f"- {code(note, TEXT_LIMIT)}" for note in report.notes[:SHOWN_NOTES]]
    return _folded("Why", rows, max(0, len(report.notes) - SHOWN_NOTES), room)


def _reasons(prompt: PromptVerdict, judged: Sequence[Family], full: Collection[int]) -> list[str]:
    rows: list[str] = []
    for family in judged:
        reasons = [code(reason, TEXT_LIMIT) for reason in family.reasons] + [sight(family)] * bool(sight(family))
        rows += [f"- {code(prompt.id)} {code(_label(family))}: {'; '.join(reasons)}"] * bool(reasons)
        if family.aside:
            what = f"{aside(family)}: {', '.join(family.aside)}"
            rows.append(f"- {code(prompt.id)} {code(_label(family))}: {code(what, TEXT_LIMIT)}")
        if id(family) in full and family.verdict not in FINE:
            where = f"- {code(prompt.id)} {code(_label(family))} broke alike"
            rows += [f"{where}: {code(line, TEXT_LIMIT)}" for line in alike(family, str)]
    before = [reason for family in judged for reason in family.reasons]
    return rows + [f"- {code(prompt.id)}: {code(why, TEXT_LIMIT)}" for why in remaining(prompt.reasons, before)]


def _label(family: Family) -> str:
    against = f" vs {family.against}" if family.against else ""
    return family.scorer + (f" [{family.slice}]" if family.slice else "") + against


def _broken(report: GateReport, room: _Room) -> list[str]:
    fell = [place for place in places(report) if place.fresh]
    total = len({(place.family.prompt, place.family.evalset, case) for place in fell for case in place.fresh})
    rows = [row for place in fell[:SHOWN_BROKEN] for row in broken_rows(place, _label(place.family))][:SHOWN_BROKEN]
    return _folded(count(total, "broken case"), rows, max(0, total - len(rows)), room, noun="broken case")


def _folded(label: str, rows: Sequence[str], hidden: int, room: _Room, *, noun: str = "row") -> list[str]:
    if not rows:
        return []
    head = [f"<details><summary>{label}</summary>", ""]
    foot = ["", "</details>", ""]
    room.left -= sum(len(line) + 1 for line in (*head, *foot))
    taken, cut = room.take(rows)
    return [*head, *taken, *([""] if hidden + cut else []), *_cut(hidden + cut, noun)[:1], *foot]


def _cut(cut: int, noun: str) -> list[str]:
    return [f"*{count(cut, f'more {noun}')} not shown here.*", ""] if cut else []


def _diff(diff_markdown: str, room: _Room) -> list[str]:
    if not diff_markdown:
        return []
    if len(diff_markdown) + RESERVE // 5 > room.left:
        return [f"*The prompt diff has {count(len(diff_markdown))} characters and is cut: `llmops prompt diff`*", ""]
    return ["<details><summary>Prompt diff</summary>", "", diff_markdown.rstrip("\n"), "", "</details>", ""]


def _bottom(report: GateReport) -> list[str]:
    """Return what to trust, what it took, and how to see it again."""
    claims = f"{count(report.unverified_recordings, 'recording')} and {count(report.unverified_baselines, 'baseline')}"
    doubt = " (unverified)" if report.unverified_recordings or report.unverified_baselines else ""
    spent = f"calls: {calls_text(report.calls)} · {spent_text(report.calls, report.cost_usd)}"
    trust = f"**Trust:** {source(report, code)} · {claims} changed here{doubt} · {spent}"
    steps = [f"{question} {_commands(command)}" for question, command in next_steps(report)]
    again = f"Reproduce: {code(reproduce(report), 2 * NAME_LIMIT)}"
    return [trust, "", *([" · ".join(steps), ""] if steps else []), again]


def _commands(text: str) -> str:
    """Return commands that follow each other, each as code of its own, so that it can be copied."""
    return ", then ".join(code(command, 2 * NAME_LIMIT) for command in text.split(", then "))
