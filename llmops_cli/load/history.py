"""What git remembers: commits, branches, and the files of a commit. With plumbing.py and revtree.py the git speaker."""

import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from functools import cached_property
from io import BytesIO
from pathlib import Path

from llmops_cli.errors import GitError
from llmops_cli.load import dirt, sparse
from llmops_cli.load.around import require_around, require_none
from llmops_cli.load.plumbing import DAMAGED, environment, failure, fetch_of, run, text
from llmops_cli.load.revtree import RevTree
from llmops_cli.model.commit import Commit

_FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NAME = re.compile(r"(?!HEAD$|-)[\w./-]+(?<![./])")  # a branch or tag, and nothing counted back from it
_PERSON = re.compile(rb"(.*?) ?<(.*?)> (\d+) ([+-])(\d\d)(\d\d)")
_NOBODY = (b"", b"", b"0", b"+", b"0", b"0")


class Repository:
    """A repository with a working tree. `top` is that tree's folder, `object_format` is sha1 or sha256."""

    def __init__(self, top: Path, object_format: str) -> None:
        """`Repository.find` makes one."""
        self.top = top
        self.object_format = object_format
        self._environment = environment()
        given = os.environ.get("GIT_INDEX_FILE", "")
        # A hook on a partial commit is given another index. Only one of this repository's own git folder counts.
        index = (top / given).resolve() if given else None
        if index is not None and index.parent == self._index.parent.resolve() and index.exists():
            self._index = index
            self._environment = environment(str(index))

    @cached_property
    def _index(self) -> Path:
        return Path(os.fsdecode(self._git("rev-parse", "--absolute-git-dir")[:-1])) / "index"

    @cached_property
    def _is_sparse(self) -> bool:
        return sparse.is_sparse(self.top, self.git_path)

    @classmethod
    def find(cls, start: Path) -> "Repository | None":
        """Return the repository around a folder; None outside any.

        Raises `GitError` with git's own advice where git refuses it (dubious ownership), for a bare repository, and
        where a `.git` is there that git cannot use: a folder above it must not answer in its place.
        """
        done = run(start, "rev-parse", "--show-object-format", "--show-toplevel", variables=environment())
        if done.returncode == 0:
            object_format, _, top = text(done.stdout).partition("\n")
            found = Path(top[:-1])
            require_around(start, found)
            return cls(found, object_format)
        if b"not a git repository (" in done.stderr:
            require_none(start.resolve(), None)
            return None
        raise failure(done, start)

    def resolve(self, rev: str) -> str:
        """Return the full id of the commit that a revision names. Raises `GitError`, with the fetch that may help."""
        found = self._commit(rev)
        if found:
            return found
        named = _NAME.fullmatch(rev) is not None and not rev.startswith("origin/")
        hint = "git branch --all  lists what there is"
        hint += f"; {fetch_of(rev, how='')} (then it is origin/{rev}) where it was not cloned" if named else ""
        done = run(
            self.top, "rev-parse", "--verify", "--end-of-options", f"{rev}^{{commit}}", variables=self._environment
        )
        if b"is ambiguous" in done.stderr:
            raise GitError(f"{rev!r} is ambiguous: several objects begin so", hint="give more digits of the id")
        if named and self._commit(f"origin/{rev}"):
            hint = f"it is origin/{rev} here"
        elif self.is_shallow():
            more = fetch_of(rev) if _NAME.fullmatch(rev) else "git fetch --deepen=50"
            then = f" (then it is origin/{rev})" if named else ""
            hint = f"this clone is shallow: {more}{then}, or git fetch --unshallow"
        elif b"error: " in done.stderr or self._is_broken(rev):
            hint = DAMAGED
        elif not self.head():
            hint = "there is no commit yet: git add -A && git commit"
        raise GitError(f"no commit {rev!r} in this repository", hint=hint)

    def head(self) -> str:
        """Return the full id of the commit that is checked out; "" before the first.

        Raises `GitError` where a commit is named that cannot be read: a damaged repository is not an empty one.
        """
        found = self._commit("HEAD")
        if not found and self._is_born():
            raise GitError("the commit that HEAD names cannot be read", where=str(self.top), hint=DAMAGED)
        return found

    def _is_born(self) -> bool:
        """Return whether HEAD says anything but the name of a branch without a commit."""
        branch = self._line("symbolic-ref", "--quiet", "HEAD")
        if not branch:
            return True
        return self.git_path(branch).is_file() or bool(self._line("for-each-ref", "--count=1", branch))

    def _is_broken(self, rev: str) -> bool:
        """Return whether the history that a revision such as `main~3` counts back in has a hole."""
        start = self._commit(re.split(r"[~^]", rev, maxsplit=1)[0])
        return bool(start and run(self.top, "rev-list", "--quiet", start, variables=self._environment).returncode)

    def left_out(self, folder: str) -> tuple[str, ...]:
        """Return the files below a folder of the repository that a sparse checkout does not have on disk."""
        return tuple(sparse.left_out(self._git, self.top, folder)) if self._is_sparse else ()

    def parents(self, rev: str) -> tuple[str, ...]:
        """Return the parents that a commit names, even where a shallow clone does not have them."""
        return next(self._raw([self.resolve(rev)])).parents

    def has(self, commit: str) -> bool:
        """Return whether a commit is in this clone."""
        return bool(self._commit(commit))

    def ref(self, name: str) -> str:
        """Return the commit of the reference of this full name, "" for none: no tag stands in for a branch."""
        return self._commit(self._line("show-ref", "--verify", "--hash", "--", name))

    def is_shallow(self) -> bool:
        """Return whether this clone's history is cut off."""
        return self._git("rev-parse", "--is-shallow-repository") == b"true\n"

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor; None if this clone knows of none."""
        done = run(self.top, "merge-base", self.resolve(one), self.resolve(other), variables=self._environment)
        if done.returncode not in (0, 1):
            raise failure(done, self.top)
        return text(done.stdout).partition("\n")[0] or None

    def default_branch(self) -> str | None:
        """Return the branch that changes are merged into: origin's HEAD, main, master, or the only one there is."""
        names = [f"{place}{name}" for name in ("main", "master") for place in ("refs/remotes/origin/", "refs/heads/")]
        known = self.branches()
        only = known if len(known) == 1 and known[0].startswith("refs/heads/") else []
        remote = self._line("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
        found = next((name for name in (remote, *names, *only) if name in known), None)
        return found.removeprefix("refs/remotes/").removeprefix("refs/heads/") if found else None

    def branches(self) -> list[str]:
        """Return the full names of this clone's branches, and of those that it knows of others."""
        return text(self._git("for-each-ref", "--format=%(refname)", "refs/heads/", "refs/remotes/")).split()

    def branch(self) -> str | None:
        """Return the branch that is checked out; None where HEAD is detached."""
        return self._line("symbolic-ref", "--quiet", "--short", "HEAD") or None

    def is_dirty(self, folder: str = "") -> bool:
        """Return whether anything below a folder of the repository differs from HEAD; runs none of its programs."""
        unborn = not self.head()
        place = dirt.Place(self.top, self._index, self.object_format, sparse=self._is_sparse)
        return dirt.is_dirty(self._git, place, folder=folder, unborn=unborn)

    def git_path(self, name: str) -> Path:
        """Return where a file of the git folder lies; linked worktrees share most of them."""
        return (self.top / os.fsdecode(self._git("rev-parse", "--git-path", name)[:-1])).resolve()

    def log(self, path: str, limit: int) -> tuple[Commit, ...]:
        """Return the commits that changed a path (from the top of the repository), newest first, over renames."""
        if not self.head():
            return ()
        flags = (
            "--follow",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            f"--max-count={limit}",
            "-z",
            "--format=%H",
        )
        ids = text(self._git("log", *flags, "HEAD", "--", path)).replace("\n", "\0").split("\0")
        wanted = [one for one in ids if one]
        return tuple(self._read(wanted) if self.object_format == "sha1" else self._raw(wanted))

    def user(self) -> str:
        """Return who commits here: `Name <mail>`, as far as environment and configuration say."""
        lines = self._line("config", "--null", "--get-regexp", r"^user\.(name|email)$").split("\0")
        known = dict(line.split("\n", 1) for line in lines if "\n" in line)
        name = os.environ.get("GIT_AUTHOR_NAME") or known.get("user.name", "")
        mail = os.environ.get("GIT_AUTHOR_EMAIL") or known.get("user.email", "")
        return f"{name} <{mail}>".strip() if mail else name

    def tree(self, commit: str, prefix: str = "") -> RevTree:
        """Return the files of a commit (full id) below a folder of the repository."""
        if not _FULL.fullmatch(commit):
            raise GitError(f"{commit!r} is no full commit id")
        return RevTree(self.top, commit, prefix)

    def _git(self, *arguments: str) -> bytes:
        done = run(self.top, *arguments, variables=self._environment)
        if done.returncode:
            raise failure(done, self.top)
        return done.stdout

    def _line(self, *arguments: str) -> str:
        """Return git's output without its last newline; "" where it says no."""
        return text(run(self.top, *arguments, variables=self._environment).stdout).removesuffix("\n")

    def _commit(self, rev: str) -> str:
        """Return the full id of the one commit that `rev` names; "" for none, a range or anything else."""
        found = self._line("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}") if rev else ""
        return found if _FULL.fullmatch(found) else ""

    def _raw(self, ids: Iterable[str]) -> Iterator[Commit]:
        """Yield commits from their own bytes: what a shallow clone or a replacement pretends does not count."""
        for identity in ids:
            head, _, message = self._git("cat-file", "commit", identity).partition(b"\n\n")
            fields = [line.partition(b" ") for line in head.split(b"\n")]
            parents = tuple(text(value) for key, _, value in fields if key == b"parent")
            person = _PERSON.match(next((value for key, _, value in fields if key == b"author"), b""))
            name, mail, seconds, sign, hours, minutes = person.groups() if person else _NOBODY
            zone = timezone((-1 if sign == b"-" else 1) * timedelta(hours=int(hours), minutes=int(minutes)))
            date = datetime.fromtimestamp(int(seconds), zone).isoformat()
            subject = message.lstrip(b"\n").partition(b"\n")[0]
            yield Commit(identity, parents, text(name), text(mail), date, text(subject))

    def _read(self, ids: list[str]) -> Iterator[Commit]:
        """Yield commits through GitPython. It is handed their bytes: what it would run itself is not hardened."""
        from git import Commit as Object  # 90 ms
        from git import Repo
        from gitdb.base import OStream  # type: ignore[import-untyped]  # gitdb has no types
        from gitdb.db import LooseObjectDB  # type: ignore[import-untyped]  # see above

        read = self._git

        class Objects(LooseObjectDB):  # type: ignore[misc]  # gitdb has no types
            def stream(self, sha: bytes) -> OStream:
                data = read("cat-file", "commit", sha.hex())
                return OStream(sha, b"commit", len(data), BytesIO(data))

        with Repo(self.top, odbt=Objects, expand_vars=False) as repo:
            for identity in ids:
                found = Object(repo, bytes.fromhex(identity))
                yield Commit(
                    identity,
                    tuple(parent.hexsha for parent in found.parents),
                    found.author.name or "",
                    found.author.email or "",
                    found.authored_datetime.isoformat(),
                    str(found.summary),
                )
