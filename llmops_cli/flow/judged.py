"""What a scorer said of answers: from a stored run, or as scores that stand beside people's labels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from llmops_cli.compare.agreement import places_of
from llmops_cli.compare.calibration import Answer, calibration, judges
from llmops_cli.errors import UnknownNameError, UsageError
from llmops_cli.flow.place import entry
from llmops_cli.flow.project import Project
from llmops_cli.flow.run import open_store
from llmops_cli.load import opinions as label_files
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import EvalSet, ScorerSpec
from llmops_cli.model.ports import Tree
from llmops_cli.model.review import Calibration, Opinion
from llmops_cli.model.run import Run, RunPlan, Score
from llmops_cli.model.settings import Settings
from llmops_cli.store.runs import RunStore

LOOK_BACK = 50
"""How many of the newest runs are searched for one that has labelled answers."""


@dataclass(slots=True)
class Judged:
    """The scores of one judge (its digest, or an imported name) by answer, one a time that it was asked.

    They are votes where the scorer has a bar; `raw` is the first of each answer as a label file has it, of a pair its
    side. `places` are the (inconsistent, first) parts of a pairwise judge, one an answer.
    """

    judge: str
    run: str = ""
    scores: dict[Answer, list[float]] = field(default_factory=dict)
    raw: dict[Answer, float] = field(default_factory=dict)
    places: dict[Answer, tuple[float, float]] = field(default_factory=dict)

    @property
    def first(self) -> dict[Answer, float]:
        """The first score of each answer: what a label is held against."""
        return {answer: values[0] for answer, values in self.scores.items()}

    @property
    def by_case(self) -> dict[str, list[float]]:
        """Every score of each case's answers."""
        cases: dict[str, list[float]] = {}
        for (case, _), values in self.scores.items():
            cases.setdefault(case, []).extend(values)
        return cases


def is_pairwise(spec: ScorerSpec) -> bool:
    """Return whether a scorer compares two texts."""
    return spec.type == "judge" and "against" in spec.options


def scorer_of(evalset: EvalSet, name: str) -> ScorerSpec:
    """Return the scorer of this name; without a name the set's only judge, or its only scorer."""
    names = ", ".join(spec.name for spec in evalset.scorers) or "none"
    if name:
        found = [spec for spec in evalset.scorers if spec.name == name]
        if not found:
            raise UnknownNameError(f"{evalset.id} has no scorer {name!r}", hint=f"its scorers: {names}")
        return found[0]
    found = [spec for spec in evalset.scorers if spec.type == "judge"] or list(evalset.scorers)
    if len(found) != 1:
        raise UsageError(f"{evalset.id} has several scorers: which one?", hint=f"--scorer NAME, one of {names}")
    return found[0]


def digest_now(project: Project, spec: ScorerSpec) -> str:
    """Return the digest of a scorer as the working tree has it, its rubric included."""
    if spec.type != "judge":
        return spec.digest()
    return spec.digest(entry(project.tree, project.settings, str(spec.options.get("prompt", ""))).prompt.digest)


def newest_run(
    project: Project,
    evalset: str,
    *,
    name: str = "",
    scorer: str = "",
    answers: Mapping[Answer, float] | None = None,
    digest: str = "",
) -> Run | None:
    """Return the named run, else the newest one of the eval set (with that scorer, with most of those answers).

    Runs whose scorer has the `digest` come first. None where there is none. Raises `UsageError` where the named run is
    of another eval set, or lacks the scorer.
    """  # fmt: skip
    store = open_store(project)
    if name:
        run = store.read(store.find(name))
        if run.plan.evalset != evalset:
            raise UsageError(f"run {run.plan.run[:8]} is of {run.plan.evalset}, not of {evalset}")
        if scorer and scorer not in run.plan.scorers:
            raise UsageError(f"run {run.plan.run[:8]} has no scorer {scorer}", hint="run the eval set again")
        return run
    plans = (store.plan(each) for each in store.ids())
    fitting = [plan for plan in plans if plan.evalset == evalset and (not scorer or scorer in plan.scorers)]
    if answers is None:
        return store.read(fitting[0].run) if fitting else None
    near = fitting[:LOOK_BACK]
    now = [plan for plan in near if digest and plan.scorers.get(scorer) == digest]
    rest = [plan for plan in near if plan not in now]
    return _most(store, now, scorer, answers) or _most(store, rest, scorer, answers)


