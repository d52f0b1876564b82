"""The screens of `baseline review`: one result, one broken case, the questions; foreign text made harmless."""

import json
from collections.abc import Mapping
from statistics import fmean

from llmops_cli.model.completion import Completion
from llmops_cli.model.pending import Waiting
from llmops_cli.model.run import Result
from llmops_cli.report.ansi import Style, paint
from llmops_cli.report.baseline_pending import figures, on_other_cases, source
from llmops_cli.report.figures import count, margin, p_value, percent, points
from llmops_cli.report.quote import word
from llmops_cli.report.sanitize import clip, terminal

ANSWER_LIMIT = 2000
LIMIT = 400
UNFORGIVING = frozenset({"critical", "never", "min"})
HELP = """\
a  accept: this version's result becomes its baseline; asks for a reason
r  reject: `baseline pending` shows it no more; asks for a reason
s  skip: decide later
n  next broken case (so does an empty line), p previous one
q  quit; what was decided is kept
?  this help"""
QUESTION = "accept, reject, skip, next, previous, quit, help [a,r,s,n,p,q,?] "


def head(item: Waiting, place: int, total: int, *, color: bool = False) -> str:
    """Return what one result says: the prompt, the verdict, Δ with its interval, why."""
    verdict = item.judged.verdict.value
    style: Style = "red" if item.needs_word else "green"
    first = f"[{place}/{total}] {word(item.prompt.id)} on {word(item.evalset.id)}   {paint(verdict, style, color)}"
    one = item.primary
    shown = [f"  {figures(item)}"]
    if one is not None and one.margin is not None:
        runs = count(round(one.head_runs), "run")
        shown[0] += f"   margin {margin(one.margin)} at {runs} a case, {p_value(one.p_worse)}"
    reasons = dict.fromkeys([*item.judged.reasons, *(one.reasons if one else ())])
    shown += [f"  {word(reason, LIMIT)}" for reason in reasons]
    shown += [f"  {word(rule.rule)} {word(rule.case)}: {word(rule.detail, LIMIT)}" for rule in item.judged.hard]
    if any(rule.rule in UNFORGIVING for rule in item.judged.hard):
        shown.append("  an acceptance does not cover broken rules: the gate fails until they hold again")
    if item.other_cases:
        shown.append(f"  {on_other_cases(item)}")
    against = f" against the baseline of sha256:{item.base.digest[:12]}" if item.base else ", the first of this prompt"
    shown.append(f"  {source(item)}{against}")
    return "\n".join([first, *shown])


def broken(item: Waiting) -> tuple[str, ...]:
    """Return the cases to look at: those that broke; of a new prompt those that did not pass."""
    one = item.primary
    if one is None:
        return ()
    if item.base is not None:
        return one.broke
    failed = (
        row.case for row in item.rows if any(score.scorer == one.scorer and not score.stored for score in row.scores)
    )
    return tuple(dict.fromkeys(failed))


def case(item: Waiting, place: int, before: Mapping[str, str]) -> str:
    """Return one broken case: what was expected, what the base answered if that is known, what came now."""
    names = broken(item)
    name = names[place]
    expected = item.cases[name].expected if name in item.cases else None
    rows = [row for row in item.rows if row.case == name]
    lines = [f"  case {place + 1} of {len(names)}   {word(name)}   {_passes(item, rows)}"]
    if expected is not None:
        lines.append(
            _block("expected", expected if isinstance(expected, str) else json.dumps(expected, ensure_ascii=False))
        )
    if item.base is not None:
        lines.append(_block("base", before[name]) if name in before else "    base      (not stored here)")
    shown = _shown(item, rows)
    lines.append(_block("head", shown) if shown is not None else "    head      (no answer)")
    return "\n".join(lines)


def confirmation(item: Waiting) -> str:
    """Return the question that only `yes` answers; "" where the gate would let the result through."""
    if not item.needs_word:
        return ""
    if item.other_cases:
        return "accept it, though the gate fails all the same? type yes: "
    worst = item.worst
    if worst is None:
        return f"accept {item.judged.verdict.value}? type yes: "
    own = -(item.primary.delta or 0.0) if item.primary else 0.0
    where = word(f"{worst.scorer}/{worst.slice}" if worst.slice else worst.scorer)
    if own <= 0:
        return f"accept a drop of {_drop(-(worst.delta or 0.0))} in {where}? type yes: "
    more = "" if worst is item.primary else f", of {_drop(-(worst.delta or 0.0))} in {where}"
    return f"accept a drop of {_drop(own)}{more}? type yes: "


def end(counts: Mapping[str, int]) -> str:
    """Return how many results were decided, and how."""
    return ", ".join(f"{count(number)} {what}" for what, number in counts.items())


def _drop(share: float) -> str:
    return points(share).lstrip("+")


def _passes(item: Waiting, rows: list[Result]) -> str:
    one = item.primary
    scorer = one.scorer if one else ""
    values = [score.stored for row in rows for score in row.scores if score.scorer == scorer]
    name = rows[0].case if rows else ""
    old = item.base.rows[name].values.get(scorer, ()) if item.base and name in item.base.rows else ()
    sides = [found for found in (old, values) if found]
    if any(not isinstance(value, bool | None) for found in sides for value in found):
        known = [[float(value) for value in found if value is not None] for found in sides]
        return f"scored {' → '.join(percent(fmean(found) if found else None) for found in known)}"
    passed = [f"{sum(map(bool, found))}/{len(found)}" for found in sides]
    return f"passed {' → '.join(passed)}" if passed else ""


def _shown(item: Waiting, rows: list[Result]) -> str | None:
    """Return the answer with the lowest score, the first of several."""
    scorer = item.primary.scorer if item.primary else ""
    answered = [(_lowest(row, scorer), row.answer.text) for row in rows if isinstance(row.answer, Completion)]
    return min(answered, key=lambda one: one[0])[1] if answered else None


def _lowest(row: Result, scorer: str) -> float:
    return min((float(one.stored or 0.0) for one in row.scores if one.scorer == scorer), default=1.0)


def _block(label: str, text: str) -> str:
    """Return a text beside its label, further lines under the first."""
    shown = terminal(clip(text, ANSWER_LIMIT)).split("\n")
    return "\n".join([f"    {label:<10}{shown[0]}", *(f"{' ' * 14}{line}" for line in shown[1:])])
