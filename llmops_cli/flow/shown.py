"""A stored run with the cases that it answered, as far as they are still what they were."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.cases import read_cases
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.run import open_store
from llmops_cli.model.evalset import Case
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.run import Run


def shown(project: Project, name: str, case: str = "") -> tuple[Run, Mapping[str, Case]]:
    """Return a run ("" = the newest), all of it or its rows of one case, and the cases whose content is unchanged."""
    store = open_store(project)
    run = store.read(store.find(name) if name else store.newest())
    if case:
        known = case in run.plan.cases
        near = get_close_matches(case, run.plan.cases, n=3)
        if not known:
            hint = f"did you mean {', '.join(near)}?" if near else f"llmops eval show {run.plan.run[:8]}"
            raise UnknownNameError(f"run {run.plan.run[:8]} has no case {case!r}", hint=hint)
        run = replace(run, results=tuple(row for row in run.results if row.case == case))
    return run, _cases(project, run)


def _cases(project: Project, run: Run) -> Mapping[str, Case]:
    digests = {row.case: row.case_digest for row in run.results}
    try:
        evalset = read(project.tree, project.settings, paths=()).evalset(run.plan.evalset)
        found = read_cases(project.tree, evalset)
    except (UnknownNameError, InvalidFilesError):
        return {}
    return {case.id: case for case in found if digests.get(case.id) == case.digest}
