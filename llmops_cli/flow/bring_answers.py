"""Answers that exist already → a run and recordings, without a call."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from llmops_cli.errors import LlmopsError, UsageError
from llmops_cli.flow.address import entry, find
from llmops_cli.flow.bring_in import read_text
from llmops_cli.flow.cases import cases_digest, read_cases
from llmops_cli.flow.collect import tasks
from llmops_cli.flow.cost import price_of
from llmops_cli.flow.desk import keep_recordings, redactor_of
from llmops_cli.flow.prepare import Job, render_all, require_scorers
from llmops_cli.flow.project import Project
from llmops_cli.flow.recorded import Recorded
from llmops_cli.flow.registry import read
from llmops_cli.flow.routes import route
from llmops_cli.flow.run import open_store, summary_of
from llmops_cli.flow.scoring import Judge, bench
from llmops_cli.ingest.rows import keep, mapping, pick, rows
from llmops_cli.model.completion import Completion, Failure, Request
from llmops_cli.model.evalset import Case
from llmops_cli.model.prompt import digest
from llmops_cli.model.run import Result, RunPlan, RunSummary
from llmops_cli.report.figures import count

CASE_COLUMNS = ("case", "id", "case_id")
ANSWER_COLUMNS = ("answer", "text", "output", "completion", "response")
SHOWN = 3
Answers = dict[tuple[str, int], str]


def import_answers(  # noqa: PLR0913 - the flags of `eval import`
    project: Project,
    address: str,
    set_name: str,
    file: Path,
    *,
    pairs: Sequence[str] = (),
    where: Sequence[str] = (),
    record: bool = False,
) -> RunSummary:
    """Make a run of answers that exist; `record` also keeps them as recordings of this prompt version.

    Raises `UsageError` for an answer to a case that is not in the eval set, or given twice.
    """
    prompt = find(project, address).prompt
    evalset = read(project.tree, project.settings, paths=()).evalset(set_name)
    cases = {case.id: case for case in read_cases(project.tree, evalset)}
    given = _answers(read_text(file), str(file), cases, mapping(pairs), mapping(where, "--where"))
    answers = _from_zero(project, given)
    repeats = max(repeat for _, repeat in answers) + 1
    target = route(prompt.model, project.settings, project.environment, project.tree)
    job = Job(prompt, evalset, render_all(prompt, target, cases.values()), target, repeats)
    require_scorers(job)
    redact = redactor_of(project)
    free = price_of(prompt.resolved_model)
    unasked = _unasked(project, prompt.id, evalset.id)
    scorers = bench(evalset, prompt.output, own_checks=job.own_checks(project.tree), judge=unasked)
    store = open_store(project)
    repository = project.repository
    plan = RunPlan(
        run=store.new_id(), prompt=prompt.id, digest=prompt.digest, version=prompt.version, evalset=evalset.id,
        evalset_digest=cases_digest(cases.values()), scorers=scorers.digests, model=prompt.model, repeats=repeats,
        cases=tuple(cases), commit=repository.head() if repository else "",
        dirty=repository.is_dirty(project.prefix) if repository else True, mode="import",
    )  # fmt: skip
    kept = []
    with store.create(plan) as writer:
        for task in tasks(job.cases, repeats):
            text = answers.get((task.case.id, task.request.repeat))
            if text is None:
                continue
            cost = 0.0 if free is not None and free.input_usd == 0 else None
            answer = Completion(redact(text), model=prompt.resolved_model, layer="recorded", cost_usd=cost)
            scores = scorers.score(task.case, answer)
            writer.append(
                Result(task.case.id, task.case_digest, task.request.repeat, answer, scores, task.request.fingerprint)
            )
            kept.append((task.request, answer))
    if record:
        _tell_lost(project, Recorded((project.tree,), project.settings.recordings, prompt.id, evalset.id), kept)
        keep_recordings(project, prompt, evalset.id, kept)
    return summary_of(project, store.read(plan.run))


def _unasked(project: Project, prompt: str, evalset: str) -> Callable[[str], Judge]:
    """Return what makes judges that are not asked: an import makes no call, and what they would say stays unscored."""
    message = (
        f"an import asks nobody; with --record, `llmops eval run {prompt} --evalset {evalset}` asks the judge alone"
    )

    def judge(name: str) -> Judge:
        rubric = entry(project.tree, project.settings, name).prompt
        return Judge(lambda _inputs, _case: Failure("case", "not-asked", message), rubric.digest)

    return judge


def _tell_lost(project: Project, recorded: Recorded, kept: Sequence[tuple[Request, Completion]]) -> None:
    """Warn of answers that no replay will give: their request has another answer, recorded or of a case before."""
    first: dict[str, str] = {}
    lost = []
    for request, answer in kept:
        known = recorded.get(request.fingerprint, use=False)
        if first.setdefault(request.fingerprint, known.sha256 if known else answer.sha256) != answer.sha256:
            lost.append(request.case)
    if lost:
        names = ", ".join([*dict.fromkeys(lost)][:SHOWN]) + (" …" if len({*lost}) > SHOWN else "")
        project.warn(
            f"not kept as recordings: {count(len(lost))} of {count(len(kept), 'answer')} ({names}), for another answer "
            "to the same request is recorded, or a case before has the same inputs; a replay gives that one"
        )


def _answers(
    text: str,
    name: str,
    cases: Mapping[str, Case],
    pairs: tuple[tuple[str, str], ...],
    where: tuple[tuple[str, str], ...],
) -> Answers:
    """Return answer texts by (case, repeat). A row names its case by id, or by the inputs that `inputs.…=` map."""
    wanted = dict(pairs)
    by_inputs = {digest(case.inputs): case.id for case in cases.values()}
    found: Answers = {}
    for line, row in rows(text, name):
        if not keep(row, where):
            continue
        place = f"{name}:{line}"
        case = _case_of(row, wanted, by_inputs, place)
        if case not in cases:
            raise UsageError(f"no case {case!r} in the eval set", where=place, hint="--map case=COLUMN names the id")
        key = (case, _repeat_of(row, wanted, place))
        if key in found:
            raise UsageError(f"a second answer to case {case}, repeat {key[1]}", where=place,
                             hint="--map repeat=COLUMN counts repeats from 0")  # fmt: skip
        found[key] = _answer_of(row, wanted, place)
    if not found:
        raise UsageError("no answer to import", where=name, hint="is the file empty, or does --where match nothing?")
    return found


def _from_zero(project: Project, answers: Answers) -> Answers:
    """Return the answers with their repeats counted from 0 without a gap; a warning says where that changes them."""
    numbers = sorted({repeat for _, repeat in answers})
    places = {number: place for place, number in enumerate(numbers)}
    if any(number != place for number, place in places.items()):
        said = ", ".join(str(number) for number in numbers[:SHOWN]) + (" …" if len(numbers) > SHOWN else "")
        project.warn(f"repeats count from 0: the file's {said} are taken as the first {len(numbers)}")
    return {(case, places[repeat]): text for (case, repeat), text in answers.items()}


def _case_of(row: Mapping[str, Any], wanted: Mapping[str, str], by_inputs: Mapping[str, str], place: str) -> str:
    mapped = {key.partition(".")[2]: pick(row, column) for key, column in wanted.items() if key.startswith("inputs.")}
    if mapped:
        return by_inputs.get(digest(mapped), f"with inputs {', '.join(mapped)}")
    value = _first(row, (wanted["case"],) if "case" in wanted else CASE_COLUMNS)
    if value is None:
        raise UsageError("the row names no case", where=place, hint=f"--map case=COLUMN; it has {', '.join(row)}")
    return value if isinstance(value, str) else str(value)


def _repeat_of(row: Mapping[str, Any], wanted: Mapping[str, str], place: str) -> int:
    if "repeat" not in wanted:
        return 0
    value = pick(row, wanted["repeat"])
    if isinstance(value, bool) or not str(value).isdigit():
        raise LlmopsError(f"repeat {value!r} is not a count from 0", where=place, hint="--map repeat=COLUMN")
    return int(str(value))


def _answer_of(row: Mapping[str, Any], wanted: Mapping[str, str], place: str) -> str:
    value = _first(row, (wanted["answer"],) if "answer" in wanted else ANSWER_COLUMNS)
    if value is None:
        raise UsageError("the row has no answer", where=place, hint=f"--map answer=COLUMN; it has {', '.join(row)}")
    return value if isinstance(value, str) else digest_free_json(value)


def digest_free_json(value: Any) -> str:
    """Return a JSON answer as text."""
    import json

    return json.dumps(value, ensure_ascii=False)


def _first(row: Mapping[str, Any], columns: Sequence[str]) -> Any:
    return next((value for column in columns if (value := pick(row, column)) is not None), None)
