"""A prompt on its eval set: planned, paid within the budget, stored as it comes in, and summed up."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from llmops_cli.compare.runs import summarise
from llmops_cli.errors import ExitCode, UnknownNameError
from llmops_cli.flow.address import find
from llmops_cli.flow.cases import cases_digest, read_cases
from llmops_cli.flow.collect import Task, collect, tasks
from llmops_cli.flow.desk import Desk, redactor_of
from llmops_cli.flow.judges import judge_routes, judges
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.prepare import Job, Wish, prepare, render_all, require_scorers, with_model
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.routes import route
from llmops_cli.flow.scoring import Bench, bench
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.model.completion import Completion, Failure
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.release import is_version
from llmops_cli.model.run import Arm, Result, Run, RunPlan, RunSummary
from llmops_cli.store.run_writer import RunWriter
from llmops_cli.store.runs import RunStore

OnResult = Callable[[RunPlan, Result], None]


@dataclass(frozen=True, slots=True)
class RunWish:
    """What a user asks `eval run` for: what, in which mode (replay, auto, live, record), within which limits."""

    what: Wish = field(default_factory=Wish)
    mode: str = "auto"
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Ran:
    """Finished runs as summaries, and the exit code they earn together."""

    summaries: tuple[RunSummary, ...]

    @property
    def exit_code(self) -> ExitCode:
        """OK, or INCOMPLETE if any run is."""
        return ExitCode(max((summary.exit_code for summary in self.summaries), default=0))


def run(project: Project, wish: RunWish, on_result: OnResult | None = None) -> Ran:
    """Run prompts on eval sets and store every row. Raises before the first call for whatever can be seen before."""
    store = open_store(project)
    jobs = prepare(project, wish.what, lambda name: failed(store.read(store.find(name))))
    with Desk.open(project, project.settings, mode=wish.mode, limits=wish.limits) as desk:
        ready = [(job, _bench(project, desk, job)) for job in jobs]
        desk.check([job.route for job in jobs] + judge_routes(project, (job.evalset for job in jobs)))
        summaries = []
        for job, scorers in ready:
            plan = _plan(project, job, scorers, store.new_id(), wish.mode)
            todo = tasks(job.cases, job.repeats)
            with store.create(plan) as writer:
                _collect(desk, job, scorers, todo, writer, on_result)
            summaries.append(summary_of(project, store.read(plan.run), desk.fatal))
    return Ran(tuple(summaries))


def resume(project: Project, name: str, *, mode: str = "", limits: Limits, on_result: OnResult | None = None) -> Ran:
    """Make the calls that a run still lacks, and those that failed. Raises if prompt or cases changed."""
    store = open_store(project)
    plan = store.read(store.find(name) if name else store.newest()).plan
    job = _again(project, plan)
    have = store.read(plan.run)
    done = {(row.case, row.repeat) for row in have.results if isinstance(row.answer, Completion)}
    with Desk.open(project, project.settings, mode=mode or plan.mode, limits=limits) as desk:
        scorers = _bench(project, desk, job)
        desk.check([job.route, *judge_routes(project, [job.evalset])])
        todo = (task for task in tasks(job.cases, plan.repeats) if (task.case.id, task.request.repeat) not in done)
        with store.reopen(plan.run) as writer:
            _collect(desk, job, scorers, todo, writer, on_result)
        return Ran((summary_of(project, store.read(plan.run), desk.fatal),))


def open_store(project: Project) -> RunStore:
    """Return the store of this project's runs."""
    return RunStore(project.state / "runs", redactor_of(project))


def failed(stored: Run) -> Iterator[str]:
    """Yield the cases of a run that failed: no answer, or not passed by a scorer."""
    for row in stored.results:
        bad = any(score.passed is False or (score.passed is None and score.value == 0) for score in row.scores)
        if isinstance(row.answer, Failure) or bad:
            yield row.case


def _collect(
    desk: Desk, job: Job, scorers: Bench, todo: Iterable[Task], writer: RunWriter, on_result: OnResult | None
) -> None:
    complete = desk.complete(job.prompt, job.evalset.id, job.route)
    for result in collect(todo, complete, scorers, jobs=desk.jobs, stop=desk.stop):
        if isinstance(result.answer, Failure) and result.answer.kind == "run":
            desk.note(result.answer)
            continue  # not a result of the case: `eval resume` will ask again
        writer.append(result)
        if on_result:
            on_result(writer.plan, result)


