"""Single cases asked of versions that nobody keeps: hybrids, old commits. No question is asked twice."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from llmops_cli.compare.breaks import SURE, Breaks, Broke
from llmops_cli.compare.ddmin import StoppedError
from llmops_cli.compare.jury import Seat
from llmops_cli.compare.symptoms import representatives
from llmops_cli.errors import IncompleteError
from llmops_cli.flow.arms import run_arm, stored_arm
from llmops_cli.flow.collect import Task, collect
from llmops_cli.flow.contestant import Bout, Side, stand_in
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.prepare import try_render
from llmops_cli.flow.routes import route
from llmops_cli.model.completion import Failure, Request
from llmops_cli.model.evalset import Case, EvalSet, ScorerSpec, rubrics_of
from llmops_cli.model.prompt import Prompt, canonical
from llmops_cli.model.run import Arm, Result
from llmops_cli.model.settings import Settings
from llmops_cli.report.figures import count
from llmops_cli.report.quote import argument

BROKE = "budget: the cap of "
MOST_CALLS = 60
"""Live calls of one search, besides the answers that its two ends lack, where nobody says otherwise."""
SEEN = 2
"""Runs from which a case is taken to have broken for good: one slip is no break."""
SERIES = "search"
"""What a search asks beyond the first run: kept apart from the runs that a prompt is judged by."""
ENDS = frozenset({"missing-recording"})
"""Failures of a case that no other case would be spared."""


@dataclass(slots=True)
class Prober:
    """Asks the cases that broke of any version. `runs`: of each case at a time, of which the most count."""

    bout: Bout
    desk: Desk
    scorer: str
    cases: tuple[Case, ...]
    least: Mapping[str, float]
    runs: int = 1
    own_cases: Mapping[str, Case] = field(default_factory=dict)
    on_result: Callable[[Result], None] = lambda _: None
    known: dict[str, float | None] = field(default_factory=dict)
    stopped: Failure | None = None
    unrendered: str = ""

    @property
    def why_stopped(self) -> str:
        """Why no further call was made, with what to do; what to do about a budget is said by whoever set it."""
        if self.stopped is None:
            return ""
        hint = "" if self.stopped.code == "budget" or not self.stopped.hint else f" ({self.stopped.hint})"
        return f"{self.stopped.message}{hint}"

    def ask(self, side: Side, prompt: Prompt, row: tuple[Seat, ...]) -> tuple[bool | None, ...]:
        """Return whether each seat passes; None where there is no answer. Raises `StoppedError` at the budget's end."""
        where = route(prompt.model, side.settings, side.environment, side.trusted)
        rendered = self._rendered(prompt, side, {case for case, _ in row})
        wanted = {
            (case, run): [self._run(prompt, rendered[case], run * self.runs + again) for again in range(self.runs)]
            for case, run in row
            if case in rendered
        }
        todo = [
            Task(self.cases[case], request, self.cases[case].digest)
            for (case, _), requests in wanted.items()
            for request in requests
            if request.fingerprint not in self.known
        ]
        complete = self.desk.complete(prompt, self.bout.evalset.id, where)
        for result in collect(todo, complete, self.bout.bench, jobs=self.desk.jobs):
            self._take(result)
        lacking = {one.fingerprint for requests in wanted.values() for one in requests} - self.known.keys()
        if lacking:
            raise StoppedError
        return tuple(self._passes(seat[0], wanted.get(seat, [])) for seat in row)

    def _run(self, prompt: Prompt, request: Request, repeat: int) -> Request:
        """Return the request of one run. What is stored counts; a further run is not one of the prompt's own.

        Else the same search would see other stored runs the next time, choose other cases and pay for them.
        """
        own = replace(request, repeat=repeat)
        if repeat == 0 or self.desk.known(prompt, self.bout.evalset.id, own):
            return own
        return replace(own, series=SERIES)

    def _rendered(self, prompt: Prompt, side: Side, places: Iterable[int]) -> dict[int, Request]:
        """Return the requests of the cases that render, with the head's further inputs where they do no harm."""
        where = route(prompt.model, side.settings, side.environment, side.trusted)
        takes = frozenset(variable.name for variable in prompt.variables)
        found: dict[int, Request] = {}
        for place in sorted(places):
            case = self.cases[place]
            wide = stand_in(case, self.own_cases, takes)
            for chosen in [wide] if wide is case else [wide, case]:
                rendered, problems = try_render(prompt, where, [chosen])
                if rendered:
                    found[place] = rendered[0][1]
                    break
                self.unrendered = problems[0].message
        return found

    def _take(self, result: Result) -> None:
        self.on_result(result)
        if isinstance(result.answer, Failure) and (result.answer.kind == "run" or result.answer.code in ENDS):
            self.stopped = self.stopped or result.answer
            return
        score = next((score for score in result.scores if score.scorer == self.scorer), None)
        value = score.stored if score else None
        if score and value is None and BROKE in score.detail:  # the budget ended in a judge's call
            self.stopped = self.stopped or Failure("run", "budget", score.detail)
            return
        self.known[result.fingerprint] = None if value is None else float(value)

    def _passes(self, place: int, requests: Iterable[Request]) -> bool | None:
        values = [value for one in requests if (value := self.known[one.fingerprint]) is not None]
        least = self.least[self.cases[place].id]
        return 2 * sum(value >= least for value in values) >= len(values) if values else None


@dataclass(frozen=True, slots=True)
class Lost:
    """What the two ends of a search lack: answers, and the calls that these take with their judges'."""

    answers: int = 0
    calls: int = 0

    def __add__(self, other: "Lost") -> "Lost":
        """Return both together."""
        return Lost(self.answers + other.answers, self.calls + other.calls)


def primary(evalset: EvalSet, bout: Bout, name: str = "") -> ScorerSpec | None:
    """Return the scorer of this name; without one that which decides: the primary one, else the cases' own checks."""
    if name:
        return next((spec for spec in bout.bench.specs if spec.name == name), None)
    return evalset.primary or next((spec for spec in bout.bench.specs if spec.gate), None)


def surest(bout: Bout, found: Breaks, most: int) -> tuple[Case, ...]:
    """Return the cases that broke, at most so many, some of each kind: the surest first, of these the shortest.

    Where several are sure, no other: one that broke by chance would accuse what is harmless.
    """
    sure = [one for one in found.cases if one.sure]
    cases = {case.id: case for case in bout.cases}

    def place(one: Broke) -> tuple[object, ...]:
        case = cases[one.case]
        return (one.rank, len(canonical([case.inputs, list(case.messages)])), case.id)

    broke = sorted((one for one in (sure if len(sure) >= SURE else found.cases) if one.case in cases), key=place)
    return tuple(cases[one.case] for one in representatives(broke, {case.id: case.tags for case in bout.cases}, most))


def fresh_run(found: Iterable[Broke], cases: Iterable[Case]) -> int | None:
    """Return the run of an end that must be asked besides the first; None where each case was seen twice or more.

    It is always the same one: when the command is given again, its answer is stored.
    """
    runs = {one.case: one.after_runs for one in found}
    counts = [runs[case.id] for case in cases]
    return 1 if min(counts) < SEEN else None


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
