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
from llmops_cli.flow.scoring import bench
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import EvalSet, ScorerSpec
from llmops_cli.model.run import Score


def rescored(project: Project, evalset: EvalSet, spec: ScorerSpec, labelled: Mapping[Answer, float]) -> Judged:
    """Return what the judge says now of the labelled answers that the runs here still know. Only the judge is asked.

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
        rubric = judges(desk, project.tree, project.settings, project.tree, evalset.id)
        ready = bench(alone, {}, judge=rubric)
        with ThreadPoolExecutor(desk.jobs) as pool:
            rows = pool.map(lambda item: ready.score(cases[item[0][0]], item[1])[0], known.items())
            scores = dict(zip(known, rows, strict=True))
    return _judged(ready.digests[spec.name], spec, scores)


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


def _judged(digest: str, spec: ScorerSpec, scores: Mapping[Answer, Score]) -> Judged:
    judged = Judged(digest)
    for key, score in scores.items():
        if score.value is not None and score.stored is not None:
            judged.scores[key] = [float(score.stored)]
            judged.raw[key] = score.value if is_pairwise(spec) else float(score.stored)
            if {"inconsistent", "first"} <= score.parts.keys():
                judged.places[key] = (score.parts["inconsistent"], score.parts["first"])
    if not judged.scores:
        raise IncompleteError(f"the judge scored none of {len(scores)} labelled answers: {_first(scores)}")
    return judged


def _first(scores: Mapping[Answer, Score]) -> str:
    details: Sequence[str] = [score.detail for score in scores.values() if score.detail]
    return next(iter(details), "no reason given")
