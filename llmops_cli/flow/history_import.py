"""Versions of foreign prompts → one commit each, oldest first, on the branch that is checked out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from llmops_cli.errors import GitError, UsageError
from llmops_cli.flow.arriving import Coming, Texts
from llmops_cli.flow.label_import import Labelled, labelled, with_releases
from llmops_cli.flow.project import Project
from llmops_cli.load import plumbing
from llmops_cli.load.history import Repository
from llmops_cli.model.exchange import Arrival, Arrivals, Version
from llmops_cli.store.commits import Commits, Git, New
from llmops_cli.store.together import Together

UNFINISHED = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD")


def commit_all(project: Project, tool: str, start: Arrivals, coming: Sequence[Coming], *, labels: bool) -> Arrivals:
    """Commit every version and return what landed where. The branch, the index and the files move together or not.

    Raises `GitError` on a detached HEAD, in a merge, without a committer; `UsageError` where the files to be written
    have changes that are not committed.
    """
    repository = project.git()
    git = speaker(repository)
    branch = _branch(repository, git)
    committer = repository.user()
    if not committer:
        raise GitError("git does not know who you are", hint="git config user.name NAME; git config user.email MAIL")
    paths = sorted({path for one in coming for texts in (*one.texts, one.evals) for path in texts})
    clean = _Clean(project, git, repository)
    clean.require(paths)
    landed: dict[tuple[str, int], str] = {}
    made = Labelled()
    folder = Path(git(("rev-parse", "--absolute-git-dir"), {}))
    with Commits(git, folder, committer=committer, branch=branch, tip=repository.head()) as commits:
        for one, place in _in_order(coming):
            landed[one.prompt.id, place] = commits.add(_new(project, tool, one, place))
        if labels:
            made = labelled(project, coming, landed)
            clean.require(list(made.files))
            if made.files:
                files = {_top(project, path): data for path, data in made.files.items()}
                commits.add(New(files, f"Release what the labels of {_title(tool)} point to"))
        files = {path: data for one in coming for path, data in one.whole.items()} | made.files
        together = Together(project.root, files)
        together.write()
        try:
            commits.land()
        except BaseException:
            together.undo()
            raise
    prompts = with_releases([_arrival(one, landed) for one in start.prompts], made)
    return replace(start, prompts=prompts, written=tuple(files), notes=(*start.notes, *made.notes))


def speaker(repository: Repository) -> Git:
    """Return the hardened git of a repository, as `store.commits` asks for it."""
    plain = _without_filters(repository, plumbing.environment())

    def git(arguments: Sequence[str], variables: Mapping[str, str]) -> str:
        done = plumbing.run(repository.top, *arguments, variables={**plain, **variables})
        if done.returncode:
            raise plumbing.failure(done, repository.top)
        return plumbing.text(done.stdout).removesuffix("\n")

    return git


def _without_filters(repository: Repository, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with every filter of the configuration switched off.

    To write an index, git looks again at files that are as young as the index, through their clean filters: programs.
    """
    asked = ("config", "--null", "--name-only", "--get-regexp", r"^filter\..*\.(clean|smudge|process|required)$")
    names = plumbing.text(plumbing.run(repository.top, *asked, variables=variables).stdout).split("\0")
    count = int(variables["GIT_CONFIG_COUNT"])
    off: dict[str, str] = {}
    for number, name in enumerate(filter(None, names), start=count):
        off[f"GIT_CONFIG_KEY_{number}"] = name
        off[f"GIT_CONFIG_VALUE_{number}"] = "false" if name.endswith(".required") else ""
        off["GIT_CONFIG_COUNT"] = str(number + 1)
    return {**variables, **off}


