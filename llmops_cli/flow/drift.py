"""The nightly look at providers: each stored version asked once more, its fresh answers against the stored ones."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from llmops_cli.compare.arms import extend, without_oldest
from llmops_cli.compare.drift import fingerprints, judged, look, served
from llmops_cli.compare.runs import arm
from llmops_cli.flow.accept import margin_for
from llmops_cli.flow.cases import cases_digest
from llmops_cli.flow.collect import Task, collect
from llmops_cli.flow.contestant import MAX_REPEATS
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.judges import judge_routes, judges
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.prepare import Job, Wish, prepare
from llmops_cli.flow.project import Project
from llmops_cli.flow.run import open_store
from llmops_cli.flow.scoring import Bench, bench
from llmops_cli.flow.shared import asked_alike
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.model.completion import Failure
from llmops_cli.model.drift import Drift, Drifted
from llmops_cli.model.run import Arm, Result, Run, RunPlan
from llmops_cli.model.verdict import Verdict
from llmops_cli.store.baselines import write

OnResult = Callable[[RunPlan, Result], None]


@dataclass(frozen=True, slots=True)
class Night:
    """How to look: `live` asks anew each time, `auto` takes answers of the same day; `grow` keeps the round."""

    mode: str = "live"
    alpha: float = 0.05
    grow: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class _Found:
    """One row with what it takes to grow its baseline."""

    row: Drifted
    job: Job
    stored: Arm | None = None
    fresh: Arm | None = None


def drift(project: Project, names: tuple[str, ...], night: Night, on_result: OnResult | None = None) -> Drift:
    """Return what moved under the prompts as they stand, each asked once a case. Fresh runs are stored like any run.

    The round has a repeat number of its own day, so that no stored or cached answer of another day stands in for it.
    """
    jobs = prepare(project, Wish(names), lambda _: ())
    with Desk.open(project, project.settings, mode=night.mode, limits=night.limits) as desk:
        desk.check([job.route for job in jobs] + judge_routes(project, [job.evalset for job in jobs]))
        found = [_one(project, job, desk, on_result) for job in jobs]
        rows = judged([one.row for one in found], night.alpha)
        pairs = [replace(one, row=row) for one, row in zip(found, rows, strict=True)]
        ended = tuple(_grown(project, one) if night.grow else one.row for one in pairs)
        return Drift(ended, night.alpha, desk.calls, desk.cost_usd)


def _one(project: Project, job: Job, desk: Desk, on_result: OnResult | None) -> _Found:
    prompt, name = job.prompt, job.evalset.id
    row = Drifted(prompt.id, prompt.digest, name, Verdict.NO_BASELINE)
    stored = read_baseline(project.tree, project.settings.baselines, prompt.id, name, prompt.digest)
    if stored is None:
        return _without(row, job, "no baseline of this version is stored")
    rubric = judges(desk, project.tree, project.settings, project.tree, name)
    scorers = bench(job.evalset, prompt.output, own_checks=job.own_checks(project.tree), judge=rubric)
    if any(stored.scorers.get(spec.name) != scorers.digests[spec.name] for spec in scorers.specs if spec.gate):
        return _without(row, job, f"the scorers of {name} changed since the baseline was stored")
    known = {case.id for case, _ in job.cases if _answers(stored, case.id, case.digest)}
    if not known:
        return _without(row, job, "no case of the baseline stands as it was")
    row = replace(row, repeats=max(len(stored.rows[case].answers) for case in known))
    return _asked(project, replace(job, cases=tuple(pair for pair in job.cases if pair[0].id in known)),
                  stored, row, _Round(desk, scorers, len(job.cases) - len(known), on_result))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Round:
    desk: Desk
    scorers: Bench
    left_out: int
    on_result: OnResult | None


def _asked(project: Project, job: Job, stored: Arm, row: Drifted, how: _Round) -> _Found:
    """Ask every case once more, and look at what came."""
    run = _run(project, job, how)
    fresh = arm(run)
    lost = Counter(one.answer.code for one in run.results if isinstance(one.answer, Failure))
    lost["not asked"] += len(job.cases) - len(run.results)
    count = sum(lost.values())
    row = replace(row, run=run.plan.run, verdict=Verdict.PASS)
    said = ", ".join(f"{code} {number}" for code, number in sorted(lost.items()) if number)
    if count > project.settings.budget.max_error_rate * len(job.cases):
        why = f"{count} of {len(job.cases)} calls gave no answer ({said})"
        return _Found(replace(row, verdict=Verdict.INCOMPLETE, reasons=(why,)), job)
    notes = [f"{count} of {len(job.cases)} calls gave no answer ({said})"] if count else []
    notes += [f"{how.left_out} cases are new or changed since the baseline: left out"] if how.left_out else []
    notes += [why for why in (fingerprints(stored, fresh),) if why]
    twins = {case: (first, first) for case, first in asked_alike(job.cases).items()}
    looks = (look(stored, fresh, spec.name, twins) for spec in how.scorers.specs if spec.gate)
    row = replace(row, looks=tuple(one for one in looks if one), notes=tuple(notes))
    if not row.looks:
        why = "no scorer has a score of a case on both sides"
        return _Found(replace(row, verdict=Verdict.INCOMPLETE, reasons=(why,)), job)
    other = served(stored, fresh)
    row = replace(row, verdict=Verdict.DRIFT, reasons=(other,)) if other else row
    return _Found(row, job, stored, fresh)


def _run(project: Project, job: Job, how: _Round) -> Run:
    """Return the round as a run of one repeat. Stored once it is whole: to resume it later would mix days."""
    store, prompt = open_store(project), job.prompt
    repository = project.repository
    plan = RunPlan(
        run="",
        prompt=prompt.id,
        digest=prompt.digest,
        version=prompt.version,
        evalset=job.evalset.id,
        evalset_digest=cases_digest(case for case, _ in job.cases),
        scorers=how.scorers.digests,
        model=prompt.model,
        repeats=1,
        cases=tuple(case.id for case, _ in job.cases),
        commit=repository.head() if repository else "",
        dirty=repository.is_dirty(project.prefix) if repository else True,
        mode=how.desk.mode,
    )
    complete = how.desk.complete(prompt, job.evalset.id, job.route)
    rows = []
    for result in collect(_tasks(project, job), complete, how.scorers, jobs=how.desk.jobs):
        rows.append(replace(result, repeat=0))
        if how.on_result:
            how.on_result(plan, rows[-1])
    plan = replace(plan, run=store.new_id())
    if len(rows) == len(job.cases) and not any(_is_fatal(row) for row in rows):
        with store.create(plan) as writer:
            for row in rows:
                writer.append(row)
    return Run(plan, tuple(rows))


def _is_fatal(row: Result) -> bool:
    return isinstance(row.answer, Failure) and row.answer.kind == "run"


def _tasks(project: Project, job: Job) -> Iterable[Task]:
    day = date.fromisoformat(project.environment.today).toordinal()
    return [Task(case, replace(request, repeat=day), case.digest) for case, request in job.cases]


def _answers(stored: Arm, case: str, digest: str) -> bool:
    row = stored.rows.get(case)
    return row is not None and row.case_digest == digest and bool(row.answers)


def _without(row: Drifted, job: Job, why: str) -> _Found:
    command = f"llmops eval run {row.prompt}; llmops baseline accept {row.prompt} --reason …"
    return _Found(replace(row, reasons=(why,), command=command), job)


def _grown(project: Project, found: _Found) -> Drifted:
    """Return the row after its round joined the baseline; one that drifted does not: it is of another provider."""
    if found.stored is None or found.fresh is None or found.row.verdict is not Verdict.PASS:
        return found.row
    answered = {name: row for name, row in found.fresh.rows.items() if row.answers}
    joined = without_oldest(extend(found.stored, replace(found.fresh, rows=answered)), MAX_REPEATS)
    joined = replace(joined, margin=margin_for(project, found.job.evalset, joined, asked_alike(found.job.cases)))
    path = write(project.root, project.settings.baselines, joined)
    return replace(found.row, grown=project.relative(path))
