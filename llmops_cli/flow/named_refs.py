"""What a name of a branch means: git would take a tag of the same name first, and whoever may push can make one."""

import re

from llmops_cli.errors import GitError
from llmops_cli.load.history import Repository
from llmops_cli.load.plumbing import fetch_of

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
SHORT = re.compile(r"[0-9a-f]{7,63}")
ORIGIN = "refs/remotes/origin/"


def branch_tip(repository: Repository, name: str) -> str:
    """Return the tip of a branch, origin's before one of this clone; "" for neither. A tag is no branch."""
    branch = name.removeprefix("refs/heads/").removeprefix(ORIGIN).removeprefix("origin/")
    return repository.ref(f"{ORIGIN}{branch}") or repository.ref(f"refs/heads/{branch}")


def target(repository: Repository, name: str) -> str:
    """Return the commit of the branch or commit that a CI job names as the base. Raises `GitError` with the fetch."""
    if COMMIT.fullmatch(name) and repository.has(name):
        return repository.resolve(name)
    if found := branch_tip(repository, name):
        return found
    if SHORT.fullmatch(name) and repository.has(name):
        found = repository.resolve(name)  # Bitbucket says twelve digits; a tag may be called so
        if found.startswith(name):
            return found
    branch = name.removeprefix("refs/heads/")
    hint = fetch_of(branch, how="--depth=50" if repository.is_shallow() else "")
    raise GitError(f"the base {name} is not in this checkout", hint=hint)


def chosen(repository: Repository, rev: str) -> str:
    """Return the commit that `--base` names. Raises `GitError` for what may be a branch and is a tag too."""
    name = re.split(r"[~^@:]", rev, maxsplit=1)[0]
    tag = repository.ref(f"refs/tags/{name}") if name else ""
    branches = [f"refs/heads/{name}", f"refs/remotes/{name}", f"{ORIGIN}{name}"]
    there = [one for one in branches if tag and repository.ref(one) not in ("", tag)]
    if there or (tag and name.startswith("refs/")):
        full = there[0] if there else f"refs/tags/{name}"
        message = f"{name} is a tag here and names a branch too: who makes such a tag must not choose the base"
        raise GitError(message, hint=f"--base {full}, or delete the tag: git tag -d {name}")
    return repository.resolve(rev)
