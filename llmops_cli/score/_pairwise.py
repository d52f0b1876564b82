"""A judge of pairs: which of two texts is better, asked in both orders, because judges favour a place."""

from __future__ import annotations  # model.ports names its records without importing them

import re
from typing import Any, Literal

from llmops_cli.model.completion import Failure
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Ask
from llmops_cli.model.run import Score
from llmops_cli.score._json import read_json
from llmops_cli.score._score import plain_text, quote, unscored

Json = Any
Against = Literal["expected", "context"]
Verdict = tuple[float, str]
"""What the text shown first gets (1 it is better, 0 the second is, ½ a tie), and the judge's reason."""

OPPONENTS: tuple[Against, ...] = ("expected", "context")
TIE = 0.5
_PLACES = {"first": 1.0, "a": 1.0, "second": 0.0, "b": 0.0, "tie": TIE, "draw": TIE}
_LINE = re.compile(
    r"(?:(?:the )?(?:final |overall )?(?:winner|verdict|result|better) ?(?:is|[:=]) ?)?"
    r"[\[(*]*(?:(?:text|answer|response|assistant) )?(first|second|tie|draw|a|b)[\])*]*",
    re.IGNORECASE,
)
_MARKUP = "*_#`>. \t"


def opponent(case: Case, against: Against) -> str:
    """Return the text that a case's answer is compared with; "" where the case has none."""
    return plain_text(case.expected) if against == "expected" else "\n\n".join(case.context)


def compare(case: Case, said: str, against: Against, ask: Ask) -> Score:
    """Return 1 where the answer is better in both orders, 0 where the other text is, ½ for a tie.

    Orders that do not agree are a tie; `parts` counts it as `inconsistent` and says as `first` which share of the two
    verdicts (a tie is half of one) went to the text shown first. Without two readable verdicts it is unscored.
    """
    other = opponent(case, against)
    if not other.strip():
        return unscored("judge", f"the case has no {against} to compare the answer with")
    if said.strip() == other.strip():
        return Score("judge", TIE, None, "both texts are the same", {"inconsistent": 0.0, "first": TIE})
    verdicts = []
    for first, second in ((said, other), (other, said)):
        reply = ask(_inputs(case, first, second, against), case)
        place = "first" if first is said else "second"
        if isinstance(reply, Failure):
            why = f"the judge gave no answer with the answer shown {place}: {reply.code}: {reply.message}"
            return unscored("judge", why)
        verdict = _read(reply.text)
        if verdict is None:
            last = reply.text.strip().rpartition("\n")[2]
            return unscored("judge", f"with the answer shown {place} the judge's reply names no winner: {quote(last)}")
        verdicts.append(verdict)
    return _together(*verdicts)


def _together(shown_first: Verdict, shown_second: Verdict) -> Score:
    one, other = shown_first[0], 1.0 - shown_second[0]
    parts = {"inconsistent": float(one != other), "first": (shown_first[0] + shown_second[0]) / 2.0}
    if one != other:
        detail = f"a tie: shown first the answer {_WORDS[one]}, shown second it {_WORDS[other]}"
        return Score("judge", TIE, None, detail, parts)
    return Score("judge", one, None, shown_first[1] or f"the answer {_WORDS[one]} in both orders", parts)


_WORDS = {1.0: "wins", 0.0: "loses", TIE: "ties"}


def _inputs(case: Case, first: str, second: str, against: Against) -> dict[str, str]:
    rest = {str(name): "" if name == against else opponent(case, name) for name in OPPONENTS}
    return {"inputs": plain_text(case.inputs), "first": first, "second": second, **rest}


def _read(reply: str) -> Verdict | None:
    """Return the verdict that a reply states: as JSON (all of it, or its last line), else in its last line."""
    lines = [line.strip() for line in reply.splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    found = _LINE.fullmatch(last.strip(_MARKUP))
    return _from_json(reply) or _from_json(last) or ((_PLACES[found[1].lower()], "") if found else None)


def _from_json(reply: str) -> Verdict | None:
    try:
        value = read_json(reply, fence="strip")
    except ValueError:
        return None
    winner = value.get("winner") if isinstance(value, dict) else None
    place = _PLACES.get(winner.strip().lower()) if isinstance(winner, str) else None
    if place is None:
        return None
    reason = value.get("reason", "")
    return place, reason if isinstance(reason, str) else plain_text(reason)
