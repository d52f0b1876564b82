"""What a change does to stored baselines that count: of versions that prompt files have now, or that labels serve."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from llmops_cli.compare.bar_baselines import at_hand, stored_anew
from llmops_cli.errors import LlmopsError
from llmops_cli.flow.registry import Registry, read
from llmops_cli.flow.released import labels, shelf
from llmops_cli.flow.scene import Scene
from llmops_cli.load import baselines as files
from llmops_cli.load import prompts as prompt_files
from llmops_cli.load.document import listing
from llmops_cli.load.ids import from_path
from llmops_cli.model.bar_change import BarChange
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.run import Arm
from llmops_cli.store.baselines import SHORT

Key = tuple[str, str, str]
"""Prompt, eval set, the first 12 digits of the digest."""
Stored = Mapping[Key, tuple[str, str]]
"""The path and the blob id of each stored baseline."""


def baseline_changes(scene: Scene) -> Iterator[BarChange]:
    """Yield what becomes of the base's baselines. Raises `InvalidFilesError` for files of the head that do not verify.

    A file that nobody needs any more, of a version that neither side has, is only counted.
    """
    ids = {pair.before.id: pair.after.id for pair in scene.pairs if pair.renamed and pair.before and pair.after}
    base, head = _stored(scene.base, ids), _stored(scene.head, {})
    differ = sorted(key for key in {*base, *head} if not _same(scene, base.get(key), head.get(key)))
    if not differ:
        return
    arms = _brought(scene.head, [head[key][0] for key in differ if key in head])
    names = {key[0] for key in differ}
    now = _versions(scene.base, names, ids), _versions(scene.head, names, {})
    others, paths = 0, {path for path, _ in head.values()}
    for key in differ:
        version = (key[0], key[2])
        gone = key not in head
        if gone and base[key][0] in paths:
            continue  # the prompt got another id, and the file stayed
        if key not in base and version not in now[0]:
            continue  # the change's own version: what it brings for itself is told with its verdict
        if version not in now[0] | now[1] or (gone and version not in now[1]):
            others += 1
            continue
        yield _of(scene, key, base.get(key), arms.get(head[key][0]) if key in head else None)
    if others:
        what = "1 baseline" if others == 1 else f"{others} baselines"
        yield BarChange(f"{what} of versions that nothing has now: changed or removed")


def _stored(side: Registry, ids: Mapping[str, str]) -> Stored:
    """Return the files of one side; `ids` are those that prompts have on the other, by the one that they had."""
    folder = side.settings.baselines
    blobs = listing(side.tree, folder)
    found = files.stored(side.tree, folder)
    return {(ids.get(name, name), evalset, digest): (path, blobs[path]) for name, evalset, digest, path in found}


def _same(scene: Scene, one: tuple[str, str] | None, other: tuple[str, str] | None) -> bool:
    """Return whether both sides have the same file, but for line ends."""
    if one is None or other is None or one[1] == other[1]:
        return one is not None and other is not None
    try:
        before, after = scene.base.tree.read(one[0]), scene.head.tree.read(other[0])
    except OSError:
        return False
    return before.replace(b"\r\n", b"\n") == after.replace(b"\r\n", b"\n")


def _brought(head: Registry, paths: Iterable[str]) -> dict[str, Arm]:
    """Return the files that the head brings, by path. Raises `InvalidFilesError` with all that is wrong in them."""
    arms, problems = {}, []
    for path in paths:
        arm, wrong = files.check(head.tree, head.settings.baselines, path)
        arms[path] = arm
        problems += wrong
    if problems:
        raise InvalidFilesError(problems)
    return arms


def _of(scene: Scene, key: Key, old: tuple[str, str] | None, after: Arm | None) -> BarChange:
    prompt, name, digest = key
    evalset = scene.base.evalsets.get(name)
    scorers = [spec.name for spec in evalset.gating] if evalset else []
    what = f"baseline {prompt} on {name} ({digest[:7]})"
    before = _before(scene.base.tree, scene.base.settings.baselines, old[0]) if old else None
    if after is None:
        held = at_hand(before, scorers) if before else "it did not verify"
        return BarChange(f"{what} removed: {held}", weaker=True)
    if before is None:
        why = "in place of one that did not verify: " if old else "new: "
        return BarChange(f"{what} {why}{at_hand(after, scorers)}")
    one = stored_anew(before, after, scorers)
    return replace(one, text=f"{what} replaced: {one.text}")


def _before(tree: Tree, folder: str, path: str) -> Arm | None:
    """Return a baseline of the base; None where it does not verify: a change that repairs it is not refused."""
    arm, problems = files.check(tree, folder, path)
    return None if problems else arm


def _versions(side: Registry, names: set[str], ids: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return the (prompt, digest12) that prompt files and labels of one side have, of these prompts; `ids` as above."""
    tree, settings = side.tree, side.settings
    wanted = names | {old for old, new in ids.items() if new in names}
    paths = prompt_files.discover(tree, settings.prompts)
    named = [path for path in paths if from_path(path, settings.prompts) in wanted]
    some = read(tree, settings, paths=named, sets=False)
    if wanted - some.names:  # an id may be another than the path's
        some = read(tree, settings, paths=paths, sets=False)
    every = [(entry.prompt.id, *entry.prompt.aliases) for entry in some.entries]
    found = {(entry.prompt.id, entry.prompt.digest[:SHORT]) for entry in some.entries}
    found |= set(_served(side, wanted, {name: one for one in every for name in one}))
    return {(ids.get(name, name), digest) for name, digest in found}


def _served(side: Registry, names: set[str], ids: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield the versions that labels serve; what cannot be read is named by those who look at labels."""
    try:
        for label in labels(side.tree, side.settings):
            for name, serves in label.serves.items():
                known = dict.fromkeys((name, *ids.get(name, ())))
                if not names & known.keys():
                    continue
                for version in (serves,) if isinstance(serves, str) else serves:
                    digest = shelf(side.tree, side.settings, known).release(version).digest[:SHORT]
                    yield from ((one, digest) for one in known)
    except LlmopsError:
        return
