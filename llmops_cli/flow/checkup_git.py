"""What `doctor` finds of the repository: history, branch, drivers."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from llmops_cli.flow.project import Project
from llmops_cli.load.history import Repository
from llmops_cli.model.checkup import Finding

AREA = "git"


def repository(project: Project) -> Iterator[Finding]:
    """Yield the state of the clone; one finding where there is no repository."""
    found = project.repository
    if found is None:
        hint = "git init: versions, labels and the gate live in git"
        yield Finding(AREA, "repository", "advice", "the project is not in a git repository", hint)
        return
    yield _history(found)
    yield _head(found)
    yield _default(found)
    if find_spec("llmops_cli.flow.git_setup") is not None:
        yield _drivers(project)


def _history(found: Repository) -> Finding:
    if found.is_shallow():
        hint = "git fetch --unshallow: a gate needs the base commit, `prompt log` the history"
        return Finding(AREA, "history", "advice", "shallow: this clone's history is cut off", hint)
    return Finding(AREA, "history", "good", "complete")


def _head(found: Repository) -> Finding:
    if not found.head():
        return Finding(AREA, "HEAD", "advice", "no commit yet", "git add -A && git commit")
    branch = found.branch()
    if branch is None:
        hint = "in CI that is usual; else `git switch BRANCH`"
        return Finding(AREA, "HEAD", "advice", "detached", hint)
    return Finding(AREA, "HEAD", "good", f"on {branch}")


def _default(found: Repository) -> Finding:
    name = found.default_branch()
    if name is None and not found.head():
        return Finding(AREA, "default branch", "good", f"{found.branch() or 'none'}, once it has a commit")
    if name is None:
        hint = "git remote set-head origin --auto, or name it: --base REF"
        return Finding(AREA, "default branch", "advice", "not known: neither origin's HEAD nor main or master", hint)
    return Finding(AREA, "default branch", "good", name)


def _drivers(project: Project) -> Finding:
    setup = import_module("llmops_cli.flow.git_setup")
    parts = setup.status(project)
    on = [part.name for part in parts if part.state == "on"]
    broken = [part.name for part in parts if part.state == "broken"]
    if broken:
        return Finding(AREA, "drivers", "bad", f"broken: {', '.join(broken)}", "llmops git install")
    if not setup.is_on(parts):
        return Finding(AREA, "drivers", "advice", "`git diff` shows prompts as text", "llmops git install")
    return Finding(AREA, "drivers", "good", ", ".join(on))
