"""Which prompts differ between two trees. Only files that changed are read, as far as that is safe."""

from collections.abc import Mapping
from dataclasses import dataclass

from llmops_cli.flow.registry import Registry, read
from llmops_cli.flow.renames import claims, successors
from llmops_cli.load import prompts as prompt_files
from llmops_cli.load.document import listing
from llmops_cli.load.ids import from_path
from llmops_cli.model.move import Move
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError, Problem
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.settings import Settings


@dataclass(frozen=True, slots=True)
class Pair:
    """One prompt on two sides; None where it is not there. `renamed` says that the two have different ids.

    `moves` are the labels that serve the one instead of the other. `by_label`: the two are releases, and only labels
    bring the change; else they are what the prompt's files say.
    """

    before: Prompt | None
    after: Prompt | None
    moves: tuple[Move, ...] = ()
    by_label: bool = False

    @property
    def id(self) -> str:
        """The id after the change; before it, where the prompt is removed."""
        prompt = self.after or self.before
        return prompt.id if prompt else ""

    @property
    def renamed(self) -> bool:
        """Whether the id changed."""
        return bool(self.before and self.after and self.before.id != self.after.id)

    @property
    def same(self) -> bool:
        """Whether the model sees the same and callers rely on the same."""
        before, after = self.before, self.after
        if before is None or after is None:
            return False
        return (before.digest, before.interface_digest) == (after.digest, after.interface_digest)


@dataclass(frozen=True, slots=True)
class Changes:
    """Pairs whose files differ, sorted by id, and the ids of prompts whose files are the same on both sides.

    `problems` are the base's. Of the head, `parsed` are the prompts that were read, `unread` the paths of the others.
    `touched` are all paths below the prompts folders whose files differ.
    """

    pairs: tuple[Pair, ...]
    untouched: tuple[str, ...]
    problems: tuple[Problem, ...]
    parsed: tuple[Prompt, ...]
    unread: tuple[str, ...]
    touched: frozenset[str]


def changes(base: Tree, head: Tree, base_settings: Settings, head_settings: Settings) -> Changes:
    """Return what differs. Raises `InvalidFilesError` for files of the head that cannot be read."""
    names_before = set(prompt_files.discover(base, base_settings.prompts))
    names_after = set(prompt_files.discover(head, head_settings.prompts))
    before, after = listing(base, base_settings.prompts), listing(head, head_settings.prompts)
    touched = {path for path in {*before, *after} if is_edited(path, (base, before), (head, after))}
    everything = (
        base_settings.models != head_settings.models
        or base_settings.prompts != head_settings.prompts
        or bool(touched - names_before - names_after)
    )
    paths = names_before | names_after if everything else touched & (names_before | names_after)
    old = read(base, base_settings, paths=sorted(paths & names_before), sets=False)
    new = read(head, head_settings, paths=sorted(paths & names_after), sets=False)
    errors = [problem for problem in new.problems if problem.severity == "error"]
    if errors:
        raise InvalidFilesError(errors)
    pairs, same = _pairs(old, new, touched)
    unread = sorted(names_after - paths)
    untouched = [from_path(path, head_settings.prompts) for path in unread] + same
    return Changes(
        tuple(sorted(pairs, key=lambda pair: (pair.id, pair.renamed, pair.before.id if pair.before else ""))),
        tuple(sorted(untouched)),
        tuple(problem for problem in old.problems if problem.severity == "error"),
        tuple(entry.prompt for entry in new.entries),
        tuple(unread),
        frozenset(touched),
    )


def is_edited(path: str, one: tuple[Tree, Mapping[str, str]], other: tuple[Tree, Mapping[str, str]]) -> bool:
    """Return whether a file differs by more than its line ends: a checkout may have CRLF where the commit has LF."""
    ids = [entries.get(path) for _, entries in (one, other)]
    if ids[0] == ids[1] or None in ids:
        return ids[0] != ids[1]
    try:
        before, after = (tree.read(path).replace(b"\r\n", b"\n") for tree, _ in (one, other))
    except OSError:
        return True
    return before != after


def _pairs(old: Registry, new: Registry, touched: set[str]) -> tuple[list[Pair], list[str]]:
    """Return the pairs that differ, and the ids of those that neither file nor digest tells apart."""
    prompts, others = old.prompts, dict(new.prompts)
    pairs, same = [], []
    for name in sorted({*prompts, *others}):
        pair = Pair(prompts.get(name), others.get(name))
        if pair.same and _file(pair.before) == _file(pair.after) and _file(pair.after) not in touched:
            same.append(name)
        else:
            pairs.append(pair)
    return _renames(pairs, old, new), same


def _file(prompt: Prompt | None) -> str:
    return prompt.source.path if prompt else ""


def _renames(found: list[Pair], old: Registry, new: Registry) -> list[Pair]:
    """Join prompts of the base and those that take their place; one may have several successors."""
    before = [pair.before for pair in found if pair.before]
    after = [pair.after for pair in found if pair.after]
    joined = claims(before, after)
    claimants = {prompt.id for _, prompt in joined}
    gone = [pair.before for pair in found if pair.before and pair.after is None]
    fresh = [pair.after for pair in found if pair.after and pair.before is None and pair.after.id not in claimants]
    if gone and fresh:
        base, head = (read(side.tree, side.settings, paths=()) for side in (old, new))
        joined += successors(gone, fresh, (base.judges, head.judges))
    followed, following = {one.id for one, _ in joined}, {other.id for _, other in joined}
    alone = [pair for pair in found if not _is_joined(pair, followed, following)]
    return [*alone, *(Pair(one, other) for one, other in joined)]


def _is_joined(pair: Pair, followed: set[str], following: set[str]) -> bool:
    """Return whether a removed or new prompt stands in a pair of its own by now."""
    if pair.before is not None and pair.after is not None:
        return False
    return pair.id in (followed if pair.after is None else following)
