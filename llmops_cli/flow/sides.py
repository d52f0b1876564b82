"""Which base stands against which head (CLI.md, "Which base, which head"). Never a silent fallback."""

from dataclasses import dataclass, replace

from llmops_cli.errors import GitError
from llmops_cli.flow.named_refs import COMMIT, ORIGIN, branch_tip, chosen, target
from llmops_cli.flow.project import Project
from llmops_cli.load.ci import Event, event
from llmops_cli.load.document import listing
from llmops_cli.load.history import Repository
from llmops_cli.load.plumbing import fetch_of
from llmops_cli.model.ports import Tree


@dataclass(frozen=True, slots=True)
class Sides:
    """Two commits (full hex): base "" is before the first commit, head "" the working tree. `why` explains the base.

    `tip` is the newest known commit of the branch that a CI job would merge into ("" = the base). `doubt` says that
    this clone has none newer than the base.
    """

    base: str
    head: str
    why: str
    fork: bool = False
    tip: str = ""
    doubt: str = ""

    @property
    def policy(self) -> str:
        """The commit whose llmops.yaml judges: a branch made from an old commit must not choose the old one."""
        return self.tip or self.base


def sides(project: Project, *, base: str = "auto", head: str = "") -> Sides:
    """Return what to compare. Raises `GitError` with the command that fetches what is missing."""
    repository = project.git()
    job = event(project.environment)
    top = repository.resolve(head) if head else repository.head() if job.kind != "none" else ""
    if not head:
        _require_change(repository, job, top)
    if base not in ("", "auto"):
        named = chosen(repository, base)
        start = top or repository.head()
        common = repository.merge_base(named, start) if start else None
        found = Sides(common or named, top, f"--base {base}", job.fork)
        return found if job.kind == "none" else _with_tip(repository, job, found, named)
    if job.kind in ("pull-request", "merge-group"):
        named, common = _of_event(repository, job, top)
        found = Sides(common, top, f"{job.system} {job.kind}", job.fork)
        return _with_tip(repository, job, found, named)
    return _local(project, repository, top, job)


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


def _of_event(repository: Repository, job: Event, head: str) -> tuple[str, str]:
    """Return the commit of the target branch that the event names, and the base: where the head left that branch."""
    if job.kind == "merge-group" and job.base:
        return (_present(repository, job.base),) * 2
    if first := _merged_into(repository, job, head):
        return (_present(repository, first),) * 2
    if not job.base:
        raise GitError("the CI job does not name the base of this pull request", hint="llmops gate --base REF")
    named = target(repository, job.base)
    return named, repository.merge_base(named, head) or named


def _merged_into(repository: Repository, job: Event, head: str) -> str:
    """Return the first parent of CI's merge commit: base first, head second; "" where the head is no such commit.

    A merge commit may be the author's own: only where the job names the head is it known to be CI's.
    """
    parents = repository.parents(head)
    return parents[0] if len(parents) == 2 and job.head == parents[1] else ""  # noqa: PLR2004 - a merge of two


def _require_change(repository: Repository, job: Event, top: str) -> None:
    """Raise `GitError` where the checkout does not hold the change that the job is about: it would judge nothing.

    CI's merge commit is, and whatever builds on the change's head.
    """
    if not COMMIT.fullmatch(job.head) or job.head == top or job.head in repository.parents(top):
        return
    if repository.has(job.head) and repository.merge_base(job.head, top) == job.head:
        return
    message = f"the commit {top[:7]} that is checked out does not hold the change {job.head[:7]} that the job is about"
    raise GitError(message, hint="check out the pull request: actions/checkout with ref: its head or merge commit")