def _bench(project: Project, desk: Desk, job: Job) -> Bench:
    require_scorers(job)
    rubric = judges(desk, project.tree, project.settings, project.tree, job.evalset.id)
    return bench(job.evalset, job.prompt.output, own_checks=job.own_checks(project.tree), judge=rubric)


def _plan(project: Project, job: Job, scorers: Bench, name: str, mode: str) -> RunPlan:
    repository = project.repository
    return RunPlan(
        run=name,
        prompt=job.prompt.id,
        digest=job.prompt.digest,
        version=job.prompt.version,
        evalset=job.evalset.id,
        evalset_digest=cases_digest(case for case, _ in job.cases),
        scorers=scorers.digests,
        model=job.prompt.model,
        repeats=job.repeats,
        cases=tuple(case.id for case, _ in job.cases),
        commit=repository.head() if repository else "",
        dirty=repository.is_dirty(project.prefix) if repository else True,
        mode=mode,
    )


def _again(project: Project, plan: RunPlan) -> Job:
    """Return the job of a stored plan. Raises where its prompt or cases have changed since: another run, then."""
    prompt = _as_planned(project, plan)
    evalset = read(project.tree, project.settings, paths=()).evalset(plan.evalset)
    wanted = set(plan.cases)
    cases = [case for case in read_cases(project.tree, evalset) if case.id in wanted]
    if prompt is None or cases_digest(cases) != plan.evalset_digest:
        what = "prompt" if prompt is None else "eval set"
        hint = f"start a new one: llmops eval run {plan.prompt}  (answers that did not change come from the cache)"
        raise UnknownNameError(f"run {plan.run[:8]} cannot go on: its {what} has changed since", hint=hint)
    where = route(prompt.model, project.settings, project.environment, project.tree)
    order = {name: place for place, name in enumerate(plan.cases)}
    cases.sort(key=lambda case: order[case.id])
    return Job(prompt, evalset, render_all(prompt, where, cases), where, plan.repeats)


def _as_planned(project: Project, plan: RunPlan) -> Prompt | None:
    """Return the prompt that a run is of: the file's, or the release's that it was. None where it has changed.

    A content that only the history has is none: whoever edited the prompt since wants to know of it.
    """
    places = ["", f"@{plan.version}"] if is_version(plan.version) else [""]
    for place in places:
        try:
            found = find(project, f"{plan.prompt}{place}").prompt
        except (UnknownNameError, InvalidFilesError):
            if place == places[-1]:
                raise
            continue  # gone, or broken since: the release stands for itself
        prompt = with_model(found, plan.model, project.settings)
        if prompt.digest == plan.digest:
            return prompt
    return None


def summary_of(project: Project, stored: Run, fatal: Mapping[str, Sequence[Failure]] | None = None) -> RunSummary:
    """Return the summary of a stored run beside its baseline; `fatal` are the failures that ended it."""
    rate = project.settings.budget.max_error_rate
    evalset = read(project.tree, project.settings, paths=()).evalsets.get(stored.plan.evalset)
    primary = evalset.primary.name if evalset and evalset.primary else ""
    summary = summarise(stored, head_baseline(project, stored), max_error_rate=rate, primary=primary)
    if not fatal:
        return summary
    counts = {code: summary.errors.get(code, 0) + len(found) for code, found in fatal.items()}
    examples = {
        code: f"{found[0].message}" + (f" ({found[0].hint})" if found[0].hint else "") for code, found in fatal.items()
    }
    return replace(
        summary,
        errors={**summary.errors, **counts},
        error_examples={**summary.error_examples, **examples},
        exit_code=ExitCode.INCOMPLETE,
    )


def head_baseline(project: Project, stored: Run) -> Arm | None:
    """Return the stored baseline of the prompt as it stands at HEAD; of the run's own version where there is none."""
    digests = [stored.plan.digest]
    if project.repository is not None and project.repository.head():
        try:
            digests.insert(0, find(project, f"{stored.plan.prompt}@HEAD").prompt.digest)
        except (UnknownNameError, InvalidFilesError):
            digests = digests[-1:]
    for candidate in digests:
        found = read_baseline(
            project.tree, project.settings.baselines, stored.plan.prompt, stored.plan.evalset, candidate
        )
        if found is not None:
            return found
    return None
