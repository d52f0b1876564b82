"""A prompt's log: its releases and its commits, newest first, each once."""

import re
from collections.abc import Iterator

from llmops_cli.errors import LlmopsError, UnknownNameError
from llmops_cli.flow.address import find, parse
from llmops_cli.flow.ancestry import Ancestry, Past
from llmops_cli.flow.place import in_file
from llmops_cli.flow.project import Project
from llmops_cli.flow.released import Shelf, labels, shelf
from llmops_cli.load.ids import from_path
from llmops_cli.model.logged import Log, Logged
from llmops_cli.model.release import Label, Release, precedence

FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def log(project: Project, address: str, limit: int) -> Log:
    """Return releases and commits of a prompt, at most `limit` of them together.

    A prompt that is gone is found by its id. Raises `UnknownNameError` where there is neither release nor commit.
    """
    name, path, ids = _who(project, address)
    found = shelf(project.tree, project.settings, ids)
    releases = [found.release(version) for version in sorted(found.versions, key=precedence, reverse=True)]
    served = _served(labels(project.tree, project.settings), found)
    if project.repository is None or not project.repository.head():
        entries = [Logged(release=one, labels=served.get(one.version, {})) for one in releases]
        return _some(project, Log(name, tuple(entries[:limit])), path)
    ancestry = Ancestry(project, path=path, name="" if path else name)
    rows = _merged(_placed(ancestry, releases), ancestry.walk(), limit)
    entries = [
        Logged(release=one, labels=served.get(one.version, {})) if isinstance(one, Release) else _commit(one)
        for one in rows
    ]
    return _some(project, Log(name, tuple(entries), tuple(sorted(ancestry.cut))), path)


def _who(project: Project, address: str) -> tuple[str, str, tuple[str, ...]]:
    """Return the id, the file ("" where it is gone) and every id of a prompt."""
    where = parse(address)
    if where.is_path and not where.ref:
        prompt = in_file(project, project.root / where.name).prompt
        return prompt.id, prompt.source.path, (prompt.id, *prompt.aliases)
    name = (
        from_path(project.relative(project.root / where.name), project.settings.prompts)
        if where.is_path
        else where.name
    )
    try:
        prompt = find(project, name).prompt
    except LlmopsError:
        return name, _broken(project, name), (name,)
    return prompt.id, prompt.source.path, (prompt.id, *prompt.aliases)


def _broken(project: Project, name: str) -> str:
    """Return the file of a prompt that cannot be read now; its history can."""
    paths = (
        f"{project.settings.prompts}/{name}{suffix}" for suffix in (".yaml", ".yml", ".prompt.yaml", ".prompt.yml")
    )
    return next((path for path in paths if _is_there(project, path)), "")


def _is_there(project: Project, path: str) -> bool:
    try:
        project.tree.read(path)
    except (OSError, LlmopsError):  # a symbolic link is not followed, and a sparse checkout's file is not there
        return False
    return True


def _served(found: tuple[Label, ...], of: Shelf) -> dict[str, dict[str, float]]:
    """Return version → label → the share of callers that gets it, in percent."""
    served: dict[str, dict[str, float]] = {}
    for label in found:
        for name in of.names:
            said = label.serves.get(name)
            split = {said: 1} if isinstance(said, str) else said or {}
            for version, weight in split.items():
                served.setdefault(version, {})[label.name] = 100 * weight / sum(split.values())
    return served


def _placed(ancestry: Ancestry, releases: list[Release]) -> list[tuple[int, Release]]:
    """Return each release with its place among the commits: right above the newest one that its own commit holds."""
    places = {step.commit.id: place for place, step in enumerate(ancestry.steps)}
    anchors = ancestry.anchors([one.commit for one in releases if FULL.fullmatch(one.commit)])
    days = [step.commit.date[:10] for step in ancestry.steps]
    added = ancestry.added
    found = []
    for one in releases:
        anchor = places.get(anchors.get(one.commit, ""), added.get(one.source.path))
        by_day = next((place for place, day in enumerate(days) if day <= one.date), len(days))
        found.append((by_day if anchor is None else anchor, one))
    return sorted(found, key=lambda pair: pair[0])  # stable: of one place the higher version first


def _merged(releases: list[tuple[int, Release]], commits: Iterator[Past], limit: int) -> list[Release | Past]:
    rows: list[Release | Past] = []
    todo = list(releases)
    for past in commits:
        while todo and todo[0][0] <= past.place:
            rows.append(todo.pop(0)[1])
        rows.append(past)
        if len(rows) >= limit:
            return rows[:limit]
    return [*rows, *(one for _, one in todo)][:limit]


def _commit(past: Past) -> Logged:
    digest = past.prompt.digest if past.prompt else ""
    return Logged(commit=past.commit, touched=past.touched, digest=digest, cut=past.cut)


def _some(project: Project, found: Log, path: str) -> Log:
    if found.entries:
        return found
    if path:
        if project.repository is not None and (head := project.repository.head()):
            project.at(head).entries(project.settings.prompts)  # raises where it is a submodule
        raise UnknownNameError(f"{path} is in no commit yet, and not released", hint="git add it and commit")
    find(project, found.id)  # raises, with what there is
    raise UnknownNameError(f"no prompt {found.id!r}", hint="`llmops prompt list` shows the prompts")
