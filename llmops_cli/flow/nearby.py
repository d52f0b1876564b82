"""Some files of a project → the part of its registry that they can matter to, without parsing all of it.

What a file has to do with another one stands in one of them as text: an include, an id, an eval set's name. So the
others are searched for those words as bytes, and only those that have one are read. A name that is spelled with
escapes is not seen here; a run without file names sees it.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from llmops_cli.flow.own_checks import own_rubrics
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Entry, Registry, read
from llmops_cli.load.ids import from_path, split_version
from llmops_cli.load.prompts import discover
from llmops_cli.model.evalset import EvalSet
from llmops_cli.model.ports import Tree

TEMPLATES = (".j2", ".jinja", ".jinja2")


@dataclass(frozen=True, slots=True)
class Nearby:
    """`registry` has every eval set and the prompts that may matter; `reached` are the files that the named ones touch.

    Reached are the named files and the prompts that are made of them: by an include, an included schema, a list of
    examples.
    """

    registry: Registry
    named: frozenset[str]
    reached: frozenset[str]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The prompts that are named, or made of what is named."""
        return tuple(entry for entry in self.registry.entries if entry.prompt.source.path in self.reached)

    def names_set(self, evalset: EvalSet) -> bool:
        """Return whether an eval set, or its cases, are among the named files."""
        return not self.named.isdisjoint((evalset.source.path, *evalset.data))


def nearby(project: Project, paths: Sequence[str]) -> Nearby | None:
    """Return what some files (relative to the root) can matter to; None where only the whole registry will do.

    That is so for settings, releases, labels and whatever else lies outside the visible prompts and eval sets.
    """
    tree, settings = project.tree, project.settings
    if not paths or not all(_is_plain(path, (settings.prompts, settings.evalsets)) for path in paths):
        return None
    prompts = discover(tree, settings.prompts)
    texts = _texts(tree, settings.prompts, prompts)
    names = {posixpath.basename(path) for path in paths if path.startswith(f"{settings.prompts}/")}
    parts = _containing(texts, names).intersection(prompts)
    own = {path for path in prompts if path in paths or path in parts}
    first = read(tree, settings, paths=sorted(own))
    ids = {*_ids(first, own, paths)}
    registry, rest = first, {path: text for path, text in texts.items() if path in prompts and path not in own}
    while about := [path for path, text in rest.items() if _is_about(path, text, ids, settings.prompts)]:
        more = read(tree, settings, paths=sorted(about), sets=False)
        registry = _joined(registry, more)
        rest = {path: text for path, text in rest.items() if path not in about}
        # Another file may claim the id of one that is found by its former name or by its eval sets.
        ids = {entry.prompt.id for entry in more.entries if not ids.isdisjoint(_said(entry))} - ids
    return Nearby(registry, frozenset(paths), frozenset(_reached(first, paths, parts)))


def _said(entry: Entry) -> tuple[str, ...]:
    return (*entry.prompt.aliases, *entry.prompt.evals)


def _joined(one: Registry, other: Registry) -> Registry:
    entries = sorted((*one.entries, *other.entries), key=lambda entry: entry.prompt.source.path)
    return replace(one, entries=tuple(entries), problems=(*one.problems, *other.problems))


def _is_plain(path: str, folders: Iterable[str]) -> bool:
    return any(
        path.startswith(f"{folder}/") and "/." not in path.removeprefix(folder) for folder in folders
    )  # `.releases`, `.baselines` and the like are judged as a whole


def _ids(registry: Registry, own: Iterable[str], paths: Sequence[str]) -> Iterator[str]:
    """Yield the ids by which others may speak of the files: those of prompts and of eval sets, and what sets name."""
    settings = registry.settings
    for path in own:
        yield from _own(path, settings.prompts)
    yield from registry.names
    for path in paths:
        yield from _own(path, settings.evalsets) if path.startswith(f"{settings.evalsets}/") else ()
    for evalset in registry.evalsets.values():
        if not {*paths}.isdisjoint((evalset.source.path, *evalset.data)):
            rubrics = (name for _, name in evalset.rubrics)
            yield from (evalset.id, *evalset.prompts, *rubrics, *own_rubrics(registry.tree, evalset))


def _is_about(path: str, text: bytes, ids: set[str], folder: str) -> bool:
    return not ids.isdisjoint(_own(path, folder)) or _mentions(text, ids)


def _own(path: str, folder: str) -> tuple[str, str]:
    """Return the id that a file's place gives it, with and without a version."""
    name = from_path(path, folder)
    return name, split_version(name)[0]


def _texts(tree: Tree, folder: str, prompts: Iterable[str]) -> Mapping[str, bytes]:
    """Return the bytes of the prompt files, and of the templates that they may include."""
    templates = (path for path in tree.entries(folder) if path.endswith(TEMPLATES))
    return {path: _bytes(tree, path) for path in (*prompts, *templates)}


def _bytes(tree: Tree, path: str) -> bytes:
    try:
        return tree.read(path)
    except OSError:
        return b""


def _mentions(text: bytes, words: Iterable[str]) -> bool:
    return any(word.encode() in text for word in words)


def _containing(texts: Mapping[str, bytes], names: set[str]) -> set[str]:
    """Return the files that mention one of the names, and those that mention a template which does, and so on."""
    found: set[str] = set()
    while names:
        hits = {path for path, text in texts.items() if path not in found and _mentions(text, names)}
        found |= hits
        names = {posixpath.basename(path) for path in hits if path.endswith(TEMPLATES)}
    return found


def _reached(registry: Registry, paths: Sequence[str], parts: Iterable[str]) -> Iterator[str]:
    """Yield the named files, and the prompts that are made of one; a broken prompt if it only mentions one."""
    folder = f"{registry.settings.prompts}/"
    named = {path.removeprefix(folder) for path in paths}
    made = {entry.prompt.source.path: {*entry.prompt.includes, *entry.prompt.files} for entry in registry.entries}
    yield from paths
    for path in parts:
        if path not in made or named & {part.removeprefix(folder) for part in made[path]}:
            yield path
