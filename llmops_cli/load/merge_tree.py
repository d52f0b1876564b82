"""The tree that a merge of two commits would give, computed without a checkout and without touching the repository.

What is computed lies in a git folder of our own, which borrows the repository's objects: no configuration is read, so
no merge driver runs, which is also how a hosting service merges.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from llmops_cli.errors import GitError
from llmops_cli.load.history import Repository
from llmops_cli.load.plumbing import environment, failure, run, text
from llmops_cli.load.revtree import RevTree

USAGE = 129  # what git ends with that does not know a flag


@dataclass(frozen=True, slots=True)
class MergedTree:
    """The files of a merge, and for each path in conflict what git says of it."""

    tree: RevTree
    conflicts: dict[str, str]


@contextmanager
def merged(repository: Repository, ours: str, theirs: str, prefix: str = "") -> Iterator[MergedTree]:
    """Give the merge of two commits (full ids), to be read below `prefix`, as long as the context is open.

    Raises `GitError` for a git without `merge-tree --write-tree`, and where this clone lacks an object.
    """
    folder = Path(tempfile.mkdtemp(prefix="llmops-merge-"))
    try:
        _borrow(repository, folder)
        arguments = ("merge-tree", "--write-tree", "-z", "--name-only", ours, theirs)
        done = run(repository.top, *arguments, variables=environment(folder=str(folder)))
        if done.returncode == USAGE or b"not a git command" in done.stderr:
            raise GitError("this git cannot merge without a checkout", hint="install git 2.38 or newer")
        if done.returncode not in (0, 1):
            error = failure(done, repository.top)
            hint = "this clone may lack objects: git fetch --refetch --no-filter origin"
            raise GitError(f"the merge cannot be computed: {error.message}", where=error.where, hint=hint)
        tree, conflicts = _read(done.stdout)
        with RevTree(repository.top, tree, prefix, folder=str(folder)) as files:
            inside = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
            yield MergedTree(files, {path.removeprefix(inside): words for path, words in conflicts.items()})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _borrow(repository: Repository, folder: Path) -> None:
    """Make a bare git folder that reads the objects of a repository, and knows where its history is cut off."""
    made = run(
        folder,
        "init",
        "--quiet",
        "--bare",
        "--template=",
        f"--object-format={repository.object_format}",
        ".",
        variables=environment(folder=str(folder)),
    )
    if made.returncode:
        raise failure(made, folder)
    (folder / "objects" / "info").mkdir(parents=True, exist_ok=True)
    (folder / "objects" / "info" / "alternates").write_bytes(_quoted(repository.git_path("objects")))
    cut = repository.git_path("shallow")
    if cut.is_file():
        shutil.copyfile(cut, folder / "shallow")


def _quoted(path: Path) -> bytes:
    """Return a path as `alternates` takes it: quoted as C does, so that any character may be in it."""
    escaped = str(path).encode("utf-8", "surrogateescape").replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'"' + escaped.replace(b"\n", b"\\n") + b'"\n'


def _read(output: bytes) -> tuple[str, dict[str, str]]:
    """Return the id of the tree, and the paths in conflict with what git says of each.

    After the id come paths, an empty field, and messages: how many paths, the paths, a kind, a text.
    """
    fields = [text(field) for field in output.split(b"\0")]
    tree, rest = fields[0], fields[1:]
    if "" not in rest:
        return tree, {}
    gap = rest.index("")
    conflicts = dict.fromkeys(rest[:gap], "both sides changed it")
    notes = rest[gap + 1 :]
    while len(notes) > 1 and notes[0].isdecimal():
        count = int(notes[0])
        paths, (kind, words) = notes[1 : count + 1], notes[count + 1 : count + 3]
        if kind.startswith("CONFLICT"):
            conflicts |= {path: words.strip() for path in paths if path in conflicts}
        notes = notes[count + 3 :]
    return tree, conflicts
