"""What a run would take, its judges' calls included: everything is done but the calls."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from llmops_cli.flow.collect import tasks
from llmops_cli.flow.cost import CHARACTERS_A_TOKEN, price_of, request_tokens, worst_cost
from llmops_cli.flow.desk import Closes, Desk
from llmops_cli.flow.judges import judges
from llmops_cli.flow.prepare import Job, prepare, require_scorers
from llmops_cli.flow.project import Project
from llmops_cli.flow.run import RunWish, failed, open_store
from llmops_cli.flow.scoring import Bench, asked_of, bench
from llmops_cli.model.completion import Completion, Request, Usage
from llmops_cli.model.evalset import Case
from llmops_cli.model.judge_calls import NO_JUDGE_CALLS
from llmops_cli.model.ports import Complete
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import RunEstimate
from llmops_cli.model.settings import Environment, Route

SAID = '{"winner": "tie", "score": 0}'
"""What a judge is taken to say where it was not asked yet: a verdict makes a judge of pairs ask the other order too."""


def estimate(project: Project, wish: RunWish) -> tuple[RunEstimate, ...]:
    """Return what `run` would do: calls, tokens, cost. Spends nothing."""
    store = open_store(project)
    jobs = prepare(project, wish.what, lambda name: failed(store.read(store.find(name))))
    with Desk.open(project, project.settings, mode=wish.mode, limits=wish.limits) as desk:
        for job in jobs:
            require_scorers(job)
        return tuple(_estimate(project, desk, job) for job in jobs)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A desk that calls nobody: what is stored is handed out, else `said`, with the tokens that it might take."""

    desk: Desk
    said: Callable[[int], str]

    @property
    def mode(self) -> str:
        """The mode of the run."""
        return self.desk.mode

    @property
    def environment(self) -> Environment:
        """The environment of the run."""
        return self.desk.environment

    def keep(self, thing: Closes) -> Closes:
        """Return a context manager's object, to be closed with the desk."""
        return self.desk.keep(thing)

    def complete(self, prompt: Prompt, evalset: str, route: Route, *, of_base: bool = False) -> Complete:
        """Return what answers the requests of a prompt on an eval set."""
        return self.answers(prompt, evalset, route, of_base=of_base)

    def answers(
        self, prompt: Prompt, evalset: str, route: Route, *, of_base: bool = False
    ) -> Callable[[Request], Completion]:
        """Return the same, which never fails."""
        facts = price_of(prompt.resolved_model)

        def answer(request: Request) -> Completion:
            stored = self.desk.stored(prompt, evalset, request, of_base=of_base)
            if stored is not None:
                return stored
            taken, given = request_tokens(request)
            usage = Usage(taken, given, estimated=True)
            return Completion(self.said(given), model=route.model, usage=usage, cost_usd=worst_cost(request, facts))

        return answer


def _estimate(project: Project, desk: Desk, job: Job) -> RunEstimate:
    complete = Rehearsal(desk, _full).answers(job.prompt, job.evalset.id, job.route)
    judged = _judges(project, desk, job)
    own = asked = NO_JUDGE_CALLS
    for task in tasks(job.cases, job.repeats):
        answer = complete(task.request)
        own += asked_of(answer)
        if judged is not None:
            judged.score(_judged(task.case), answer)
            asked += judged.meter.read()
    both = own + asked
    return RunEstimate(
        prompt=job.prompt.id,
        digest=job.prompt.digest,
        evalset=job.evalset.id,
        model=job.prompt.model,
        cases=len(job.cases),
        calls=own.live,
        recorded=own.recorded,
        cached=own.cached,
        input_tokens=both.input_tokens,
        output_tokens=both.output_tokens,
        cost_usd=None if both.unpriced else both.cost_usd,
        estimated=True,
        asked=asked,
    )


def _judges(project: Project, desk: Desk, job: Job) -> Bench | None:
    """Return the judges of a job, who ask nobody; None where there is none."""
    only = replace(job.evalset, scorers=tuple(spec for spec, _ in job.evalset.rubrics))
    if not only.scorers and not any(_judged(case).checks for case, _ in job.cases):
        return None
    rehearsal = Rehearsal(desk, lambda _: SAID)
    rubric = judges(rehearsal, project.tree, project.settings, project.tree, job.evalset.id)
    return bench(only, job.prompt.output, judge=rubric)


def _judged(case: Case) -> Case:
    """Return a case with those of its own checks that ask a model."""
    return replace(case, checks=tuple(spec for spec in case.checks if spec.type == "judge")) if case.checks else case


def _full(tokens: int) -> str:
    """Return an answer of this length: as long as the estimate of its own cost takes it to be."""
    return "x" * (CHARACTERS_A_TOKEN * tokens)