def _most(store: RunStore, plans: Iterable[RunPlan], scorer: str, answers: Mapping[Answer, float]) -> Run | None:
    """Return the run with a score of most of the answers, of several the first; None where none has any.

    Short answers are alike in many runs: one that shares a refusal or two with the labelled run is not that run.
    """
    best, most = None, 0
    for plan in plans:
        run = store.read(plan.run)
        told = (answer for answer, score in _scored(run, scorer) if score.value is not None)
        count = len({answer for answer in told if answer in answers})
        if count > most:
            best, most = run, count
        if most == len(answers):
            break
    return best


def of_run(run: Run, spec: ScorerSpec) -> Judged:
    """Return what a run's scorer said; an unscored answer is none."""
    found = Judged(run.plan.scorers[spec.name], run.plan.run)
    for answer, score in _scored(run, spec.name):
        if score.value is not None and score.stored is not None:
            found.scores.setdefault(answer, []).append(float(score.stored))
            found.raw.setdefault(answer, score.value if is_pairwise(spec) else float(score.stored))
            if {"inconsistent", "first"} <= score.parts.keys():
                found.places.setdefault(answer, (score.parts["inconsistent"], score.parts["first"]))
    return found


def _scored(run: Run, scorer: str) -> Iterator[tuple[Answer, Score]]:
    for row in run.results:
        if isinstance(row.answer, Completion):
            for score in row.scores:
                if score.scorer == scorer:
                    yield (row.case, row.answer.sha256), score


def of_file(opinions: Sequence[Opinion], spec: ScorerSpec) -> list[Judged]:
    """Return the judges whose scores stand beside the labels."""
    raw = judges(opinions, spec.name)
    found = judges(opinions, spec.name, pass_at=spec.pass_at).items()
    places: dict[str, dict[Answer, tuple[float, float]]] = {name: {} for name in raw}
    for each in opinions:
        if each.scorer == spec.name and each.judge and each.orders:
            places[each.judge][each.case, each.answer] = places_of(each.orders)
    return [
        Judged(name, scores={answer: [vote] for answer, vote in votes.items()}, raw=raw[name], places=places[name])
        for name, votes in found
    ]


def within(judged: Judged, run: Run) -> Judged:
    """Return what a judge said of the answers of one run."""
    answers = {(row.case, row.answer.sha256) for row in run.results if isinstance(row.answer, Completion)}
    return replace(
        judged,
        run=run.plan.run,
        scores={answer: values for answer, values in judged.scores.items() if answer in answers},
        raw={answer: value for answer, value in judged.raw.items() if answer in answers},
        places={answer: place for answer, place in judged.places.items() if answer in answers},
    )


def with_stored(judged: Judged, others: Sequence[Judged]) -> Judged:
    """Return a run's scores with those of the very same judge that are stored; the run's own come first."""
    same = [other for other in others if other.judge == judged.judge]
    scores = {answer: values for other in same for answer, values in other.scores.items()} | judged.scores
    raw = {answer: value for other in same for answer, value in other.raw.items()} | judged.raw
    return Judged(judged.judge, judged.run, scores, raw, judged.places)


def calibrations(
    tree: Tree, settings: Settings, evalset: EvalSet, digests: Mapping[str, str]
) -> dict[str, Calibration]:
    """Return whether the labels in a tree calibrate each judge of an eval set; `digests` are its scorers' by name.

    Nothing is asked and no run is read: labels and the judge's scores of the labelled answers stand in one file, and
    scores of another digest do not count. Raises `InvalidFilesError` where the file is broken.
    """
    judged = [spec for spec in evalset.scorers if spec.type == "judge"]
    opinions = label_files.read(tree, label_files.place(settings.evalsets, evalset.id)) if judged else ()
    return {spec.name: calibration(opinions, spec.name, digests[spec.name], pass_at=spec.pass_at) for spec in judged}
