"""The problems that a branch would have once it is merged: what a merge queue tests, and no driver of ours sees."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from llmops_cli.compare.merge_reasons import gone
from llmops_cli.errors import GitError, LlmopsError
from llmops_cli.flow.project import Project, with_tree
from llmops_cli.flow.validate import Validation, validate
from llmops_cli.load.ci import event
from llmops_cli.load.document import read as read_document
from llmops_cli.load.history import Repository
from llmops_cli.load.merge_tree import merged
from llmops_cli.load.plumbing import fetch_of
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Problem
from llmops_cli.model.source import Source


@dataclass(frozen=True, slots=True)
class _Merge:
    """Which commits meet (full ids), what they are called, and whether HEAD is their merge already.

    Where this clone has not got them, they are "".
    """

    base: str
    ours: str
    theirs: str
    name: str
    done: bool = False


def merge_result(project: Project, base: str = "") -> Validation:
    """Return the problems of the tree that merging HEAD into `base` gives; in conflict, a finding names the file.

    `base` "" is the CI job's base, else the default branch. In a checkout of the merge itself (a merge queue, a pull
    request's merge commit) it is HEAD. Nothing is checked out or written, no merge driver runs: hosting services run
    none. Raises `GitError` with the command that fetches what is missing.
    """
    repository = project.git()
    merge = _merge(project, repository, base)
    if repository.is_dirty(project.prefix):
        project.warn("edits that are not committed are no part of the merge")
    with _files(project, repository, merge) as (tree, conflicts):
        there = with_tree(project, tree, read_settings(tree))
        found = validate(there)
        clean = [problem for problem in found.problems if problem.source.path not in conflicts]
        if any(problem.severity == "error" for problem in clean):
            clean = list(_explained(project, repository, merge, clean))
    problems = [*clean, *(_conflict(path, words, merge.name) for path, words in conflicts.items())]
    return Validation(tuple(sorted(problems, key=lambda problem: problem.order)), found.files)


@contextmanager
def _files(project: Project, repository: Repository, merge: _Merge) -> Iterator[tuple[Tree, Mapping[str, str]]]:
    if merge.done:
        with repository.tree(repository.head(), project.prefix) as tree:
            yield tree, {}
    else:
        with merged(repository, merge.ours, merge.theirs, project.prefix) as result:
            yield result.tree, result.conflicts


def _merge(project: Project, repository: Repository, base: str) -> _Merge:
    head = repository.head()
    if not head:
        raise GitError("there is no commit yet", hint="git commit, then merge")
    job = event(project.environment)
    if not base and job.kind in ("pull-request", "merge-group"):
        parents = repository.parents(head)
        merge_commit = len(parents) == 2 and job.head in ("", parents[1])  # noqa: PLR2004 - CI's: base, then head
        if merge_commit or job.kind == "merge-group":
            return _done(repository, head, "the base")
        base = job.base
    name = base or repository.default_branch() or ""
    if not name:
        hint = "llmops validate --merge-result --base main"
        raise GitError("nothing says which branch HEAD is merged into", hint=hint)
    ours = _resolved(repository, name)
    common = repository.merge_base(ours, head)
    if common is None:
        raise GitError(f"this clone has no commit that {name} and HEAD share", hint=_deeper(repository, name))
    if common == ours:
        return _done(repository, head, name)
    return _Merge(common, ours, head, name)


def _resolved(repository: Repository, name: str) -> str:
    """Return the commit of a branch, here or at origin: a CI checkout has no branches of its own."""
    if not repository.has(name) and repository.has(f"origin/{name}"):
        return repository.resolve(f"origin/{name}")
    try:
        return repository.resolve(name)
    except GitError as error:
        hint = _deeper(repository, name) if repository.is_shallow() else fetch_of(name, how="")
        raise GitError(f"{name} is not in this clone", hint=hint) from error


def _deeper(repository: Repository, name: str) -> str:
    if repository.is_shallow():
        return f"this clone is shallow: {fetch_of(name, how='--unshallow')}"
    return "their histories are unrelated: name another branch with --base"


def _done(repository: Repository, head: str, name: str) -> _Merge:
    """Return HEAD as the merge that it is, with the commits that met, as far as this clone has them."""
    parents = repository.parents(head)
    if len(parents) == 2 and all(repository.has(parent) for parent in parents):  # noqa: PLR2004 - a merge of two
        common = repository.merge_base(*parents)
        return _Merge(common or "", *parents, name, done=True)
    return _Merge("", "", "", name, done=True)


def _conflict(path: str, words: str, name: str) -> Problem:
    hint = f"merge {name} into this branch; `llmops git install --merge-driver` merges edits of different keys"
    return Problem("LM001", "merge-conflict", "error", Source(path, 1, 1), f"does not merge with {name}: {words}", hint)


def _explained(project: Project, repository: Repository, merge: _Merge, problems: list[Problem]) -> Iterator[Problem]:
    """Yield the problems; to those that only the merge has, what each side did is added."""
    sides = (merge.ours, merge.theirs)
    if not all(sides):
        yield from problems
        return
    known = {what for commit in sides for what in _known(project, repository, commit)}
    for problem in problems:
        if problem.severity != "error" or (problem.code, problem.source.path, problem.message) in known:
            yield problem
            continue
        values = tuple(_value(project, repository, commit, problem.source.path) for commit in (merge.base, *sides))
        why = ""
        if problem.code == "LP012":
            name = problem.message.rpartition(" ")[2]
            why = gone(name, values[0], values[1], values[2], labels=(merge.name, "this branch"))
        alone = f"only the merge has this problem: neither {merge.name} nor this branch has it alone"
        yield replace(problem, message=f"{problem.message}: {why or alone}")


def _known(project: Project, repository: Repository, commit: str) -> set[tuple[str, str, str]]:
    with repository.tree(commit, project.prefix) as tree:
        try:
            found = validate(with_tree(project, tree, read_settings(tree)))
        except LlmopsError:  # a side without prompts, or with a broken llmops.yaml, has no problem of this kind
            return set()
    return {(problem.code, problem.source.path, problem.message) for problem in found.problems}


def _value(project: Project, repository: Repository, commit: str, path: str) -> Any:
    """Return what a file of a commit says; None where it is not there or no YAML."""
    if not commit:
        return None
    with repository.tree(commit, project.prefix) as tree:
        document, _ = read_document(tree, path)
    value = document.value if document else None
    inner = value.get("prompt") if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else value
