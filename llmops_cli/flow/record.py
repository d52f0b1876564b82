"""A stored baseline → the same with more repeats of each case, asked of the version that it is of."""

from collections.abc import Callable
from dataclasses import replace

from llmops_cli.compare.arms import current, extend
from llmops_cli.compare.pairs import failed, runs_of
from llmops_cli.compare.runs import arm
from llmops_cli.errors import IncompleteError, UnknownNameError, UsageError
from llmops_cli.flow.accept import Accepted, keep, margin_for
from llmops_cli.flow.cases import cases_digest
from llmops_cli.flow.collect import Task, collect, tasks
from llmops_cli.flow.contestant import MAX_REPEATS
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.judges import judge_routes, judges
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.prepare import Job, Wish, prepare
from llmops_cli.flow.project import Project
from llmops_cli.flow.run import open_store
from llmops_cli.flow.scoring import bench
from llmops_cli.flow.shared import asked_alike
from llmops_cli.flow.standing import stored_at_base
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.model.completion import Completion
from llmops_cli.model.run import Arm, Result, Run, RunPlan


def record(
    project: Project, name: str, *, runs: int = MAX_REPEATS, mode: str = "auto", limits: Limits | None = None,
    on_result: Callable[[Result], None] | None = None,
) -> list[Accepted]:  # fmt: skip
    """Run the stored version again until its baseline holds `runs` repeats of each case (5 at most).

    Answers to a case as it no longer is are none.
    """
    jobs = prepare(project, Wish((name,), repeats=min(runs, MAX_REPEATS)), lambda _: ())
    done = []
    with Desk.open(project, project.settings, mode=mode, limits=limits or Limits()) as desk:
        desk.check([job.route for job in jobs] + judge_routes(project, [job.evalset for job in jobs]))
        for job in jobs:
            have = read_baseline(
                project.tree, project.settings.baselines, job.prompt.id, job.evalset.id, job.prompt.digest
            )
            if have is None:
                what = f"no baseline of {job.prompt.id} on {job.evalset.id} for this version"
                raise UnknownNameError(what, hint=_first(project, name, job))
            done.append(_more(project, job, have, desk, on_result))
    return done


def _first(project: Project, name: str, job: Job) -> str:
    """Return what to do where a version has no baseline: take the base's that has one, or store the first."""
    there = stored_at_base(project, job.prompt, job.evalset.id)
    if there:
        return f"this is an edited version; that of the base has one: llmops baseline record {there}"
    return f"llmops eval run {name}; llmops baseline accept {name} --reason …"


def _todo(job: Job, have: Arm) -> list[Task]:
    """Return the calls that are left. Nobody knows which of a case's runs was lost: further ones make up for it.

    To ask for the last one again would find its answer in the cache, and count it twice.
    """
    lost = {name: failed(row) for name, row in have.rows.items()}
    asked = {name: runs_of(row) for name, row in have.rows.items()}
    every = tasks(job.cases, job.repeats + max(lost.values(), default=0))
    return [task for task in every
            if asked.get(task.case.id, 0) <= task.request.repeat < job.repeats + lost.get(task.case.id, 0)]  # fmt: skip


def _more(project: Project, job: Job, have: Arm, desk: Desk, on_result: Callable[[Result], None] | None) -> Accepted:
    rubric = judges(desk, project.tree, project.settings, project.tree, job.evalset.id)
    scorers = bench(job.evalset, job.prompt.output, own_checks=job.own_checks(project.tree), judge=rubric)
    if dict(have.scorers) != dict(scorers.digests):
        hint = f"llmops eval run {job.prompt.id}; llmops baseline accept {job.prompt.id} --reason …"
        raise UsageError(f"the scorers of {job.evalset.id} changed since its baseline was stored", hint=hint)
    have = current(have, {case.id: case.digest for case, _ in job.cases})
    todo = _todo(job, have)
    rows = []
    for row in collect(todo, desk.complete(job.prompt, job.evalset.id, job.route), scorers, jobs=desk.jobs):
        rows.append(row)
        if on_result:
            on_result(row)
    lost = [row for row in rows if not isinstance(row.answer, Completion)]
    if lost:
        raise IncompleteError(f"{len(lost)} of {len(rows)} calls gave no answer; the baseline stays as it is",
                              hint="the answers that came are in the cache: try again")  # fmt: skip
    run = open_store(project).new_id()
    digest = cases_digest(case for case, _ in job.cases)
    plan = RunPlan(run, have.prompt, have.digest, have.version, have.evalset, digest, have.scorers,
                   job.prompt.model, job.repeats, tuple(case.id for case, _ in job.cases))  # fmt: skip
    grown = replace(extend(have, arm(Run(plan, tuple(rows)))) if rows else have, evalset_digest=digest)
    return keep(project, replace(grown, margin=margin_for(project, job.evalset, grown, asked_alike(job.cases))), None)
