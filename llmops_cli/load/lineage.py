"""What a history did to some folders: every commit that changed them, and each file's content at each of them.

One `git log --raw` and one `cat-file --batch`, whatever the number of commits and versions.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from llmops_cli.errors import GitError
from llmops_cli.load.history import Repository
from llmops_cli.load.plumbing import environment, failure, run, text
from llmops_cli.load.revtree import FILES
from llmops_cli.load.snapshot import Blobs, Snapshot
from llmops_cli.model.commit import Commit

MARK = b"\x01"
FORMAT = "%x01%H%x00%P%x00%an%x00%ae%x00%aI%x00%s"
FLAGS = (
    "-z", "--raw", "--no-abbrev", "--diff-merges=first-parent", "--full-history", "--parents", "--topo-order",
    "--no-follow", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "--no-notes", "--encoding=UTF-8",
    f"--format=tformat:{FORMAT}",
)  # fmt: skip
HISTORY = ("HEAD", "--branches", "--tags", "--remotes")
"""What "all history" is: every commit that a branch or a tag of this clone reaches."""


@dataclass(frozen=True, slots=True)
class Touch:
    """What a commit did to one file, seen from its first parent. Paths are from the repository's top.

    `status` is A, D, M, T or R (then `old` is its path before, else the same path). `blob` is its blob id after;
    "" where there is no regular file any more.
    """

    status: str
    path: str
    old: str
    blob: str


@dataclass(frozen=True, slots=True)
class Step:
    """A commit with what it did. Its parents are the next steps down, not always its own parents."""

    commit: Commit
    touches: tuple[Touch, ...]


class Lineage:
    """The commits below some tips that changed something below some folders, children before their parents.

    Merges are among them even where they changed nothing themselves.
    """

    def __init__(self, repository: Repository, folders: Sequence[str], tips: Sequence[str] = ("HEAD",)) -> None:
        """`folders` are paths from the repository's top; "." or none is all of it."""
        self._repository = repository
        self.blobs = Blobs(repository.top)
        self._folders = [] if not all(folders) or "." in folders else list(folders)
        self.steps = _steps(repository, self._folders, tips)
        self._at = {step.commit.id: step for step in self.steps}
        self._found: dict[str, dict[str, str]] = {}

    @cached_property
    def cut(self) -> frozenset[str]:
        """The commits at which a shallow clone ends: what they seem to add may be older than they are."""
        if not self._repository.is_shallow():
            return frozenset()
        ends = [step.commit.id for step in self.steps if not step.commit.parents]
        return frozenset(one for one in ends if self._repository.parents(one))

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every path that any of the commits touched."""
        return frozenset(name for step in self.steps for touch in step.touches for name in (touch.path, touch.old))

    def earlier(self, path: str) -> tuple[str, ...]:
        """Return the names from which commits of this history renamed a file to `path`, the latest first."""
        found: list[str] = []
        todo = [path]
        while todo:
            new = [old for old in self._renames.get(todo.pop(0), ()) if old not in found and old != path]
            found += new
            todo += new
        return tuple(found)

    @cached_property
    def _renames(self) -> Mapping[str, Sequence[str]]:
        """New name → old names, newest first."""
        found: dict[str, list[str]] = {}
        for step in self.steps:
            for touch in step.touches:
                if touch.status == "R":
                    found.setdefault(touch.path, []).append(touch.old)
        return found

    @cached_property
    def tops(self) -> tuple[Step, ...]:
        """The steps that are nobody's parent: the newest."""
        below = {parent for step in self.steps for parent in step.commit.parents}
        return tuple(step for step in self.steps if step.commit.id not in below)

    def blob(self, commit: str, path: str) -> str:
        """Return the blob id of a path at one of the steps; "" where there is no regular file."""
        known = self._found.setdefault(path, {})
        way = []
        found, at = "", commit
        while at in self._at:
            if at in known:
                found = known[at]
                break
            way.append(at)
            said = self._touched[at].get(path)
            if said is not None:
                found = said
                break
            at = next(iter(self._at[at].commit.parents), "")
        known.update(dict.fromkeys(way, found))
        return found

    def anchors(self, commits: Iterable[str]) -> Mapping[str, str]:
        """Return for each of these commits (full ids) the newest step that it is or descends from, if there is one."""
        found: dict[str, str] = {}
        for commit in dict.fromkeys(commits):
            if commit in self._at:
                found[commit] = commit
                continue
            flags = ("--max-count=1", "--format=%H", "--full-history", "--topo-order")
            asked = ("log", *flags, commit, "--", *self._folders)
            done = run(self._repository.top, *asked, variables=environment())
            step = text(done.stdout).strip()
            if not done.returncode and step in self._at:  # else it is in another clone, or squashed away
                found[commit] = step
        return found

    def snapshot(self, commit: str, prefix: str = "") -> Snapshot:
        """Return the files of a step below the project's folder `prefix`."""
        return Snapshot(
            commit,
            blob=lambda path: self.blob(commit, path),
            paths=lambda: self.paths,
            blobs=self.blobs,
            prefix=prefix,
        )

    def fetch(self, paths: Iterable[str] | None = None) -> None:
        """Read every version of these files (of all, without) in one go."""
        wanted = None if paths is None else frozenset(paths)
        touches = (touch for step in self.steps for touch in step.touches)
        self.blobs.fetch(touch.blob for touch in touches if wanted is None or touch.path in wanted)

    @cached_property
    def _touched(self) -> Mapping[str, Mapping[str, str]]:
        """Step → path → blob id after it."""
        found: dict[str, dict[str, str]] = {}
        for step in self.steps:
            after = found.setdefault(step.commit.id, {})
            for touch in step.touches:
                after.setdefault(touch.old, "")
                after[touch.path] = touch.blob
        return found


