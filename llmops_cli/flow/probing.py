"""Single cases asked of versions that nobody keeps: hybrids, old commits. No question is asked twice."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from llmops_cli.compare.breaks import SURE, Breaks, Broke
from llmops_cli.compare.ddmin import StoppedError
from llmops_cli.compare.jury import Seat
from llmops_cli.compare.symptoms import representatives
from llmops_cli.flow.collect import Task, collect
from llmops_cli.flow.contestant import Bout, Side, stand_in
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.prepare import try_render
from llmops_cli.flow.routes import route
from llmops_cli.flow.search_ends import ENDS
from llmops_cli.model.completion import Failure, Request
from llmops_cli.model.evalset import Case, EvalSet, ScorerSpec
from llmops_cli.model.prompt import Prompt, canonical
from llmops_cli.model.run import Result

BROKE = "budget: the cap of "
SEEN = 2
"""Runs from which a case is taken to have broken for good: one slip is no break."""
SERIES = "search"
"""What a search asks beyond the first run: kept apart from the runs that a prompt is judged by."""


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
        return tuple(
            self._passes(case, values) for (case, _), values in zip(row, self.values(side, prompt, row), strict=True)
        )

    def values(self, side: Side, prompt: Prompt, row: tuple[Seat, ...]) -> tuple[tuple[float, ...], ...]:
        """Return the scores of each seat's runs, those there are. Raises `StoppedError` at the budget's end."""
        wanted = self._wanted(side, prompt, row)
        todo = [
            Task(self.cases[case], request, self.cases[case].digest)
            for (case, _), requests in wanted.items()
            for request in requests
            if request.fingerprint not in self.known
        ]
        where = route(prompt.model, side.settings, side.environment, side.trusted)
        complete = self.desk.complete(prompt, self.bout.evalset.id, where)
        for result in collect(todo, complete, self.bout.bench, jobs=self.desk.jobs):
            self._take(result)
        if {one.fingerprint for requests in wanted.values() for one in requests} - self.known.keys():
            raise StoppedError
        said = {seat: [self.known[one.fingerprint] for one in requests] for seat, requests in wanted.items()}
        return tuple(tuple(value for value in said.get(seat, ()) if value is not None) for seat in row)

    def is_begun(self, side: Side, prompt: Prompt, row: tuple[Seat, ...]) -> bool:
        """Return whether an answer to one of these seats is stored."""
        wanted = self._wanted(side, prompt, row).values()
        return any(self.desk.known(prompt, self.bout.evalset.id, one) for requests in wanted for one in requests)

    def _wanted(self, side: Side, prompt: Prompt, row: tuple[Seat, ...]) -> dict[Seat, list[Request]]:
        rendered = self._rendered(prompt, side, {case for case, _ in row})
        return {
            (case, run): [self._run(prompt, rendered[case], run * self.runs + again) for again in range(self.runs)]
            for case, run in row
            if case in rendered
        }

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

    def _passes(self, place: int, values: Sequence[float]) -> bool | None:
        least = self.least[self.cases[place].id]
        return 2 * sum(value >= least for value in values) >= len(values) if values else None


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
