"""The versions that a prompt had between two commits, as the model saw them, each with the commit that made it."""

from dataclasses import dataclass, replace

from llmops_cli.errors import GitError, LlmopsError, UnknownNameError, UsageError
from llmops_cli.flow.address import find
from llmops_cli.flow.ancestry import Ancestry, Past
from llmops_cli.flow.project import Project, with_tree
from llmops_cli.load.first_parents import TIPS, between
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.settings import Settings


@dataclass(frozen=True, slots=True)
class Versions:
    """Both ends, and the commits after the good end that changed what the model sees, oldest first.

    Of a commit after which the prompt cannot be read `prompt` is None; the last is the version at the bad end.
    """

    good: Prompt
    bad: Prompt
    good_commit: str
    bad_commit: str
    between: tuple[Past, ...]


def versions(project: Project, name: str, good: str, bad: str) -> Versions:
    """Return the versions between two revisions, by first parents, over renames. Raises `GitError`, `UsageError`."""
    if "@" in name:
        raise UsageError(f"{name!r} names a revision already", hint="llmops eval bisect ID --good REV --bad REV")
    repository = project.git()
    ends = repository.resolve(good), repository.resolve(bad)
    chain = between(repository, *ends)
    last = find(project, f"{name}@{ends[1]}")
    then = with_tree(project, last.tree, last.settings)
    found: list[Past] = []
    before: Prompt | None = None
    for past in Ancestry(then, path=last.prompt.source.path, tips=(TIPS, ends[1])).walk():
        if past.commit.id not in chain:
            before = past.prompt
            break
        found.append(past)
    first = _first(project, name, ends[0], before)
    told = _that_differ(first, found[::-1])
    if first.digest != last.prompt.digest and (not told or _digest(told[-1]) != last.prompt.digest):
        raise GitError(f"the history of {name} between {good} and {bad} does not lead from one to the other")
    return Versions(first, last.prompt, *ends, tuple(told))


def _first(project: Project, name: str, commit: str, followed: Prompt | None) -> Prompt:
    """Return the version at the good end: by its name, or by the renames that led there from the bad end."""
    try:
        return find(project, f"{name}@{commit}").prompt
    except UnknownNameError:
        if followed is None:
            raise
        return followed


def settings_at(project: Project, commit: str) -> Settings:
    """Return the working tree's settings with the models of a commit: what a model's name meant then."""
    try:
        return replace(project.settings, models=read_settings(project.at(commit)).models)
    except LlmopsError:
        return project.settings


def _that_differ(first: Prompt, row: list[Past]) -> list[Past]:
    """Return those after which the model sees something else than before, and those that cannot be read."""
    known, told = first.digest, []
    for past in row:
        if past.prompt is None or past.prompt.digest != known:
            told.append(past)
        known = _digest(past) or known
    return told


def _digest(past: Past) -> str:
    return past.prompt.digest if past.prompt else ""
