"""The three names of a frozen content: a version, a label, a digest → the prompt; and what there is where none is."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from llmops_cli.errors import GitError, LlmopsError, UnknownNameError
from llmops_cli.flow.place import Found, entry
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Entry
from llmops_cli.flow.released import Shelf, answerable, serving, shelf
from llmops_cli.load.ids import normal_version
from llmops_cli.load.labels import names as label_names
from llmops_cli.load.lineage import HISTORY
from llmops_cli.load.releases import versions
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.problem import Document
from llmops_cli.model.release import Label, Release, choose, precedence
from llmops_cli.render.template import facts

PREFIX = re.compile(r"[0-9a-f]{7,64}")


def ids_of(project: Project, name: str) -> tuple[str, ...]:
    """Return every id that a prompt goes by: the one given, then its own and its aliases, if it is in the tree."""
    try:
        prompt = entry(project.tree, project.settings, name).prompt
    except LlmopsError:  # no such prompt now, or none that can be read: its releases stand for themselves
        return (name,)
    return tuple(dict.fromkeys([name, prompt.id, *prompt.aliases]))


def shelf_for(project: Project, name: str, version: str = "") -> Shelf:
    """Return the releases of a prompt; those under its own name alone where the version is among them."""
    own = shelf(project.tree, project.settings, (name,))
    return own if version in own.versions else shelf(project.tree, project.settings, ids_of(project, name))


def by_version(project: Project, name: str, version: str) -> Found:
    """Return a release. Raises `UnknownNameError` where there is none of this version."""
    found = shelf_for(project, name, version)
    if not found.versions and len(found.names) == 1:
        entry(project.tree, project.settings, name)  # raises where there is no such prompt either
    return _found(project, *found.read(version))


def by_label(project: Project, name: str, label: Label, key: str) -> Found:
    """Return the release that a label serves. Raises `UnknownNameError` where it serves none, or a missing one."""
    names = (name,) if name in label.serves else ids_of(project, name)
    served = serving(label, names)
    if not served:
        if len(names) == 1 and not versions(project.tree, project.settings.prompts, name):
            entry(project.tree, project.settings, name)  # raises where there is no such prompt either
        hint = f"llmops prompt promote {name}@VERSION --to {label.name}; the git branch is @refs/heads/{label.name}"
        raise UnknownNameError(f"the label {label.name} does not serve {name}", where=label.source.path, hint=hint)
    said = label.serves[served]
    if not isinstance(said, str):
        if len(said) > 1 and not key:
            shares = ", ".join(f"{version}: {said[version]}" for version in label.versions(served))
            ways = " or ".join(f"{name}@{version}" for version in label.versions(served))
            message = f"{name}@{label.name} is a split ({shares}): which one depends on the caller's key"
            raise UnknownNameError(message, where=str(label.places[served]), hint=f"name the version: {ways}")
        said = choose(said, served, label.name, key)
    found = shelf_for(project, served, said)
    if said not in found.versions:
        missing = found.missing(said)
        message = f"the label {label.name} serves {served} {said}, which is no release"
        raise UnknownNameError(message, where=str(label.places[served]), hint=missing.hint)
    return _found(project, *found.read(said))


def by_digest(project: Project, name: str, prefix: str) -> Found:
    """Return the content with a digest: the working tree's, else a release's, else what any commit had."""
    if not PREFIX.fullmatch(prefix):
        hint = f"at least 7 of the digits that `llmops prompt show {name}` prints, in small letters"
        raise UnknownNameError(f"sha256:{prefix} is no digest", hint=hint)
    names = ids_of(project, name)
    try:
        now = entry(project.tree, project.settings, name)
    except LlmopsError:  # gone, or broken since: it may be released, or in the history
        now = None
    if now is not None and now.prompt.digest.startswith(prefix):
        return Found(now, project.tree, project.settings, "worktree")
    released = _of_releases(project, names, prefix)
    _one({release.digest for release, _ in released}, name, prefix)
    if released:
        return _found(project, *released[-1])
    found = _of_history(project, now, names, prefix)
    if found is None:
        hint = f"llmops prompt log {name} lists releases and commits"
        if project.repository is not None and project.repository.is_shallow():
            hint = "this clone is shallow, its history is cut: git fetch --unshallow"
        what = "in the working tree, the releases and the history of this clone"
        raise UnknownNameError(f"no content of {name} with digest sha256:{prefix} {what}", hint=hint)
    return found


def missing_ref(project: Project, name: str, ref: str, error: GitError) -> UnknownNameError:
    """Return the error for what is no version, no label and no revision, naming what comes near."""
    there = shelf_for(project, name).versions
    labels = label_names(project.tree, project.settings.prompts)
    whole = normal_version(ref.removeprefix("v"))
    near = [whole] if whole in there else get_close_matches(ref, [*labels, *there], n=1)
    if near:
        hint = f"did you mean {name}@{near[0]}?"
    else:
        known = f"labels: {', '.join(labels)}; " if labels else ""
        hint = error.hint or f"after @ stands a version, a label, sha256:… or a git revision, e.g. {name}@HEAD~1"
        hint = f"{known}{hint}"
    return UnknownNameError(f"no revision, label or version {ref!r}: {error.message}", hint=hint)


def _found(project: Project, release: Release, document: Document) -> Found:
    prompt = answerable(release.prompt, project.settings)
    return Found(Entry(prompt, document, facts(prompt)), project.tree, project.settings, release.version)


def _of_releases(project: Project, names: Iterable[str], prefix: str) -> list[tuple[Release, Document]]:
    """Return the releases whose digest begins so, oldest first."""
    found = shelf(project.tree, project.settings, names)
    every = (found.read(version) for version in sorted(found.versions, key=precedence))
    return [pair for pair in every if pair[0].digest.startswith(prefix)]


def _of_history(project: Project, now: Entry | None, names: tuple[str, ...], prefix: str) -> Found | None:
    from llmops_cli.flow.ancestry import Ancestry

    if project.repository is None or not project.repository.head():
        return None
    path = now.prompt.source.path if now else ""
    past = Ancestry(project, path=path, name=names[0], tips=HISTORY).walk()
    known = {one.prompt.digest: one for one in past if one.prompt and one.prompt.digest.startswith(prefix)}
    _one(known, names[0], prefix)
    for one in known.values():
        tree = project.at(one.commit.id)
        settings = read_settings(tree)
        found = entry(tree, settings, one.prompt.id) if one.prompt else None
        if found is not None:
            return Found(found, tree, settings, f"sha256:{prefix}")
    return None


def _one(digests: Iterable[str], name: str, prefix: str) -> None:
    found = sorted(digests)
    if len(found) > 1:
        hint = "give more digits: " + ", ".join(f"{name}@sha256:{one[:16]}" for one in found[:4])
        raise UnknownNameError(f"sha256:{prefix} names {len(found)} contents of {name}", hint=hint)
