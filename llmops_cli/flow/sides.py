"""Which base stands against which head (CLI.md, "Which base, which head"). Never a silent fallback."""

from dataclasses import dataclass

from llmops_cli.errors import GitError
from llmops_cli.flow.project import Project
from llmops_cli.load.ci import Event, event
from llmops_cli.load.document import listing
from llmops_cli.load.history import Repository
from llmops_cli.load.plumbing import fetch_of
from llmops_cli.model.ports import Tree


@dataclass(frozen=True, slots=True)
class Sides:
    """Two commits (full hex): base "" is before the first commit, head "" the working tree. `why` explains the base."""

    base: str
    head: str
    why: str
    fork: bool = False


def sides(project: Project, *, base: str = "auto", head: str = "") -> Sides:
    """Return what to compare. Raises `GitError` with the command that fetches what is missing."""
    repository = project.git()
    job = event(project.environment)
    top = repository.resolve(head) if head else repository.head() if job.kind != "none" else ""
    if base not in ("", "auto"):
        commit = repository.resolve(base)
        start = top or repository.head()
        common = repository.merge_base(commit, start) if start else None
        return Sides(common or commit, top, f"--base {base}", job.fork)
    if job.kind in ("pull-request", "merge-group"):
        return Sides(_of_event(repository, job, top or repository.head()), top, f"{job.system} {job.kind}", job.fork)
    return _local(project, repository, top)


def _edited(project: Project, top: str) -> bool:
    """Return whether what the gate judges is edited: prompts, cases, llmops.yaml.

    A stray file, a cache or a new recording must not move the base: the gate would compare a commit with itself.
    """
    settings, tree = project.settings, project.at(top)
    stored = (f"{settings.baselines}/", f"{settings.recordings}/")
    for folder in (settings.prompts, settings.evalsets):
        before, after = listing(tree, folder), listing(project.tree, folder)
        for path in {*before, *after}:
            if not path.startswith(stored) and _differs(project, tree, path, before.get(path), after.get(path)):
                return True
    return _read(tree, "llmops.yaml") != _read(project.tree, "llmops.yaml")


def _differs(project: Project, tree: Tree, path: str, before: str | None, after: str | None) -> bool:
    if before == after:
        return False
    return before is None or after is None or _read(tree, path) != _read(project.tree, path)


def _read(tree: Tree, path: str) -> bytes | None:
    """Return a file's bytes with the line ends of a commit: a checkout may have its own."""
    try:
        return tree.read(path).replace(b"\r\n", b"\n")
    except OSError:
        return None


def _of_event(repository: Repository, job: Event, head: str) -> str:
    if job.kind == "merge-group" and job.base:
        return _present(repository, job.base)
    parents = repository.parents(head)
    if len(parents) == 2 and job.head in ("", parents[1]):  # noqa: PLR2004 - CI's merge commit: base first, head second
        return _present(repository, parents[0])
    if not job.base:
        raise GitError("the CI job does not name the base of this pull request", hint="llmops gate --base REF")
    base = _named(repository, job.base)
    return repository.merge_base(base, head) or base


def _named(repository: Repository, name: str) -> str:
    branch = name.removeprefix("refs/heads/")
    for candidate in (name, f"origin/{branch}"):
        try:
            return repository.resolve(candidate)
        except GitError:
            continue
    hint = fetch_of(branch, how="--depth=50" if repository.is_shallow() else "")
    raise GitError(f"the base {name} is not in this checkout", hint=hint)


def _present(repository: Repository, commit: str) -> str:
    if repository.has(commit):
        return commit
    hint = f"git fetch --depth=1 origin {commit}   (or check out with fetch-depth: 2)"
    raise GitError(f"the base commit {commit[:7]} is not in this checkout", hint=hint)


def _local(project: Project, repository: Repository, head: str) -> Sides:
    """Dirty tree → HEAD; clean branch → merge base with the default branch; clean default branch → HEAD^1."""
    top = head or repository.head()
    if not top:
        return Sides("", "", "no commit yet")
    if not head and _edited(project, top):
        return Sides(top, "", "HEAD, for prompts or eval sets are edited and not committed")
    default = repository.default_branch()
    if default is not None:
        common = repository.merge_base(repository.resolve(default), top)
        if common and common != top:
            return Sides(common, head, f"merge base with {default}")
    if not head and repository.is_dirty(project.prefix):
        return Sides(top, "", "HEAD, for the working tree is not clean")
    parents = repository.parents(top)
    if not parents:
        return Sides("", head, "the first commit")
    return Sides(_present(repository, parents[0]), head, "HEAD^1")
