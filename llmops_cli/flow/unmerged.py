"""Baselines that a merge left undecided: git keeps one side's file, whole and without marks, and nothing shows it."""

import posixpath

from llmops_cli.flow.project import Project
from llmops_cli.load.baselines import UNMERGED
from llmops_cli.load.codes import found
from llmops_cli.load.document import listing
from llmops_cli.load.ids import top
from llmops_cli.load.unmerged import unmerged as unmerged_of
from llmops_cli.model.problem import InvalidFilesError, Problem


def unmerged(project: Project, folder: str) -> list[Problem]:
    """Return a problem for each baseline of the working tree that git's index has unmerged."""
    if project.repository is None or not listing(project.tree, folder):
        return []
    below = f"{project.prefix}/" if project.prefix else ""
    paths = unmerged_of(project.repository.top, posixpath.join(project.prefix, folder))
    message = "a merge is not finished: git keeps one side's file here until somebody decides"
    named = [path.removeprefix(below) for path in paths if path.endswith(".jsonl")]
    return [found("LB009", top(path), message, hint=f"{UNMERGED.format(path=path)}; then git add") for path in named]


def require_merged(project: Project, folder: str) -> None:
    """Raise `InvalidFilesError` where there is one."""
    if problems := unmerged(project, folder):
        raise InvalidFilesError(problems)