def _branch(repository: Repository, git: Git) -> str:
    """Return the full name of the branch that is checked out, also before its first commit."""
    try:
        branch = git(("symbolic-ref", "--quiet", "HEAD"), {})
    except GitError:
        hint = "git switch -c import-prompts  makes a branch here"
        raise GitError("HEAD is detached: there is no branch for the commits", hint=hint) from None
    for name in UNFINISHED:
        if Path(git(("rev-parse", "--absolute-git-dir"), {}), name).exists():
            kind = name.removesuffix("_HEAD").lower().replace("_", "-")
            raise GitError(f"a {kind} is not finished", hint=f"git {kind} --continue, or git {kind} --abort")
    del repository
    return branch


class _Clean:
    """Whether files have changes that a commit would sweep in or write over."""

    def __init__(self, project: Project, git: Git, repository: Repository) -> None:
        head = repository.head()
        self._project = project
        self._git = git
        self._committed = project.at(head).entries("") if head else {}

    def require(self, paths: Sequence[str]) -> None:
        """Raise `UsageError` that names the files which differ from HEAD."""
        dirty = [path for path in paths if not self._is_clean(path)]
        if dirty:
            hint = "commit or stash them first: git stash push --include-untracked -- " + " ".join(dirty[:5])
            raise UsageError(f"not committed: {', '.join(dirty[:5])}", hint=hint)

    def _is_clean(self, path: str) -> bool:
        staged = self._git(("ls-files", "--stage", "-z", "--", _top(self._project, path)), {})
        entry = staged.split("\0")[0].split(" ")[1] if staged else ""
        committed = self._committed.get(path, "")
        return entry == committed == _on_disk(self._project, path)


def _on_disk(project: Project, path: str) -> str:
    """Return the blob id of a file as it lies there; "" where there is none."""
    found = project.tree.entries(path.rpartition("/")[0])
    if path in found:
        return found[path]
    return "a link, a folder or something else" if (project.root / path).exists() else ""


def _top(project: Project, path: str) -> str:
    return f"{project.prefix}/{path}" if project.prefix else path


def _in_order(coming: Sequence[Coming]) -> Iterator[tuple[Coming, int]]:
    """Yield each version of each prompt: a prompt's in their own order, of several prompts the oldest first."""
    places = [0] * len(coming)
    while any(place < len(one.versions) for one, place in zip(coming, places, strict=True)):
        ready = [index for index, one in enumerate(coming) if places[index] < len(one.versions)]
        first = min(ready, key=lambda index: (_moment(coming[index].versions[places[index]]), index))
        yield coming[first], places[first]
        places[first] += 1


def _moment(version: Version) -> float:
    try:
        moment = datetime.fromisoformat(version.date)
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _new(project: Project, tool: str, coming: Coming, place: int) -> New:
    """Return the commit of one version: its files, those of the version before that it has no more, its people."""
    version = coming.versions[place]
    before: Texts = coming.texts[place - 1] if place else {}
    last = coming.evals if place == len(coming.versions) - 1 else {}
    files: dict[str, bytes | None] = {_top(project, path): None for path in before if path not in coming.texts[place]}
    files |= {_top(project, path): data for path, data in {**coming.texts[place], **last}.items()}
    called = _title(tool)
    named = f"version {version.name}" if version.name else "a version"
    message = version.message.strip() or f"Import {coming.prompt.id}, {named} of {called}"
    trailers = [(f"{called}-Prompt", coming.prompt.id)]
    trailers += [(f"{called}-Version", version.name)] if version.name else []
    return New(files, message, version.author, version.date, tuple(trailers))


def _title(tool: str) -> str:
    known = {"langfuse": "Langfuse", "langsmith": "LangSmith", "mlflow": "MLflow", "openai": "OpenAI"}
    return known.get(tool, "-".join(part.capitalize() for part in tool.replace("_", "-").split("-")))


def _arrival(arrival: Arrival, landed: Mapping[tuple[str, int], str]) -> Arrival:
    versions = tuple(
        replace(version, commit=landed.get((arrival.id, place), "")) for place, version in enumerate(arrival.versions)
    )
    return replace(arrival, versions=versions)
