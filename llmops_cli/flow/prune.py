"""The stored baselines that nobody needs any more, and their removal. Where history is missing, nothing is known."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llmops_cli.errors import GitError, UnknownNameError
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry, read
from llmops_cli.flow.released import labels, shelf
from llmops_cli.load import releases as release_files
from llmops_cli.load.baselines import stored, verify
from llmops_cli.load.document import listing
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.settings import Settings
from llmops_cli.store.baselines import SHORT, remove

Needs = dict[str, str]
"""The first 12 digits of a digest → who needs it, in words."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One baseline file: whether it stays, and why, or why not."""

    path: str
    prompt: str
    evalset: str
    digest: str
    kept: bool
    reason: str


def plan(project: Project) -> tuple[Kept, ...]:
    """Return what would become of every stored baseline. Nothing is touched.

    Raises `GitError` for a shallow clone, and where no default branch is known; `InvalidFilesError` where a prompt of
    one of the trees cannot be read, for nobody knows then which baseline is its; `UnknownNameError` without any file.
    """
    folder = project.settings.baselines
    files = stored(project.tree, folder)
    if not files:
        raise UnknownNameError(f"no baselines below {folder}/", hint="there is nothing to prune")
    default, merged = _history(project)
    needs = _needs(project, default)
    broken = {problem.source.path for problem in verify(project.tree, folder)}
    old = listing(project.at(merged), folder) if merged else {}
    found = []
    for prompt, evalset, digest, path in files:
        reason = needs.get(digest, "")
        if not reason and path in broken:
            reason = "it does not verify: llmops baseline verify"
        if not reason and path not in old:
            reason = "not merged into the default branch yet"
        why = reason or "no label, last release or current version is of its digest"
        found.append(Kept(path, prompt, evalset, digest, kept=bool(reason), reason=why))
    return tuple(found)


def prune(project: Project, gone: Iterable[Kept]) -> None:
    """Remove baseline files from the working tree."""
    for one in gone:
        remove(project.root, project.settings.baselines, one.path)


def _history(project: Project) -> tuple[str, str]:
    """Return the default branch's commit, and where HEAD left it. Raises `GitError` where this clone does not know."""
    repository = project.git()
    if repository.is_shallow():
        hint = "git fetch --unshallow, then prune again"
        raise GitError("this clone is shallow: what other versions need cannot be known", hint=hint)
    head, name = repository.head(), repository.default_branch()
    if not head:
        raise GitError("there is no commit yet: every baseline is new", hint="git add -A && git commit")
    if name is None:
        hint = "git fetch origin main, or git remote set-head origin --auto"
        raise GitError("no default branch is known here: what it needs cannot be known", hint=hint)
    default = repository.resolve(name)
    merged = repository.merge_base(default, head)
    if merged is None:
        raise GitError(f"HEAD and {name} have no commit in common in this clone", hint="git fetch --all")
    return default, merged


def _needs(project: Project, default: str) -> Needs:
    head = project.git().head()
    trees = [("the working tree", project.tree, project.settings)]
    for name, commit in (("HEAD", head), ("the default branch", default)):
        tree = project.at(commit)
        trees.append((name, tree, read_settings(tree)))
    needs: Needs = {}
    for name, tree, settings in trees:
        registry = _registry(tree, settings)
        for digest, words in (*_current(registry, name), *_served(registry), *_last(tree, settings)):
            needs.setdefault(digest[:SHORT], words)
    return needs


def _registry(tree: Tree, settings: Settings) -> Registry:
    registry = read(tree, settings, sets=False)
    errors = [problem for problem in registry.problems if problem.severity == "error"]
    if errors:
        raise InvalidFilesError(errors)
    return registry


def _current(registry: Registry, name: str) -> Iterator[tuple[str, str]]:
    yield from ((entry.prompt.digest, f"the version of {name}") for entry in registry.entries)


def _served(registry: Registry) -> Iterator[tuple[str, str]]:
    tree, settings = registry.tree, registry.settings
    ids = [(entry.prompt.id, *entry.prompt.aliases) for entry in registry.entries]
    for label in labels(tree, settings):
        for name, serves in label.serves.items():
            others = (one for names in ids if name in names for one in names)  # it may have been renamed since
            for version in (serves,) if isinstance(serves, str) else serves:
                release = shelf(tree, settings, (name, *others)).release(version)
                yield release.digest, f"label {label.name} serves {name}@{version}"


def _last(tree: Tree, settings: Settings) -> Iterator[tuple[str, str]]:
    for name in release_files.stored(tree, settings.prompts)[0]:
        found = shelf(tree, settings, (name,))
        if found.newest:
            yield found.release(found.newest).digest, f"{name}@{found.newest} is the last release"