def _with_tip(repository: Repository, job: Event, found: Sides, named: str) -> Sides:
    """Return the sides with the tip of the target branch: the newest commit of it that this clone has."""
    branch = job.target.removeprefix("refs/heads/")
    if job.kind != "pull-request" or not branch:
        return replace(found, tip=named)
    if first := _merged_into(repository, job, found.head):
        return replace(found, tip=_present(repository, first))
    known = repository.resolve(branch) if COMMIT.fullmatch(branch) and repository.has(branch) else ""
    if known := known or repository.ref(f"{ORIGIN}{branch}"):
        return replace(found, tip=named if repository.merge_base(named, known) == known else known)
    if named != found.base:
        return replace(found, tip=named)
    fetch = fetch_of(branch, how="--depth=50" if repository.is_shallow() else "")
    doubt = f"the tip of {branch} is not in this clone, so the policy is that of the merge base, however old: {fetch}"
    return replace(found, doubt=doubt)


def _present(repository: Repository, commit: str) -> str:
    if repository.has(commit):
        return commit
    hint = f"git fetch --depth=1 origin {commit}   (or check out with fetch-depth: 2)"
    raise GitError(f"the base commit {commit[:7]} is not in this checkout", hint=hint)


def _default(repository: Repository, job: Event) -> str | None:
    """Return the default branch, as the job says it or the clone does; None where the job's branch is it, by no name.

    Raises `GitError` where it is not known or not there: HEAD^1 would hide all commits of a branch but the last.
    """
    if not job.branch or not job.target:
        return repository.default_branch() or _unknown(repository)
    if repository.ref(f"{ORIGIN}{job.target}"):
        return f"origin/{job.target}"
    if repository.ref(f"refs/heads/{job.target}"):
        return job.target
    if job.branch != job.target:
        message = f"{job.branch} is judged against {job.target}, which is not in this clone"
        raise GitError(message, hint=fetch_of(job.target, how="--depth=50" if repository.is_shallow() else ""))
    return None


def _unknown(repository: Repository) -> str:
    message = "which branch this one goes into is not known: neither origin's HEAD nor main or master is in this clone"
    known = [name.removeprefix("refs/heads/") for name in repository.branches() if name.startswith("refs/heads/")]
    others = [name for name in known if name != repository.branch()]
    if others:
        raise GitError(message, hint=f"name it: --base REF (there is {', '.join(others[:3])}), or set LLMOPS_GATE_BASE")
    fetch = fetch_of("main", how="--depth=50" if repository.is_shallow() else "")
    raise GitError(message, hint=f"fetch it, e.g. {fetch}; or name it: --base REF")


def _common(repository: Repository, default: str, top: str) -> str:
    """Return where a commit left the default branch. Raises `GitError` where this clone has no such commit."""
    tip = branch_tip(repository, default) or repository.resolve(default)
    if found := repository.merge_base(tip, top):
        return found
    message = f"where {top[:7]} left {default} is not known: they have no commit in common in this clone"
    deeper = "it is shallow: git fetch --deepen=50, or git fetch --unshallow"
    raise GitError(message, hint=deeper if repository.is_shallow() else "name the base: --base REF")


def _unseen(repository: Repository, top: str, job: Event) -> str:
    """Return a word on the commits of a branch that a base of HEAD leaves out; "" where there are none."""
    try:
        default = _default(repository, job)
        is_beyond = default is not None and _common(repository, default, top) != top
    except GitError:
        return ""
    return f"; what this branch committed since {default} is not looked at: --base {default}" if is_beyond else ""


def _local(project: Project, repository: Repository, head: str, job: Event) -> Sides:
    """Dirty tree → HEAD; clean branch → merge base with the default branch; clean default branch → HEAD^1."""
    top = head or repository.head()
    if not top:
        return Sides("", "", "no commit yet")
    if not head and _edited(project, top):
        why = "HEAD, for prompts or eval sets are edited and not committed"
        return Sides(top, "", why + _unseen(repository, top, job))
    default = _default(repository, job)
    if default is not None and (common := _common(repository, default, top)) != top:
        return Sides(common, head, f"merge base with {default}")
    if not head and repository.is_dirty(project.prefix):
        return Sides(top, "", "HEAD, for the working tree is not clean")
    parents = repository.parents(top)
    if not parents:
        return Sides("", head, "the first commit")
    why = "HEAD^1, the last commit"
    if default is not None:
        why += f": nothing here is beyond {default} yet, so what its last commit did is looked at"
    return Sides(_present(repository, parents[0]), head, why)
