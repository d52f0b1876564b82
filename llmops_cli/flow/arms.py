"""The two arms of a comparison: the base's from its stored baseline or its recordings, the head's by running it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from llmops_cli.compare.runs import arm
from llmops_cli.errors import LlmopsError
from llmops_cli.flow.collect import Task, collect
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.prepare import try_render
from llmops_cli.flow.routes import route
from llmops_cli.flow.scoring import Bench
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.model.completion import Failure, Request
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.ports import Tree
from llmops_cli.model.prompt import Prompt, digest
from llmops_cli.model.run import Arm, Result, Run, RunPlan
from llmops_cli.model.settings import Environment, Settings

MAX_REPEATS = 5

OnResult = Callable[[Result], None]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the gate: whose files, whose settings, and the tree whose programs may be run."""

    tree: Tree
    settings: Settings
    environment: Environment
    trusted: Tree


@dataclass(frozen=True, slots=True)
class Bout:
    """One eval set of one prompt, as the base has it: its cases, and the scorers that judge both sides."""

    evalset: EvalSet
    cases: tuple[Case, ...]
    bench: Bench

    @property
    def digest(self) -> str:
        """The digest of the cases, in 12 hex digits; their order does not matter."""
        return digest(sorted([case.id, case.digest] for case in self.cases))[:12]


def stored_arm(side: Side, bout: Bout, prompt: Prompt) -> Arm | None:
    """Return the stored baseline, if its scorers are those that judge now; stale cases are left to the gate."""
    found = read_baseline(side.tree, side.settings.baselines, prompt.id, bout.evalset.id, prompt.digest)
    if found is None or any(found.scorers.get(spec.name) != bout.bench.digests[spec.name] for spec in bout.bench.specs):
        return None
    cases = {case.id for case in bout.cases}
    return replace(found, rows={name: row for name, row in found.rows.items() if name in cases})


def run_arm(
    side: Side,
    bout: Bout,
    prompt: Prompt,
    desk: Desk,
    *,
    own_cases: Mapping[str, Case] | None = None,
    on_result: OnResult | None = None,
) -> tuple[Arm, tuple[Result, ...]]:
    """Return the arm of a prompt on the bout's cases, and its rows. A case without an answer is a row with a failure.

    `own_cases` are the side's own cases by id: one that only adds inputs to the bout's stands in for it, so that a
    prompt with a new variable can be judged on the old content.
    """
    where = route(prompt.model, side.settings, side.environment, side.trusted)
    cases = [stand_in(case, own_cases or {}) for case in bout.cases]
    rendered, problems = try_render(prompt, where, cases)
    digests = {case.id: case.digest for case in bout.cases}
    broken = {problem.source: problem.message for problem in problems}
    results = [
        Result(case.id, digests[case.id], 0, Failure("case", "cannot-render", broken[case.source]))
        for case in cases
        if case.source in broken
    ]
    complete = desk.complete(prompt, bout.evalset.id, where)
    todo = _tasks(rendered, digests, bout.evalset.repeats, lambda request: desk.known(prompt, bout.evalset.id, request))
    for result in collect(todo, complete, bout.bench, jobs=desk.jobs, stop=desk.stop):
        results.append(result)
        if on_result:
            on_result(result)
    return arm(_run(prompt, bout, results)), tuple(results)


def stand_in(case: Case, own: Mapping[str, Case]) -> Case:
    """Return the side's own version of a case if it only adds inputs; the case itself otherwise."""
    other = own.get(case.id)
    if other is None or other.digest == case.digest:
        return case
    widened = all(other.inputs.get(name, ...) == value for name, value in case.inputs.items())
    same = replace(other, inputs=case.inputs).digest == case.digest
    return replace(case, inputs=other.inputs) if widened and same else case


def _tasks(
    rendered: Iterable[tuple[Case, Request]],
    digests: Mapping[str, str],
    repeats: int,
    known: Callable[[Request], bool],
) -> Iterable[Task]:
    """Yield the repeats that the eval set asks for, then every further one whose answer is stored already."""
    pairs = tuple(rendered)
    for repeat in range(max(MAX_REPEATS, repeats)):
        for case, request in pairs:
            again = replace(request, repeat=repeat)
            if repeat < repeats or known(again):
                yield Task(case, again, digests[case.id])


def _run(prompt: Prompt, bout: Bout, results: Iterable[Result]) -> Run:
    rows = tuple(sorted(results, key=lambda result: (result.case, result.repeat)))
    plan = RunPlan(
        run="",
        prompt=prompt.id,
        digest=prompt.digest,
        version=prompt.version,
        evalset=bout.evalset.id,
        evalset_digest=bout.digest,
        scorers=bout.bench.digests,
        model=prompt.resolved_model,
        repeats=max((row.repeat for row in rows), default=0) + 1,
        cases=tuple(sorted(case.id for case in bout.cases)),
    )
    return Run(plan, rows)


def missing(results: Iterable[Result]) -> dict[str, int]:
    """Return how many rows have no answer, by the failure's code."""
    counts: dict[str, int] = {}
    for result in results:
        if isinstance(result.answer, Failure):
            counts[result.answer.code] = counts.get(result.answer.code, 0) + 1
    return dict(sorted(counts.items()))


def why(error: LlmopsError) -> str:
    """Return an error as one reason of a verdict."""
    return f"{error}" + (f" ({error.hint})" if error.hint else "")
