"""People's labels in a table → the label file of an eval set: all of them or none."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from llmops_cli.errors import UsageError
from llmops_cli.flow.bring_in import read_text
from llmops_cli.flow.cases import read_cases
from llmops_cli.flow.desk import redactor_of
from llmops_cli.flow.judged import newest_run, scorer_of
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.ingest.labels import Label, LabelRow, build
from llmops_cli.load import opinions as label_files
from llmops_cli.model.completion import Completion
from llmops_cli.model.review import Opinion
from llmops_cli.model.run import Run
from llmops_cli.store import opinions as label_store


@dataclass(frozen=True, slots=True)
class LabelWish:
    """What `review import` was asked: for which scorer, whose labels, of which run's answers, and how rows are read."""

    evalset: str
    scorer: str = ""
    by: str = ""
    judge: str = ""
    run: str = ""
    pairs: Sequence[str] = ()
    where: Sequence[str] = ()
    values: Sequence[str] = ()
    replace: bool = False


@dataclass(frozen=True, slots=True)
class ImportedLabels:
    """What an import of labels did: labels and a judge's scores written anew, and lines that stood there already.

    `unlabelled` rows had no label, where there was a column of them; `unscored` ones no score of the judge, where that
    was mapped; `nobodys` labels were left out, because nobody was named whose they are.
    """

    path: str
    labels: int
    scores: int
    same: int
    replaced: int
    unlabelled: int
    unscored: int
    nobodys: int


def import_labels(project: Project, file: Path, wish: LabelWish) -> ImportedLabels:
    """Write people's labels beside the eval set. Raises `UsageError` for the first row that does not fit."""
    evalset = read(project.tree, project.settings, paths=()).evalset(wish.evalset)
    scorer = scorer_of(evalset, wish.scorer).name
    cases = {case.id for case in read_cases(project.tree, evalset)}
    found = build(pairs=wish.pairs, where=wish.where, values=wish.values)(read_text(file), str(file))
    answers = _Answers(project, evalset.id, wish.run)
    path = label_files.place(project.settings.evalsets, evalset.id)
    kept = {each.key: each for each in label_files.read(project.tree, path)}
    counts = {"labels": 0, "scores": 0, "same": 0, "replaced": 0}
    seen: dict[tuple[str, ...], str] = {}
    for row in found:
        if row.case not in cases:
            raise UsageError(
                f"no case {row.case!r} in {evalset.id}", where=row.where, hint="--map case=COLUMN names it"
            )
        for opinion in _opinions(row, scorer, answers.sha256, wish):
            if opinion.key in seen:
                _same(row, opinion, kept[opinion.key], seen[opinion.key])
                continue
            seen[opinion.key] = row.where
            done = _put(kept, opinion, row.where, replace=wish.replace)
            counts[done or ("labels" if opinion.by else "scores")] += 1
    _one_kind(kept.values())
    label_store.write(project.root / path, kept.values(), root=project.root)
    scored, labelled = _is_mapped(wish, "judge"), any(row.label is not None for row in found)
    return ImportedLabels(
        path,
        **counts,
        unlabelled=sum(row.label is None for row in found) if labelled else 0,
        unscored=sum(_score(row, wish) is None for row in found) if scored else 0,
        nobodys=sum(row.label is not None and not _whose(row, wish) for row in found),
    )


def _opinions(row: LabelRow, scorer: str, sha256: Callable[[LabelRow], str], wish: LabelWish) -> Iterable[Opinion]:
    by, score = _whose(row, wish), _score(row, wish)
    if row.label is not None and by:
        yield _opinion(row, scorer, sha256(row), row.label, by=by)
    elif row.label is not None and (row.is_chosen or not _is_mapped(wish, "judge")):
        raise UsageError("whose label is this?", where=row.where, hint="--map by=COLUMN, or --by NAME for all rows")
    if score is not None:
        if not wish.judge:
            raise UsageError("which judge gave these scores?", where=row.where, hint="--judge NAME, e.g. --judge gpt-4")
        yield _opinion(row, scorer, sha256(row), score, judge=wish.judge)


def _whose(row: LabelRow, wish: LabelWish) -> str:
    return row.by or wish.by


