"""Labelled answers scored once more, by the judge as it is now: its rubric changed, and the labels stay good."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from llmops_cli.compare.calibration import Answer
from llmops_cli.errors import IncompleteError, UnknownNameError, UsageError
from llmops_cli.flow.cases import read_cases
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.judged import Judged, is_pairwise
from llmops_cli.flow.judges import judge_routes, judges
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.project import Project
from llmops_cli.flow.run import open_store
from llmops_cli.flow.scoring import Bench, bench
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case, EvalSet, ScorerSpec
from llmops_cli.model.run import Score


def rescored(
    project: Project, evalset: EvalSet, spec: ScorerSpec, labelled: Mapping[Answer, float], times: int = 1
) -> Judged:
    """Return what the judge says now of the labelled answers that the runs here still know. Only the judge is asked.

    `times`: how often it is asked of each of them, every time anew; its first score is the one that counts.
    Raises `UsageError` for a scorer that is no judge, `UnknownNameError` where no run knows any of the answers,
    `IncompleteError` where the judge scores none.
    """
    if spec.type != "judge":
        raise UsageError(f"scorer {spec.name} is no judge", hint="llmops eval run scores answers anew")
    cases = {case.id: case for case in read_cases(project.tree, evalset)}
    known = {key: answer for key, answer in _answers(project, evalset.id, labelled).items() if key[0] in cases}
    if not known:
        message = f"no run of {evalset.id} here has the text of a labelled answer"
        hint = "where the labelled run is: eval calibrate --rescore there; else label answers of a new run"
        raise UnknownNameError(message, hint=hint)
    alone = replace(evalset, scorers=(spec,))
    with Desk.open(project, project.settings, mode="auto", limits=Limits()) as desk:
        desk.check(judge_routes(project, [alone]))
        trees = (project.tree, project.settings, project.tree)
        rubrics = (judges(desk, *trees, evalset.id, repeat=repeat) for repeat in range(times))
        ready = [bench(alone, {}, judge=rubric) for rubric in rubrics]
        rounds = [_asked(desk, one, cases, known) for one in ready]
    return _judged(ready[0].digests[spec.name], spec, rounds)


def _asked(
    desk: Desk, ready: Bench, cases: Mapping[str, Case], known: Mapping[Answer, Completion]
) -> Mapping[Answer, Score]:
    """Return what the one scorer of a bench says of each answer."""
    with ThreadPoolExecutor(desk.jobs) as pool:
        rows = pool.map(lambda item: ready.score(cases[item[0][0]], item[1])[0], known.items())
        return dict(zip(known, rows, strict=True))


def _answers(project: Project, evalset: str, wanted: Mapping[Answer, float]) -> dict[Answer, Completion]:
    """Return the wanted answers that stored runs of an eval set have, from the newest on."""
    store = open_store(project)
    found: dict[Answer, Completion] = {}
    for name in store.ids():
        if len(found) == len(wanted):
            break
        if store.plan(name).evalset != evalset:
            continue
        for row in store.read(name).results:
            if isinstance(row.answer, Completion) and (row.case, row.answer.sha256) in wanted:
                found.setdefault((row.case, row.answer.sha256), row.answer)
    return {key: found[key] for key in wanted if key in found}


def _judged(digest: str, spec: ScorerSpec, rounds: Sequence[Mapping[Answer, Score]]) -> Judged:
    """Return the first scores of each answer as a judge's, with what it said of them when asked again."""
    judged, scores = Judged(digest), rounds[0]
    for key, score in scores.items():
        if score.value is not None and score.stored is not None:
            again = (one[key].stored for one in rounds[1:])
            judged.scores[key] = [float(score.stored), *(float(value) for value in again if value is not None)]
            judged.raw[key] = score.value if is_pairwise(spec) else float(score.stored)
            if {"inconsistent", "first"} <= score.parts.keys():
                judged.places[key] = (score.parts["inconsistent"], score.parts["first"])
    if not judged.scores:
        raise IncompleteError(f"the judge scored none of {len(scores)} labelled answers: {_first(scores)}")
    return judged


def _first(scores: Mapping[Answer, Score]) -> str:
    details: Sequence[str] = [score.detail for score in scores.values() if score.detail]
    return next(iter(details), "no reason given")
