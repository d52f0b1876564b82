"""Answers and cases that exist already → eval sets, runs and recordings, without a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from llmops_cli.errors import LlmopsError, UsageError
from llmops_cli.flow.address import find
from llmops_cli.flow.cases import cases_digest, read_cases
from llmops_cli.flow.collect import tasks
from llmops_cli.flow.cost import price_of
from llmops_cli.flow.desk import keep_recordings, redactor_of
from llmops_cli.flow.prepare import Job, render_all, require_scorers
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.routes import route
from llmops_cli.flow.run import open_store, summary_of
from llmops_cli.flow.scoring import bench
from llmops_cli.flow.setup import slug
from llmops_cli.ingest.cases import build as case_importer
from llmops_cli.ingest.cases import lines
from llmops_cli.ingest.rows import keep, mapping, pick, rows
from llmops_cli.load.yaml_ import parse
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.prompt import digest
from llmops_cli.model.run import Result, RunPlan, RunSummary
from llmops_cli.plugins import find as plugin
from llmops_cli.store.atomic import write_text

CASE_COLUMNS = ("case", "id", "case_id")
ANSWER_COLUMNS = ("answer", "text", "output", "completion", "response")


@dataclass(frozen=True, slots=True)
class NewSet:
    """What an import of cases wrote."""

    path: str
    data: str
    cases: int


def import_cases(  # noqa: PLR0913 - the flags of `evalset import`
    project: Project,
    file: Path,
    name: str,
    *,
    pairs: Sequence[str] = (),
    where: Sequence[str] = (),
    source: str = "cases",
    prompts: Sequence[str] = (),
    scorers: Sequence[str] = (),
    force: bool = False,
    dry_run: bool = False,
) -> NewSet:
    """Write an eval set from another tool's file; with `dry_run` only say what would be written.

    Raises `UsageError` for rows that do not fit.
    """
    slug(name)
    for scorer in scorers:
        plugin("score", scorer)
    text = read_text(file)
    if source == "promptfoo":
        document, problems = parse(text.encode(), str(file))
        if document is None:
            raise InvalidFilesError(problems)
        found = plugin("ingest", "promptfoo")()(document.value, str(file))
    else:
        found = case_importer(pairs=pairs, where=where)(text, str(file))
    _unique(found, str(file))
    folder = project.root / project.settings.evalsets
    yaml, data = folder / f"{name}.yaml", folder / f"{name}.jsonl"
    if not force and (yaml.exists() or data.exists()):
        raise UsageError(f"eval set {name} exists already", where=str(yaml), hint="--force writes over it")
    if not dry_run:
        write_text(data, lines(found))
        write_text(yaml, set_yaml(name, data.name, prompts, scorers or _guess(found)))
    return NewSet(project.relative(yaml), project.relative(data), len(found))


def set_yaml(name: str, data: str, prompts: Sequence[str], scorers: Sequence[str]) -> str:
    """Return the text of a new eval set's YAML file."""
    listed = "".join(
        f"  - {{type: {scorer}{', primary: true' if not place else ''}}}\n" for place, scorer in enumerate(scorers)
    )
    named = f"prompts: [{', '.join(prompts)}]\n" if prompts else ""
    return f"schema: llmops/evalset@1\nid: {name}\ndata: {Path(data).name}\n{named}" + (
        f"scorers:\n{listed}" if listed else "scorers: []   # name at least one, e.g. - {type: exact}\n"
    )


def _guess(cases: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the scorer that fits what is expected; none where nothing is, for then the cases' checks judge."""
    expected = [case["expected"] for case in cases if case.get("expected") is not None]
    if not expected:
        return []
    return ["json_fields"] if all(isinstance(value, dict) for value in expected) else ["exact"]


def _unique(cases: Sequence[Mapping[str, Any]], where: str) -> None:
    seen: dict[str, int] = {}
    for place, case in enumerate(cases, start=1):
        name = str(case.get("id") or digest(case["inputs"])[:12])
        if name in seen:
            message = f"rows {seen[name]} and {place} are one case: {name}"
            raise UsageError(message, where=where, hint="map a column with unique values: --map id=COLUMN")
        seen[name] = place


def read_text(file: Path) -> str:
    """Return a text file that a person named. Raises `UsageError` where it cannot be read or is not UTF-8."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(error.strerror or str(error), where=str(file)) from error
    except UnicodeDecodeError as error:
        raise UsageError("not UTF-8", where=str(file)) from error


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
    answers = _answers(read_text(file), str(file), cases, mapping(pairs), mapping(where))
    repeats = max(repeat for _, repeat in answers) + 1
    target = route(prompt.model, project.settings, project.environment, project.tree)
    job = Job(prompt, evalset, render_all(prompt, target, cases.values()), target, repeats)
    require_scorers(job)
    redact = redactor_of(project)
    free = price_of(prompt.resolved_model)
    scorers = bench(evalset, prompt.output, own_checks=job.own_checks(project.tree), judge=_no_judge)
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
        keep_recordings(project, prompt, evalset.id, kept)
    return summary_of(project, store.read(plan.run))


def _no_judge(name: str) -> NoReturn:
    raise UsageError(f"the eval set asks judge {name}, and an import makes no call",
                     hint="import with --record, then `llmops eval run`: the recordings answer")  # fmt: skip


def _answers(
    text: str,
    name: str,
    cases: Mapping[str, Case],
    pairs: tuple[tuple[str, str], ...],
    where: tuple[tuple[str, str], ...],
) -> dict[tuple[str, int], str]:
    """Return answer texts by (case, repeat). A row names its case by id, or by the inputs that `inputs.…=` map."""
    wanted = dict(pairs)
    by_inputs = {digest(case.inputs): case.id for case in cases.values()}
    found: dict[tuple[str, int], str] = {}
    for line, row in rows(text, name):
        if not keep(row, where):
            continue
        place = f"{name}:{line}"
        case = _case_of(row, wanted, by_inputs, place)
        if case not in cases:
            raise UsageError(f"no case {case!r} in the eval set", where=place, hint="--map case=COLUMN names the id")
        key = (case, _repeat_of(row, wanted, found, case))
        if key in found:
            raise UsageError(f"a second answer to case {case}, repeat {key[1]}", where=place,
                             hint="--map repeat=COLUMN counts repeats from 0")  # fmt: skip
        found[key] = _answer_of(row, wanted, place)
    if not found:
        raise UsageError("no answer to import", where=name, hint="is the file empty, or does --where match nothing?")
    return found


def _case_of(row: Mapping[str, Any], wanted: Mapping[str, str], by_inputs: Mapping[str, str], place: str) -> str:
    mapped = {key.partition(".")[2]: pick(row, column) for key, column in wanted.items() if key.startswith("inputs.")}
    if mapped:
        return by_inputs.get(digest(mapped), f"with inputs {', '.join(mapped)}")
    value = _first(row, (wanted["case"],) if "case" in wanted else CASE_COLUMNS)
    if value is None:
        raise UsageError("the row names no case", where=place, hint=f"--map case=COLUMN; it has {', '.join(row)}")
    return value if isinstance(value, str) else str(value)


def _repeat_of(
    row: Mapping[str, Any], wanted: Mapping[str, str], found: Mapping[tuple[str, int], str], case: str
) -> int:
    if "repeat" not in wanted:
        return 0
    del found, case
    value = pick(row, wanted["repeat"])
    if isinstance(value, bool) or not str(value).isdigit():
        raise LlmopsError(f"repeat {value!r} is not a count from 0", hint="--map repeat=COLUMN")
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