def came_from(repository: Repository, commit: str, path: str) -> str:
    """Return the path that a commit renamed to `path`, wherever it lay; "" for a file that is new."""
    arguments = ("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "-M", "--no-commit-id", "--no-relative", commit)
    done = run(repository.top, *arguments, variables=environment())
    if done.returncode:
        return ""  # contents that a partial clone leaves out cannot be compared
    touches = _touches(iter(done.stdout.split(b"\0")))
    return next((touch.old for touch in touches if touch.path == path and touch.status == "R"), "")


def _steps(repository: Repository, folders: Sequence[str], tips: Sequence[str]) -> tuple[Step, ...]:
    if not repository.head():
        return ()
    rest = (*tips, "--", *folders)
    done = run(repository.top, "log", *FLAGS, "-M", *rest, variables=environment())
    if done.returncode:  # a partial clone may lack the contents that -M compares
        done = run(repository.top, "log", *FLAGS, "--no-renames", *rest, variables=environment())
    if done.returncode:
        raise failure(done, repository.top)
    return tuple(_parsed(done.stdout))


def _parsed(data: bytes) -> Iterator[Step]:
    """Yield the steps. Fields are taken by their number, so no name or subject can pass for another field."""
    fields = iter(data.split(b"\0"))
    field = next(fields, b"")
    while field.startswith(MARK):
        identity, parents, name, mail, date, subject = text(field[1:]), *(text(next(fields)) for _ in range(5))
        touches: list[Touch] = []
        for field in fields:
            if field.startswith(MARK):
                break
            if field.strip(b"\n"):
                touches.append(_touch(field, fields))
        else:
            field = b""
        commit = Commit(identity, tuple(parents.split()), name, mail, date, subject)
        yield Step(commit, tuple(touches))


def _touches(fields: Iterator[bytes]) -> Iterator[Touch]:
    for field in fields:
        if field:
            yield _touch(field, fields)


def _touch(field: bytes, fields: Iterator[bytes]) -> Touch:
    """Return one change; its paths are the next fields."""
    words = text(field.strip(b"\n")).split(" ")
    if not words[0].startswith(":") or len(words) != 5:  # noqa: PLR2004 - modes, ids and status
        raise GitError(f"git log said something unknown: {text(field[:80])!r}")
    old = path = text(next(fields))
    if words[4][0] in "RC":
        path = text(next(fields))
    status = words[4][0]
    if status == "C":
        status, old = "A", path
    return Touch(status, path, old, words[3] if words[1] in FILES else "")
