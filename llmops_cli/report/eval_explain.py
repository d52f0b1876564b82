"""`llmops eval explain`: the hunks that broke the cases, with their places and words, and two facts about them."""

import json
from collections.abc import Iterator
from typing import Any

from llmops_cli.model.explained import Explained, Guilty, Placed
from llmops_cli.model.hunk import Json
from llmops_cli.report.ansi import Style, paint
from llmops_cli.report.eval_why import asked_line, calls_document, calls_line, stopped_lines
from llmops_cli.report.figures import count
from llmops_cli.report.quote import argument, word

SHOWN = 12
SCHEMA = "llmops/explain@1"


def text(told: Explained, *, color: bool = False) -> str:
    """Return the whole answer for a terminal."""
    base = f"   base {word(told.base[:7])} ({word(told.why_base)})" if told.base else ""
    lines = [f"{paint(word(told.asked.prompt), 'bold', color)}{base}"]
    if told.asked.evalset:
        lines.append(f"  {asked_line(told.asked)}")
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
            {"hunks": [_hunk(one) for one in guilty.hunks], "breaks": guilty.breaks, "asked": guilty.asked}
            for guilty in told.culprits
        ],
        "suspects": [_hunk(one) for one in told.suspects],
        "without_culprits": {"pass": list(told.healed), "fail": list(told.still)},
        **calls_document(told.asked),
        "stopped": told.asked.stopped,
    }


def _body(told: Explained, *, color: bool) -> Iterator[str]:
    if told.state in ("nothing", "diffuse"):
        head = "nothing to explain" if told.state == "nothing" else "not explained"
        yield f"{paint(head, 'yellow', color)}: {word(told.reason, 400)}"
        return
    if told.state == "flaky":
        why = "asked again, the head passes the surest of them: a run of each does not tell what broke"
        yield f"{paint('not explained', 'yellow', color)}: {why}"
        return
    for guilty in told.culprits:
        yield from _guilty(guilty, told, color=color)
    if told.suspects:
        yield ""
        some = _of(len(told.suspects), told.hunks)
        yield f"{paint('suspects', 'yellow', color)}   {some}; at least one of them breaks it"
        for one in told.suspects[:SHOWN]:
            yield from _placed(one, color=color)
        if len(told.suspects) > SHOWN:
            yield f"  … {count(len(told.suspects) - SHOWN)} more"
    yield from _facts(told, color=color)


def _guilty(guilty: Guilty, told: Explained, *, color: bool) -> Iterator[str]:
    yield ""
    together = "" if len(guilty.hunks) == 1 else "   they break it together; without any one of them it passes"
    yield f"{paint('culprit', 'red', color)}   {_of(len(guilty.hunks), told.hunks)}{together}"
    for one in guilty.hunks:
        yield from _placed(one, color=color)
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
    if not told.culprits:
        return
    yield ""
    ok = paint("✓", "green", color)
    each, them = ("it", "it") if len(told.culprits) == 1 else ("each of them", "them")
    yield f"{ok} base with {each}: fails"
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
    match told.state:
        case "stopped":
            yield from stopped_lines(told.asked)
        case "diffuse" | "unsure" | "flaky":
            yield "single runs of single cases cannot tell a hunk from chance here. More cases, more runs of each:"
            yield f"llmops eval explain {name} --cases 10 --repeat 3"
            yield f"what this set can see: llmops eval power {name}"
        case "nothing" if not told.asked.evalset:
            yield f"another base: llmops eval explain {name} --base REV"
            yield f"which commit broke it: llmops eval bisect {name} --good REV --bad REV"
        case "nothing" if told.asked.others:
            yield f"another scorer: llmops eval explain {name} --scorer {argument(told.asked.others[0])}"
        case _:
            return


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
