"""One side of a bout: a prompt rendered once on the bout's cases, asked round by round."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from llmops_cli.compare.runs import arm
from llmops_cli.flow.collect import Task, collect
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.fitted import narrowed
from llmops_cli.flow.prepare import try_render
from llmops_cli.flow.routes import route
from llmops_cli.flow.scoring import Bench
from llmops_cli.model.completion import Failure
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.ports import Complete, Tree
from llmops_cli.model.prompt import Prompt, canonical, digest
from llmops_cli.model.run import Arm, Result, Run, RunPlan
from llmops_cli.model.settings import Environment, Settings

MAX_REPEATS = 5
LEAST_LEAF = 2
"""Characters from which an expected text, met in an added input, gives the answer away."""

OnResult = Callable[[Result], None]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the gate: whose files, whose settings, and the tree whose programs may be run.

    `is_base`: in CI only the base's recordings answer it. `is_ours` is false for a stranger's fork.
    """

    tree: Tree
    settings: Settings
    environment: Environment
    trusted: Tree
    is_base: bool = False
    is_ours: bool = True


@dataclass(frozen=True, slots=True)
class Bout:
    """One eval set of one prompt, as the base has it: its cases, and the scorers that judge both sides.

    `is_newer`: as the target branch has it by now, which is otherwise. `earlier` are the base's own cases then, by id.
    """

    evalset: EvalSet
    cases: tuple[Case, ...]
    bench: Bench
    is_newer: bool = False
    earlier: Mapping[str, Case] = field(default_factory=dict)

    @property
    def known(self) -> Mapping[str, Case]:
        """The cases from which the change started, by id."""
        return self.earlier if self.is_newer else {case.id: case for case in self.cases}

    @property
    def digest(self) -> str:
        """The digest of the cases, in 12 hex digits; their order does not matter."""
        return digest(sorted([case.id, case.digest] for case in self.cases))[:12]


class Contestant:
    """A prompt on a bout's cases. What it answered is kept in `results`, what it is as an arm in `arm`.

    `own_cases` are the side's own cases by id: one that says the bout's content under other names stands in for it, so
    that a prompt with a new, renamed or dropped variable can be judged on the old content; `stand_ins` names them. A
    case that does not render is a row with a failure. `narrow`: the prompt may be older than the cases, and is asked
    without the inputs that it does not declare.
    """

    def __init__(
        self, side: Side, bout: Bout, prompt: Prompt, desk: Desk, *, own_cases: Mapping[str, Case] | None = None,
        narrow: bool = False,
    ) -> None:  # fmt: skip
        """Render every case; ask nothing yet."""
        self.bout, self.prompt, self.desk, self._is_base = bout, prompt, desk, side.is_base
        self.where = route(prompt.model, side.settings, side.environment, side.trusted)
        takes = frozenset(variable.name for variable in prompt.variables)
        cases = [stand_in(case, own_cases or {}, takes, is_ours=side.is_ours) for case in bout.cases]
        self.stand_ins = frozenset(found.id for found, case in zip(cases, bout.cases, strict=True) if found is not case)
        cases = [narrowed(case, prompt) for case in cases] if narrow else cases
        self.rendered, problems = try_render(prompt, self.where, cases)
        self._digests = {case.id: case.digest for case in bout.cases}
        broken = {problem.source: problem.message for problem in problems}
        self._broken = tuple(
            Result(case.id, self._digests[case.id], 0, Failure("case", "cannot-render", broken[case.source]))
            for case in cases
            if case.source in broken
        )
        self.results: tuple[Result, ...] = self._broken
        self.known: Arm | None = None

    def knows(self, stored: Arm | None) -> None:
        """Take a baseline's answers for its own, where they are to every case as it is now: then it asks nothing."""
        known = {name for name, row in (stored.rows if stored else {}).items() if row.answers}
        if stored and all(one in known and stored.rows[one].case_digest == own for one, own in self._digests.items()):
            self.known, self.results = stored, ()

    @property
    def complete(self) -> Complete:
        """What answers its requests."""
        return self.desk.complete(self.prompt, self.bout.evalset.id, self.where, of_base=self._is_base)

    def tasks(self, repeats: Iterable[int], only: frozenset[str] | None = None, series: str = "") -> Iterator[Task]:
        """Yield the calls of these repeats, whole rounds first, for all cases or for those named."""
        for repeat in repeats:
            for case, request in self.rendered:
                if only is None or case.id in only:
                    again = replace(request, repeat=repeat, series=series)
                    yield Task(case, again, self._digests[case.id])

    def further(self, repeats: int) -> Iterator[Task]:
        """Yield every repeat from this one on whose answer is stored already."""
        for task in self.tasks(range(repeats, max(MAX_REPEATS, repeats))):
            if self.desk.known(self.prompt, self.bout.evalset.id, task.request, of_base=self._is_base):
                yield task

    @property
    def recorded(self) -> int:
        """How many repeats, from the first on, are recorded for every case."""
        count = 0
        while count < MAX_REPEATS and self.rendered and all(map(self._is_recorded, self.tasks((count,)))):
            count += 1
        return count

    def _is_recorded(self, task: Task) -> bool:
        found = self.desk.stored(self.prompt, self.bout.evalset.id, task.request, of_base=self._is_base)
        return found is not None and found.layer == "recorded"

    def ask(self, todo: Iterable[Task], on_result: OnResult | None = None) -> tuple[Result, ...]:
        """Return the answers to these calls; nothing is kept of them.

        Calls that failed for a passing reason are made once more after all others: a missing run may decide a verdict.
        """
        calls = tuple(todo)
        found = {(row.case, row.fingerprint): row for row in self._collected(calls, on_result)}
        again = [task for task in calls if _may_pass(found.get((task.case.id, task.request.fingerprint)))]
        if again and not any(isinstance(row.answer, Failure) and row.answer.kind == "run" for row in found.values()):
            found |= {(row.case, row.fingerprint): row for row in self._collected(again, None)}
        return tuple(found.values())

    def _collected(self, calls: Iterable[Task], on_result: OnResult | None) -> Iterator[Result]:
        for result in collect(calls, self.complete, self.bout.bench, jobs=self.desk.jobs, stop=self.desk.stop):
            if on_result:
                on_result(result)
            yield result

    def keep(self, results: Iterable[Result]) -> None:
        """Count these answers among its runs."""
        self.results = (*self.results, *results)

    @property
    def arm(self) -> Arm:
        """All that it answered, as an arm."""
        return self.known or self.arm_of(self.results)

    def arm_of(self, results: Iterable[Result]) -> Arm:
        """Return these answers of its prompt as an arm."""
        rows = tuple(sorted(results, key=lambda result: (result.case, result.repeat)))
        plan = RunPlan(
            run="",
            prompt=self.prompt.id,
            digest=self.prompt.digest,
            version=self.prompt.version,
            evalset=self.bout.evalset.id,
            evalset_digest=self.bout.digest,
            scorers=self.bout.bench.digests,
            model=self.prompt.resolved_model,
            repeats=max((row.repeat for row in rows), default=0) + 1,
            cases=tuple(sorted(case.id for case in self.bout.cases)),
        )
        return arm(Run(plan, rows))


