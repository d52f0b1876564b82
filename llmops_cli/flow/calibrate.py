"""A judged rate corrected by people's labels, and what the gate may make of the judge."""

from collections.abc import Iterable, Mapping, Sequence

from llmops_cli.compare.agreement import steadiness
from llmops_cli.compare.calibration import (
    Answer,
    calibration,
    cases_factor,
    people,
    refusal,
    scaled_margin,
)
from llmops_cli.compare.corrected import FEWEST_LABELS, corrected
from llmops_cli.compare.stats import mean
from llmops_cli.errors import UnknownNameError, UsageError
from llmops_cli.flow.judged import (
    Judged,
    digest_now,
    is_pairwise,
    newest_run,
    of_file,
    of_run,
    scorer_of,
    with_stored,
    within,
)
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.rescore import rescored
from llmops_cli.flow.review import only_labelled, read_labels
from llmops_cli.load import opinions as label_files
from llmops_cli.load.settings import gate_policy
from llmops_cli.model.evalset import EvalSet, ScorerSpec
from llmops_cli.model.review import Calibrated, Calibration, Corrected, Opinion
from llmops_cli.report.figures import count
from llmops_cli.store import opinions as label_store


def calibrate(  # noqa: PLR0913 - the flags of `eval calibrate`
    project: Project,
    name: str = "",
    *,
    scorer: str = "",
    run: str = "",
    labels: str = "",
    judge: str = "",
    by: Sequence[str] = (),
    write: bool = False,
    times: int = 0,
) -> Calibrated:
    """Return the corrected rate of a judged run, the judge's quality, and whether the judge may gate.

    The judge is the scorer of the named run, else of the newest one with most labelled answers; where that is an older
    judge, and the label file has scores of the present one, those. `judge` names one of the label file, of whose
    scores `run` takes those of its answers. `times` asks the present judge of the labelled answers, more than once to
    see whether it says the same. `write` keeps the scores of the labelled answers in the label file, for the gate.
    """
    evalset = read(project.tree, project.settings, paths=()).evalset(name or only_labelled(project))
    spec = scorer_of(evalset, scorer)
    opinions = read_labels(project, evalset.id, labels)
    labelled = people(opinions, spec.name, pass_at=spec.pass_at, by=by)
    if not labelled:
        raise _unlabelled(evalset, spec, opinions)
    if times:
        judged = rescored(project, evalset, spec, labelled, times)
    else:
        judged = _judged(project, evalset, spec, opinions, (run, judge, labelled))
    scores = [*_opinions(judged, spec, labelled)]
    others = [each for each in opinions if each.judge != judged.judge or each.scorer != spec.name]
    found = calibration([*others, *scores], spec.name, judged.judge, pass_at=spec.pass_at, by=by)
    why = _refusal(found, judged, digest_now(project, spec), _again(evalset, spec, judged))
    margin = gate_policy(project.settings.gate, evalset.gate).margin
    youden = found.quality.youden if found.quality else None
    rate = _corrected(judged, labelled)
    return Calibrated(
        evalset=evalset.id,
        scorer=spec.name,
        judge=judged.judge,
        run=judged.run,
        calibration=found,
        corrected=rate,
        refusal=why,
        margin=None if margin == "auto" else float(margin),
        judge_margin=None if margin == "auto" or youden is None else scaled_margin(float(margin), youden),
        factor=cases_factor(youden) if youden is not None and youden > 0 else None,
        strangers=sum(answer not in judged.scores for answer in labelled),
        written=_write(project, labels or label_files.place(project.settings.evalsets, evalset.id), opinions, scores)
        if write
        else "",
        below=bool(why) and found.state == "calibrated" and why == _low(found),
        notes=(*_noted(rate), *_many(judged)),
        steady=steadiness(judged.scores.values()) if times > 1 else None,
    )


def _unlabelled(evalset: EvalSet, spec: ScorerSpec, opinions: Iterable[Opinion]) -> UnknownNameError:
    known = ", ".join(sorted({each.by for each in opinions if each.scorer == spec.name and each.by})) or "nobody"
    return UnknownNameError(f"no label for {spec.name} of {evalset.id}", hint=f"labelled by: {known}")


def _noted(rate: Corrected | None) -> tuple[str, ...]:
    if rate is None:
        return (f"fewer than {FEWEST_LABELS} labelled cases: no rate is corrected by so few",)
    return ("every judged case has a label: the labels are the rate",) if rate.cases == rate.labelled else ()