def _score(row: LabelRow, wish: LabelWish) -> Label | None:
    """Return the judge's score of a row; None where it has none, or one of its two orders is missing."""
    return None if row.swapped is None and _is_mapped(wish, "swapped") else row.judge


def _is_mapped(wish: LabelWish, target: str) -> bool:
    return any(pair.partition("=")[0].strip() == target for pair in wish.pairs)


def _opinion(row: LabelRow, scorer: str, sha256: str, label: Label, *, by: str = "", judge: str = "") -> Opinion:
    value, kind = label_files.grade(label)
    if by or row.swapped is None:
        return Opinion(row.case, sha256, scorer, value, kind, by, judge, row.note if by else "")
    if not (label_files.is_side(label) and label_files.is_side(row.swapped)):
        raise UsageError("swapped is of pairs", where=row.where, hint="both orders say A (the answer), B or tie")
    other, _ = label_files.grade(row.swapped)
    return Opinion(
        row.case, sha256, scorer, label_files.of_both(value, other), kind, judge=judge, orders=(value, other)
    )


def _put(kept: dict[tuple[str, str, str, str, str], Opinion], new: Opinion, where: str, *, replace: bool) -> str:
    """Keep an opinion; return what became of it, "" where it is new."""
    old = kept.get(new.key)
    if old is not None and (old.value, old.kind, old.orders) == (new.value, new.kind, new.orders):
        return "same"
    if old is not None and not replace:
        message = f"{new.by or new.judge} labelled this answer to case {new.case} otherwise before ({old.source})"
        raise UsageError(message, where=where, hint="--replace takes the new label")
    kept[new.key] = new
    return "" if old is None else "replaced"


def _same(row: LabelRow, opinion: Opinion, kept: Opinion, first: str) -> None:
    """Raise where a second row labels an answer; not where it gives the same answer, and says the same of it."""
    if (row.answer is not None or row.sha256) and (kept.value, kept.orders) == (opinion.value, opinion.orders):
        return
    message = f"a second label by {opinion.by or opinion.judge} of case {row.case}; first {first}"
    raise UsageError(message, where=row.where, hint="--map by=COLUMN, or --map answer=COLUMN, tells them apart")


def _one_kind(opinions: Iterable[Opinion]) -> None:
    kinds: dict[str, set[bool]] = {}
    for each in opinions:
        kinds.setdefault(each.scorer, set()).add(each.kind == "pairwise")
    mixed = [scorer for scorer, found in sorted(kinds.items()) if len(found) > 1]
    if mixed:
        hint = "A, B and tie are of pairs; true, false and 0..1 of one answer"
        raise UsageError(f"labels of pairs and of single answers for scorer {mixed[0]}", hint=hint)


class _Answers:
    """Which answer a row labels: the one it gives, else that of a run."""

    def __init__(self, project: Project, evalset: str, run: str) -> None:
        self._project, self._evalset, self._name = project, evalset, run
        self._redact = redactor_of(project)
        self._run: Mapping[tuple[str, int], str] | None = None

    def sha256(self, row: LabelRow) -> str:
        """Return the answer's sha256. Raises `UsageError` where nothing names the answer."""
        if row.sha256:
            if not label_files.SHA256.fullmatch(row.sha256):
                raise UsageError(f"answer_sha256 {row.sha256[:80]!r} is not 64 hex digits", where=row.where)
            return row.sha256
        if row.answer is not None:
            return Completion(self._redact(row.answer)).sha256
        if self._run is None:
            run = newest_run(self._project, self._evalset, name=self._name)
            if run is None:
                hint = "--map answer=COLUMN, or `llmops eval run` first: labels are of answers, not of cases"
                raise UsageError(f"no run of {self._evalset} has the labelled answers", where=row.where, hint=hint)
            self._run = _by_place(run)
        found = self._run.get((row.case, row.repeat))
        if found is None:
            message = f"the run has no answer to case {row.case}, repeat {row.repeat}"
            raise UsageError(message, where=row.where, hint="--run names another one, --map answer=COLUMN none")
        return found


def _by_place(run: Run) -> dict[tuple[str, int], str]:
    answers = ((row.case, row.repeat, row.answer) for row in run.results)
    return {(case, repeat): answer.sha256 for case, repeat, answer in answers if isinstance(answer, Completion)}
