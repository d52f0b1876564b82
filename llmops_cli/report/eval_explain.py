"""`llmops eval explain`: the hunks that broke the cases, with their places and words, and two facts about them."""

import json
from collections.abc import Iterator
from typing import Any

from llmops_cli.model.explained import Explained, Fall, Guilty, Moved, Placed
from llmops_cli.model.hunk import Json
from llmops_cli.report.ansi import Style, paint
from llmops_cli.report.eval_why import again_document, again_lines, asked_line, calls_document, calls_line, stopped_line
from llmops_cli.report.figures import count, p_value, percent, points
from llmops_cli.report.quote import argument, word

SHOWN = 12
SCHEMA = "llmops/explain@1"
TOGETHER = {
    "cases": "   they break it together; without any one of them it passes",
    "means": "   with all of them it falls as the edit does; with any one less it is nearer to the base",
    "whole": "",
}


def text(told: Explained, *, color: bool = False) -> str:
    """Return the whole answer for a terminal."""
    base = f"   base {word(told.base[:7])} ({word(told.why_base)})" if told.base else ""
    lines = [f"{paint(word(told.asked.prompt), 'bold', color)}{base}"]
    if told.asked.evalset:
        lines.append(f"  {asked_line(told.asked)}")
        lines += [f"  {line}" for line in _fell(told)]
    lines += [f"  {line}" if line else "" for line in _body(told, color=color)]
    if told.asked.evalset:
        lines += ["", f"  {calls_line(told.asked)}"]
    return "\n".join([*lines, *(f"  {line}" for line in _next(told))])


def document(told: Explained, exit_code: int) -> dict[str, Any]:
    """Return `llmops/explain@1`."""
    return {
        "schema": SCHEMA,
        "exit_code": exit_code,
        "state": told.state,
        "reason": told.reason,
        "prompt": told.asked.prompt,
        "base": told.base,
        "evalset": told.asked.evalset,
        "scorer": told.asked.scorer,
        "other_scorers": list(told.asked.others),
        "broke": told.asked.broke,
        "cases": list(told.asked.cases),
        "hunks": told.hunks,
        "probes": told.probes,
        "culprits": [
            {
                "hunks": [_hunk(one) for one in guilty.hunks],
                "breaks": guilty.breaks,
                "asked": guilty.asked,
                "alone": _moved_document(guilty.alone),
            }
            for guilty in told.culprits
        ],
        "suspects": [_hunk(one) for one in told.suspects],
        "without_culprits": {"pass": list(told.healed), "fail": list(told.still)},
        **calls_document(told.asked),
        "stopped": told.asked.stopped,
        "by": told.by,
        "fall": _fall_document(told.fall),
        "edit": _moved_document(told.edit),
        "without": _moved_document(told.without),
        "next": again_document(told.asked),
    }


def _fell(told: Explained) -> Iterator[str]:
    """Yield what the figures are of: those of the gate, and where means were compared, their own."""
    fall = told.fall
    if fall is not None:
        sides = f"{percent(fall.before)} → {percent(fall.after)}   {points(fall.change)}"
        how = p_value(fall.p) if fall.change < 0 else "no drop"
        yield f"{sides} ({how}) over {count(fall.cases, 'case')}, in the runs that the gate compares"
    if told.by == "means" and told.edit is not None:
        what = "no single case shows the drop for good: means are compared, on the same cases"
        yield f"{what}; the whole edit {_moved(told.edit)}"


def _moved(moved: Moved) -> str:
    return f"{points(moved.change)} in {count(moved.answers, 'answer')}"


def _body(told: Explained, *, color: bool) -> Iterator[str]:
    if told.state in ("nothing", "diffuse"):
        head = "nothing to explain" if told.state == "nothing" else "not explained"
        yield f"{paint(head, 'yellow', color)}: {word(told.reason, 400)}"
        return
    if told.state == "flaky":
        passes = "answers as the base does" if told.by == "means" else "passes the surest of them"
        why = f"asked again, the head {passes}: a run of each does not tell what broke"
        yield f"{paint('not explained', 'yellow', color)}: {why}"
        return
    for guilty in told.culprits:
        yield from _guilty(guilty, told, color=color)
    if told.suspects:
        yield ""
        some = _of(len(told.suspects), told.hunks)
        yield f"{paint('suspects', 'yellow', color)}   {some}{_why_suspect(told)}"
        for one in told.suspects[:SHOWN]:
            yield from _placed(one, color=color)
        if len(told.suspects) > SHOWN:
            yield f"  … {count(len(told.suspects) - SHOWN)} more"
    yield from _facts(told, color=color)


