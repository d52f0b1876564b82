"""How far the people who labelled an eval set agree, and how far its judges agree with them."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from llmops_cli.compare.agreement import agreement, pair_bias
from llmops_cli.compare.calibration import SPLIT, Answer, paired, people, quality, vote
from llmops_cli.errors import UnknownNameError, UsageError
from llmops_cli.flow.judged import Judged, digest_now, is_pairwise, newest_run, of_file, of_run, scorer_of, with_stored
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.load import opinions as label_files
from llmops_cli.model.evalset import ScorerSpec
from llmops_cli.model.review import SIDES, Agreement, JudgeReview, Opinion, Review
from llmops_cli.report.figures import count

YES_NO = ("true", "false")
PEOPLE = "people"


def review(project: Project, name: str = "", *, scorer: str = "", run: str = "", labels: str = "") -> Review:
    """Return what the labels of an eval set say of its people and its judges.

    Judges are the scorer of the named run (else of the newest one with most labelled answers), and all whose scores
    stand in the label file. Raises `UnknownNameError` where nobody has labelled anything.
    """
    evalset = read(project.tree, project.settings, paths=()).evalset(name or only_labelled(project))
    opinions = read_labels(project, evalset.id, labels)
    spec = scorer_of(evalset, scorer or _only_scorer(opinions))
    pairwise = is_pairwise(spec)
    labelled = people(opinions, spec.name, pass_at=spec.pass_at)
    if not labelled:
        raise UnknownNameError(f"nobody has labelled an answer for {spec.name} of {evalset.id}", hint=HINT)
    answers, now = None if run else labelled, _now(project, spec)
    found = newest_run(project, evalset.id, name=run, scorer=spec.name, answers=answers, digest=now)
    stored = of_file(opinions, spec)
    judges = [with_stored(of_run(found, spec), stored)] if found else []
    judges += [each for each in stored if not judges or each.judge != judges[0].judge]
    sides = people(opinions, spec.name) if pairwise else labelled
    reviews = [_judge(each, labelled, sides, pairwise=pairwise) for each in judges]
    counts: dict[str, int] = {}
    for each in opinions:
        if each.scorer == spec.name and each.by:
            counts[each.by] = counts.get(each.by, 0) + 1
    return Review(
        evalset=evalset.id,
        scorer=spec.name,
        answers=len(labelled),
        labels=dict(sorted(counts.items())),
        people=_people(opinions, spec, pairwise=pairwise),
        judges=tuple(each for each in reviews if each is not None),
        notes=_notes(labelled, judges, [each for each in reviews if each is None]),
    )


def _now(project: Project, spec: ScorerSpec) -> str:
    """Return the digest of the scorer as it is now; "" where its rubric is gone: what it said can be shown still."""
    try:
        return digest_now(project, spec)
    except UnknownNameError:
        return ""


HINT = "llmops review import FILE --evalset SET brings labels in"


def read_labels(project: Project, evalset: str, labels: str) -> tuple[Opinion, ...]:
    """Return the opinions of an eval set's label file, or of the named one. Raises the file's problems."""
    path = labels or label_files.place(project.settings.evalsets, evalset)
    found = label_files.read(project.tree, path)
    if not found:
        raise UnknownNameError(f"no labels of {evalset}", where=path, hint=HINT)
    return found


def only_labelled(project: Project) -> str:
    """Return the one eval set that has labels. Raises `UnknownNameError` for none, `UsageError` for several."""
    names = list(label_files.stored(project.tree, project.settings.evalsets))
    if not names:
        raise UnknownNameError(f"no labels below {project.settings.evalsets}/{label_files.FOLDER}/", hint=HINT)
    if len(names) > 1:
        raise UsageError("several eval sets have labels: which one?", hint=f"one of {', '.join(names)}")
    return names[0]


def _only_scorer(opinions: Sequence[Opinion]) -> str:
    names = {each.scorer for each in opinions}
    return names.pop() if len(names) == 1 else ""


def _category(value: float, *, pairwise: bool) -> str:
    if pairwise:
        sides = {worth: side for side, worth in SIDES.items()}
        return sides[SPLIT if value == SPLIT else float(value > SPLIT)]
    return YES_NO[value < SPLIT]


def _people(opinions: Sequence[Opinion], spec: ScorerSpec, *, pairwise: bool) -> tuple[Agreement, ...]:
    bar = None if pairwise else spec.pass_at
    said: dict[str, dict[Answer, float]] = {}
    for each in opinions:
        if each.scorer == spec.name and each.by:
            said.setdefault(each.by, {})[each.case, each.answer] = vote(each, bar)
    found = []
    for one, other in combinations(sorted(said), 2):
        pairs = paired(said[one], said[other])
        if pairs:
            found.append(_agreement((one, other), pairs, pairwise=pairwise))
    return tuple(found)


def _agreement(raters: tuple[str, str], pairs: Sequence[tuple[float, float]], *, pairwise: bool) -> Agreement:
    named = [(_category(one, pairwise=pairwise), _category(other, pairwise=pairwise)) for one, other in pairs]
    return agreement(raters, named, tuple(SIDES) if pairwise else YES_NO)


def _judge(
    judged: Judged, labelled: Mapping[Answer, float], sides: Mapping[Answer, float], *, pairwise: bool
) -> JudgeReview | None:
    """Return a judge beside people; None where it scored no labelled answer on which they are of one mind.

    `sides` are people's labels without a bar: of a pair, a tie is a label of its own.
    """
    said = paired(sides, judged.raw if pairwise else judged.first)
    clear = [(people_say, score) for people_say, score in said if pairwise or people_say != SPLIT]
    if not clear:
        return None
    return JudgeReview(
        judge=judged.judge,
        agreement=_agreement((PEOPLE, judged.judge), clear, pairwise=pairwise),
        quality=quality(paired(labelled, judged.first)),
        bias=pair_bias(judged.places.values()),
    )


def _notes(labelled: Mapping[Answer, float], judges: Sequence[Judged], silent: Sequence[None]) -> tuple[str, ...]:
    notes = []
    if not judges:
        notes.append("no judge has scored these answers: llmops eval run, or import scores with --map judge=COLUMN")
    elif len(silent) == len(judges):
        notes.append("no judge has scored a labelled answer: labels are of answers, and these are other ones")
    for judged in judges:
        missing = sum(answer not in judged.scores for answer in labelled)
        if judged.run and missing:
            notes.append(
                f"run {judged.run[:8]} has no score of {count(missing)} of {count(len(labelled))} labelled answers"
            )
    return tuple(notes)
