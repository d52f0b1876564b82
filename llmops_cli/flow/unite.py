"""The two sides of a baseline that two branches stored → one file with the runs of both."""

from dataclasses import replace
from pathlib import Path

from llmops_cli.compare.unite import clash
from llmops_cli.compare.unite import unite as together
from llmops_cli.errors import FindingsError, GitError, UnknownNameError, UsageError
from llmops_cli.flow.accept import Accepted, margin_for
from llmops_cli.flow.flags import repeats_at
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.load.baselines import from_bytes
from llmops_cli.model.run import Arm
from llmops_cli.store.baselines import write

UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD")


def unite(project: Project, one: str, other: str = "") -> Accepted:
    """Write the union of two baseline files and return it. A side is a file, or `REVISION:PATH` as git says it.

    With one path the sides are those of the merge, rebase or cherry-pick under way. Raises `FindingsError` where the
    two cannot be one, `InvalidFilesError` where a side does not verify, `UnknownNameError` where one is not there.
    """
    first, second = (one, other) if other else _sides(project, one)
    arms = _side(project, first), _side(project, second)
    why = clash(*arms)
    if why:
        hint = f"keep one side, or run it anew: llmops eval run {arms[0].prompt}; llmops baseline accept …"
        raise FindingsError(f"{first} and {second} cannot be one baseline: {why}", hint=hint)
    arm = together(*arms)
    evalset = read(project.tree, project.settings, paths=()).evalsets.get(arm.evalset)
    margins = [side.margin for side in arms if side.margin is not None]
    margin = (
        margin_for(project, evalset, arm, repeats_at(project.tree, evalset)) if evalset else max(margins, default=None)
    )
    found = replace(arm, margin=margin)
    path = write(project.root, project.settings.baselines, found)
    return Accepted(project.relative(path), found, None, margin)


def _sides(project: Project, path: str) -> tuple[str, str]:
    repository = project.git()
    for name in UNDER_WAY:
        try:
            repository.resolve(name)
        except GitError:
            continue
        inside = project.relative(Path(path))
        return f"HEAD:{inside}", f"{name}:{inside}"
    hint = "llmops baseline merge ONE OTHER, each a file or REVISION:PATH, e.g. main:evalsets/.baselines/…"
    raise UsageError("no merge is under way, so one file has no other side", hint=hint)


def _side(project: Project, name: str) -> Arm:
    revision, colon, path = name.partition(":")
    on_disk = Path.cwd() / name
    on_disk = on_disk if on_disk.is_file() else project.root / name
    try:
        if colon and not on_disk.is_file():
            content = project.at(project.git().resolve(revision)).read(path)
        else:
            content = on_disk.read_bytes()
    except OSError as error:
        hint = "a side is a file, or REVISION:PATH with a path from the project's folder"
        raise UnknownNameError(f"{name} cannot be read: {error.strerror or 'no such file'}", hint=hint) from error
    return from_bytes(content, project.settings.baselines, name)
