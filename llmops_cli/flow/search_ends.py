"""The two ends of a search: what they lack, how many calls may be made, and their arms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from llmops_cli.errors import IncompleteError
from llmops_cli.flow.arms import run_arm, stored_arm
from llmops_cli.flow.contestant import Bout, Side
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.prepare import try_render
from llmops_cli.flow.routes import route
from llmops_cli.model.completion import Failure
from llmops_cli.model.evalset import ScorerSpec, rubrics_of
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Arm
from llmops_cli.model.settings import Settings
from llmops_cli.report.figures import count
from llmops_cli.report.quote import argument

MOST_CALLS = 60
"""Live calls of one search, besides the answers that its two ends lack, where nobody says otherwise."""
ENDS = frozenset({"missing-recording"})
"""Failures of a case that no other case would be spared."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What the two ends of a search lack: answers, and the calls that these take with their judges'."""

    answers: int = 0
    calls: int = 0

    def __add__(self, other: "Lost") -> "Lost":
        """Return both together."""
        return Lost(self.answers + other.answers, self.calls + other.calls)


def lacking(desk: Desk, ends: Iterable[tuple[Side, Bout, Prompt]]) -> Lost:
    """Return what these versions lack: answers that are neither in a baseline nor stored."""
    lost = Lost()
    for side, bout, prompt in ends:
        if stored_arm(side, bout, prompt) is not None:
            continue
        where = route(prompt.model, side.settings, side.environment, side.trusted)
        rendered, _ = try_render(prompt, where, bout.cases)
        every = (replace(request, repeat=run) for _, request in rendered for run in range(bout.evalset.repeats))
        count = sum(not desk.known(prompt, bout.evalset.id, request) for request in every)
        lost += Lost(count, count * calls_an_answer(bout))
    return lost


def calls_an_answer(bout: Bout) -> int:
    """Return how many calls an answer takes with those of the judges that score it, its case's own among them."""
    own = max((_asked(rubrics_of(case.checks)) for case in bout.cases), default=0)
    return 1 + _asked(bout.evalset.rubrics) + own


def _asked(judges: Iterable[tuple[ScorerSpec, str]]) -> int:
    return sum(2 if "against" in spec.options else 1 for spec, _ in judges)


def capped(limits: Limits, settings: Settings, lost: Lost) -> Limits:
    """Return the limits of a search: where no cap is named, room for what the ends lack, and for the search.

    Never above the project's own cap: whether the ends can be told apart does not depend on the size of their set.
    """
    own = settings.budget.max_calls
    wanted = MOST_CALLS + lost.calls
    default = wanted if own is None else min(wanted, own)
    return limits if limits.max_calls is not None else replace(limits, max_calls=default)


def require_ends(lost: Lost, cap: int | None, mode: str, command: Sequence[str], hint: str) -> None:
    """Raise `IncompleteError`, before anything is paid, where the answers of both ends are more than may be called.

    `command` is the one that was given, without its cap.
    """
    if lost.answers and mode == "replay":
        raise IncompleteError(f"{count(lost.answers, 'answer')} of the two versions not recorded", hint=hint)
    if cap is not None and lost.calls > cap:
        judged = f" ({count(lost.calls, 'call')} with their judges')" if lost.calls > lost.answers else ""
        what = f"the two versions lack {count(lost.answers, 'stored answer')}{judged}, and --max-calls is {cap}"
        whole = " ".join(argument(part) for part in (*command, "--max-calls", str(lost.calls + MOST_CALLS)))
        raise IncompleteError(what, hint=f"{whole}   or {hint}")


def end_arm(side: Side, bout: Bout, prompt: Prompt, desk: Desk, **more: Any) -> Arm:
    """Return an end's arm: its stored baseline, else by running it. Raises `IncompleteError` where it cannot."""
    found = stored_arm(side, bout, prompt)
    if found is not None:
        return found
    ran, rows = run_arm(side, bout, prompt, desk, **more)
    for row in rows:
        if isinstance(row.answer, Failure) and (row.answer.kind == "run" or row.answer.code in ENDS):
            raise IncompleteError(row.answer.message, hint=row.answer.hint)
    return ran
