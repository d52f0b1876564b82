"""Cases that exist already in another tool's file → an eval set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmops_cli.errors import UsageError
from llmops_cli.flow.project import Project
from llmops_cli.flow.scoring import check_spec
from llmops_cli.flow.setup import slug
from llmops_cli.ingest.cases import build as case_importer
from llmops_cli.ingest.cases import lines
from llmops_cli.load.yaml_ import parse
from llmops_cli.model.evalset import ScorerSpec
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.prompt import digest
from llmops_cli.plugins import find as plugin
from llmops_cli.store.atomic import write_text


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
        for problem in filter(None, (check_spec(ScorerSpec(scorer, scorer)) for scorer in scorers)):
            project.warn(f"{problem.message}: {problem.hint} in {project.relative(yaml)}")
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
