"""An address → the prompt it names.

| address | names |
|---|---|
| `id` | the working tree's prompt |
| `id@3.2.0` | that release |
| `id@production` | the release that a label serves; a label wins over a branch of its name (`@refs/heads/production`) |
| `id@sha256:5f24a01` | the content with that digest: working tree, releases, then all history |
| `id@main~3` | the prompt at a git revision |
| `prompts/id.yaml` | a file |

Nothing stands in for what is missing: that is an error.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from llmops_cli.errors import GitError, UnknownNameError
from llmops_cli.flow.named import by_digest, by_label, by_version, ids_of, missing_ref
from llmops_cli.flow.place import Found, entry, in_file, own_file
from llmops_cli.flow.project import Project
from llmops_cli.load.ids import SUFFIXES, from_path
from llmops_cli.load.labels import is_label
from llmops_cli.load.labels import read as read_label
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.release import is_version

__all__ = ["SUFFIXES", "Address", "Found", "entry", "find", "parse"]

FILE_AT = re.compile(r"(.+?\.ya?ml)@(.+)", re.DOTALL)
OLD_STYLE = re.compile(r"v\d+(\.\d+){0,2}")
HINT = "an address is id, id@3.2.0, id@label, id@sha256:…, id@revision, or a file path"


@dataclass(frozen=True, slots=True)
class Address:
    """An address in its parts: an id or a file path, and what stands after `@` ("" = the working tree)."""

    name: str
    ref: str = ""

    @property
    def is_path(self) -> bool:
        """Whether a file is named."""
        return self.name.endswith((".yaml", ".yml"))


def parse(text: str) -> Address:
    """Return the parts of an address. Raises `UnknownNameError` where one is missing."""
    at = FILE_AT.fullmatch(text)
    if at is None and text.endswith((".yaml", ".yml")):
        return Address(text)
    name, mark, ref = (at[1], "@", at[2]) if at else text.partition("@")
    if not name:
        raise UnknownNameError(f"no prompt {text!r}", hint=HINT)
    if mark and not ref:
        raise UnknownNameError(f"{text!r} says nothing after @", hint=HINT)
    return Address(name, ref)


def _meant(project: Project, where: Address) -> Address:
    """Return `id@branch` for a file that is not there: a branch may be named like one."""
    name, mark, ref = where.name.partition("@")
    if where.ref or not where.is_path or not mark or not name or (Path.cwd() / where.name).exists():
        return where
    return where if (project.root / where.name).exists() else Address(name, ref)


def find(project: Project, address: str, *, key: str = "") -> Found:
    """Return the prompt at an address. `key` is whose version of a split label is wanted (a customer, a session).

    Raises `UnknownNameError`, `GitError`, or the file's problems; `UnverifiedError` for a release that was edited.
    """
    where = _meant(project, parse(address))
    if not where.ref:
        if where.is_path:
            return in_file(project, Path(where.name))
        return Found(entry(project.tree, project.settings, where.name), project.tree, project.settings, "worktree")
    name, ref = where.name, where.ref
    if where.is_path:
        name = from_path(project.relative(Path(name)), project.settings.prompts)
    if ref.startswith("sha256:"):
        return by_digest(project, name, ref.removeprefix("sha256:"))
    if is_version(ref):
        return by_version(project, name, ref)
    label = read_label(project.tree, project.settings.prompts, ref) if is_label(ref) else None
    if label is not None:
        return by_label(project, name, label, key)
    return _old_style(project, name, address) or _at_revision(project, where, name, ref)


def _old_style(project: Project, name: str, address: str) -> Found | None:
    """Return the prompt whose old id was the whole address, `extract-invoice@v3.2`: such ids stay as aliases."""
    if not OLD_STYLE.fullmatch(address.rpartition("@")[2]):
        return None
    found = own_file(project.tree, project.settings, name)
    old = found is not None and address in found.prompt.aliases
    return Found(found, project.tree, project.settings, "worktree") if found is not None and old else None


def _at_revision(project: Project, where: Address, name: str, ref: str) -> Found:
    try:
        commit = project.git().resolve(ref)
    except GitError as error:
        raise missing_ref(project, name, ref, error) from error
    tree = project.at(commit)
    settings = read_settings(tree)
    if where.is_path:
        name = from_path(project.relative(Path(where.name)), settings.prompts)
    try:
        return Found(entry(tree, settings, name), tree, settings, ref)
    except UnknownNameError:
        others = [one for one in ids_of(project, name) if one != name]
        for other in others:  # the prompt had another id then
            found = own_file(tree, settings, other)
            if found is not None and other in (found.prompt.id, *found.prompt.aliases):
                return Found(found, tree, settings, ref)
        raise
