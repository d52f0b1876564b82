"""What `eval explain` and `eval bisect` say in the same words: what was asked, what it took."""

from typing import Any

from llmops_cli.model.explained import Asked
from llmops_cli.model.verdict import Calls
from llmops_cli.report.figures import count
from llmops_cli.report.gate_words import spent_text
from llmops_cli.report.quote import argument, word

LONG = 400


def asked_line(asked: Asked) -> str:
    """Return which of the cases that broke were looked at."""
    looked = len(asked.cases)
    shown = "" if looked in (0, asked.broke) else f", {looked} of them asked (the surest of each kind)"
    verb = "case broke" if asked.broke == 1 else "cases broke"
    how = "" if looked else " for good"
    return f"{word(asked.evalset)} · {word(asked.scorer)}: {count(asked.broke)} {verb}{how}{shown}"


def calls_line(asked: Asked) -> str:
    """Return where the answers came from, what they cost and what was saved."""
    calls = asked.calls
    layers = [(calls.live, "live"), (calls.recorded, "recorded"), (calls.cached, "cached")]
    said = ", ".join(f"{count(number)} {layer}" for number, layer in layers if number) or "0 live"
    saved = f"      {count(calls.saved)} saved against one by one" if calls.saved else ""
    return f"calls: {said}      {spent_text(calls, asked.cost_usd)}{saved}"


def stopped_line(asked: Asked) -> str:
    """Return why the search ended early."""
    return f"stopped: {word(asked.stopped, LONG)}" if asked.stopped else "stopped"


def again_lines(asked: Asked) -> list[str]:
    """Return what to do next, each with its command."""
    return [line for why, command in asked.again for line in (why, f"  {_shell(command)}")]


def again_document(asked: Asked) -> list[dict[str, str]]:
    """Return the same as JSON."""
    return [{"why": why, "command": _shell(command)} for why, command in asked.again]


def _shell(command: tuple[str, ...]) -> str:
    return " ".join(argument(part) for part in command)


def calls_document(asked: Asked) -> dict[str, Any]:
    """Return the same as JSON."""
    calls: Calls = asked.calls
    return {
        "calls": {
            "live": calls.live,
            "recorded": calls.recorded,
            "cached": calls.cached,
            "saved": calls.saved,
            "unpriced": calls.unpriced,
        },
        "cost_usd": asked.cost_usd,
    }