def _why_suspect(told: Explained) -> str:
    if told.hunks == 1:
        return "; it is the whole edit, if anything broke for good"
    return "; at least one of them breaks it" if told.by == "cases" else "; with them it falls as the edit does"


def _guilty(guilty: Guilty, told: Explained, *, color: bool) -> Iterator[str]:
    yield ""
    together = "" if len(guilty.hunks) == 1 else TOGETHER[told.by]
    yield f"{paint('culprit', 'red', color)}   {_of(len(guilty.hunks), told.hunks)}{together}"
    for one in guilty.hunks:
        yield from _placed(one, color=color)
    if told.by == "whole":
        yield "  it is the whole edit: the drop is its, and no call was needed"
    elif told.by == "means":
        yield f"  on its own {_moved(guilty.alone)}" if guilty.alone else "  not asked on its own yet"
    else:
        yield f"  on its own it breaks {guilty.breaks} of {count(guilty.asked, 'case')}"


def _of(some: int, all_: int) -> str:
    return f"{some} of {count(all_, 'hunk')} of the edit"


def _placed(one: Placed, *, color: bool) -> Iterator[str]:
    hunk = one.hunk
    where = f"   {word(str(one.source))}" if one.source.path else ""
    if hunk.kind == "moved":
        yield f"  {word(hunk.label)}{where}   moved from place {int(hunk.before) + 1} to {int(hunk.after) + 1}"
        return
    yield f"  {word(hunk.label)}{where}"
    if hunk.before is not None:
        yield f"    {_side('-', hunk.before, 'red', color=color)}"
    if hunk.after is not None:
        yield f"    {_side('+', hunk.after, 'green', color=color)}"


def _side(sign: str, said: Json, style: Style, *, color: bool) -> str:
    shown = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    return paint(f"{sign} {word(shown.strip(), 400) or '(blank)'}", style, color)


def _facts(told: Explained, *, color: bool) -> Iterator[str]:
    if not told.culprits or told.by == "whole":
        return
    yield ""
    ok = paint("✓", "green", color)
    each, them = ("it", "it") if len(told.culprits) == 1 else ("each of them", "them")
    yield f"{ok} base with {each}: fails"
    if told.by == "means":
        mark, said = (ok, "as the base") if told.state == "found" else ("?", "not surely as the base")
        rest = "not asked yet" if told.state == "stopped" else "nothing of the edit is left"
        moved = f"{_moved(told.without)}, {said}" if told.without else rest
        yield f"{mark} head without {them}: {moved}"
        return
    asked = len(told.healed) + len(told.still)
    if told.state == "unchecked":
        yield f"? head without {them}: is no prompt that renders, so this could not be checked"
    elif told.still:
        yield f"✗ head without {them}: still fails {word(' '.join(told.still))}; no other hunk surely explains it"
    elif told.healed:
        yield f"{ok} head without {them}: passes {len(told.healed)} of {count(asked, 'case')}"
    else:
        yield f"? head without {them}: not asked yet"


def _next(told: Explained) -> Iterator[str]:
    name = argument(told.asked.prompt)
    if told.state == "stopped":
        yield stopped_line(told.asked)
    yield from again_lines(told.asked)
    if told.state != "nothing":
        return
    if not told.asked.evalset:
        yield f"another base: llmops eval explain {name} --base REV"
        yield f"which commit broke it: llmops eval bisect {name} --good REV --bad REV"
    elif told.asked.others:
        yield f"another scorer: llmops eval explain {name} --scorer {argument(told.asked.others[0])}"


def _hunk(one: Placed) -> dict[str, Any]:
    hunk = one.hunk
    return {
        "label": hunk.label,
        "path": list(hunk.path),
        "kind": hunk.kind,
        "file": one.source.path,
        "line": one.source.line,
        "before": hunk.before,
        "after": hunk.after,
    }


def _fall_document(fall: Fall | None) -> dict[str, Any] | None:
    return {"before": fall.before, "after": fall.after, "cases": fall.cases, "p": fall.p} if fall else None


def _moved_document(moved: Moved | None) -> dict[str, Any] | None:
    return {"change": moved.change, "answers": moved.answers} if moved else None
