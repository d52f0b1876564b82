"""The commits between two, as a branch saw them: a merge is one step, whatever it brought."""

from llmops_cli.errors import GitError
from llmops_cli.load.history import Repository
from llmops_cli.load.plumbing import environment, failure, run, text

TIPS = "--first-parent"
"""What makes git's log of a history go by first parents alone, put before its tip."""


def between(repository: Repository, good: str, bad: str) -> frozenset[str]:
    """Return the commits after `good` up to `bad` (full ids). Raises `GitError` where `good` is no ancestor."""
    if repository.merge_base(good, bad) != good:
        hint = "this clone is shallow: git fetch --unshallow" if repository.is_shallow() else "give an ancestor of it"
        raise GitError(f"{good[:7]} is no ancestor of {bad[:7]}", hint=hint)
    done = run(repository.top, "rev-list", TIPS, f"{good}..{bad}", variables=environment())
    if done.returncode:
        raise failure(done, repository.top)
    return frozenset(text(done.stdout).split())