def _many(judged: Judged) -> tuple[str, ...]:
    """Return a note where imported scores are of more answers than one a case: then of what is their rate?"""
    cases, answers = len(judged.by_case), len(judged.scores)
    if judged.run or answers == cases or _is_digest(judged.judge):
        return ()
    return (
        f"the rate is of {count(answers)} answers to {count(cases)} cases, of whatever run: --run takes those of one",
    )


def _judged(
    project: Project,
    evalset: EvalSet,
    spec: ScorerSpec,
    opinions: Sequence[Opinion],
    asked: tuple[str, str, Mapping[Answer, float]],
) -> Judged:
    run, judge, labelled = asked
    stored = {each.judge: each for each in of_file(opinions, spec)}
    known = ", ".join(stored) or "none"
    if judge:
        if judge not in stored:
            raise UnknownNameError(
                f"no scores of judge {judge!r} beside the labels", hint=f"there are those of: {known}"
            )
        of = newest_run(project, evalset.id, name=run) if run else None
        return within(stored[judge], of) if of else stored[judge]
    now = digest_now(project, spec)
    found = newest_run(project, evalset.id, name=run, scorer=spec.name, answers=None if run else labelled, digest=now)
    if found is not None and (run or found.plan.scorers[spec.name] == now or now not in stored):
        return with_stored(of_run(found, spec), tuple(stored.values()))
    if now in stored or len(stored) == 1:
        return stored.get(now) or next(iter(stored.values()))
    if stored:
        raise UsageError("several judges scored the labelled answers: which one?", hint=f"--judge NAME, one of {known}")
    hint = "llmops eval run, or `review import` with --map judge=COLUMN"
    raise UnknownNameError(f"no run of {evalset.id} has a labelled answer with a score of {spec.name}", hint=hint)


def _corrected(judged: Judged, labelled: Mapping[Answer, float]) -> Corrected | None:
    """Return the corrected rate over the cases that were judged; None where too few of them are labelled.

    A case counts once, with the mean over its answers; where it is labelled, over its labelled answers.
    """
    people_said: dict[str, list[float]] = {}
    judge_said: dict[str, list[float]] = {}
    for answer, value in labelled.items():
        if answer in judged.scores:
            people_said.setdefault(answer[0], []).append(value)
            judge_said.setdefault(answer[0], []).append(mean(judged.scores[answer]))
    if len(people_said) < FEWEST_LABELS:
        return None
    pairs = [(mean(people_said[case]), mean(judge_said[case])) for case in sorted(people_said)]
    return corrected([mean(values) for _, values in sorted(judged.by_case.items())], pairs)


def _refusal(found: Calibration, judged: Judged, now: str, again: str) -> str:
    if found.state != "calibrated" or found.quality is None:
        return found.reason
    if judged.judge != now:
        return f"these scores are of judge {judged.judge}; the scorer now is {now}: {again}"
    return refusal(found.quality)


def _again(evalset: EvalSet, spec: ScorerSpec, judged: Judged) -> str:
    """Return what to do where the scores are not of the scorer as it is now."""
    if not _is_digest(judged.judge):
        return "imported scores show how good a judge is, and only a scorer of the set can gate"
    if spec.type != "judge":
        return "`llmops eval run` scores anew"
    return f"llmops eval calibrate {evalset.id} --scorer {spec.name} --rescore --write scores the same answers anew"


def _low(found: Calibration) -> str:
    return refusal(found.quality) if found.quality else ""


def _opinions(judged: Judged, spec: ScorerSpec, labelled: Mapping[Answer, float]) -> list[Opinion]:
    """Return the judge's first score of each labelled answer as a line of the label file."""
    kind = "pairwise" if is_pairwise(spec) else "graded" if spec.pass_at is None else "binary"
    return [
        Opinion(case, sha256, spec.name, judged.raw[case, sha256], kind, judge=judged.judge)  # type: ignore[arg-type]
        for case, sha256 in labelled
        if (case, sha256) in judged.scores
    ]


def _write(project: Project, path: str, opinions: Sequence[Opinion], scores: Sequence[Opinion]) -> str:
    """Keep a judge's scores in the place of what older versions of it said. Raises `UsageError` where there is none."""
    if not scores:
        raise UsageError("the judge scored no labelled answer: nothing to write", where=path)
    scorer = scores[0].scorer
    kept = [each for each in opinions if each.by or each.scorer != scorer or not _is_digest(each.judge)]
    new = {each.key: each for each in [*kept, *scores]}
    label_store.write(project.root / path, new.values(), root=project.root)
    return path


def _is_digest(judge: str) -> bool:
    return len(judge) == 12 and set(judge) <= set("0123456789abcdef")  # noqa: PLR2004 - the length of a scorer's digest