def _may_pass(row: Result | None) -> bool:
    return row is not None and isinstance(row.answer, Failure) and row.answer.kind == "retryable"


def stand_in(case: Case, own: Mapping[str, Case], takes: frozenset[str], *, is_ours: bool = True) -> Case:
    """Return the side's own version of a case if it has the same content; the case itself otherwise.

    It may say a value under another name, leave out what the prompt no longer takes (`takes`: its variables), and add
    inputs; it may not change a value, nor anything that judges the answer. What it adds is its author's word: nothing
    that gives the expected answer away, and from a stranger (`is_ours` false) only values that the case has already, or
    that are the same for every case.
    """
    other = own.get(case.id)
    if other is None or other.digest == case.digest or replace(other, inputs=case.inputs).digest != case.digest:
        return case
    kept = case.inputs.keys() & other.inputs.keys()
    gone, fresh = case.inputs.keys() - kept, other.inputs.keys() - kept
    same = all(canonical(case.inputs[name]) == canonical(other.inputs[name]) for name in kept)
    moved = Counter(canonical(case.inputs[name]) for name in gone)
    found = Counter(canonical(other.inputs[name]) for name in fresh)
    whole = not moved - found or not fresh
    known = {canonical(value) for value in case.inputs.values()}
    added = [name for name in fresh if canonical(other.inputs[name]) not in known]
    fair = all(_is_fair(case, name, own, is_ours=is_ours) for name in added)
    return replace(case, inputs=other.inputs) if same and whole and fair and not gone & takes else case


def _is_fair(case: Case, name: str, own: Mapping[str, Case], *, is_ours: bool) -> bool:
    value = own[case.id].inputs[name]
    if all(canonical(other.inputs.get(name)) == canonical(value) for other in own.values()):
        return True
    said = canonical(value).casefold()
    gives_away = any(leaf in said for leaf in _leaves(case.expected)) or {*_short(value)} & {*_short(case.expected)}
    return is_ours and not gives_away


def _short(value: object) -> Iterator[str]:
    """Yield booleans and texts too short to be looked for in others: `true`, `a`. An equal one gives them away."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _short(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _short(one)
    elif value is not None:
        text = canonical(value).strip('"').strip().casefold()
        if isinstance(value, bool) or len(text) < LEAST_LEAF:
            yield text


def _leaves(value: object) -> Iterator[str]:
    """Yield the texts and numbers of an expected answer that could be given away, as they would stand in JSON."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _leaves(one)
    elif value is not None and not isinstance(value, bool):
        text = canonical(value).strip('"').casefold()
        if len(text) >= LEAST_LEAF:
            yield text
