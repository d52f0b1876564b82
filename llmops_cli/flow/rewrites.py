"""Releases that labels serve and that a change rewrites or takes away: whoever asks by label would get another text."""

from collections.abc import Collection, Iterator

from llmops_cli.errors import LlmopsError
from llmops_cli.flow.label_lines import LabelSide, ids_of
from llmops_cli.flow.release_checks import rewritten, to_nothing
from llmops_cli.flow.released import Shelf
from llmops_cli.load import releases as release_files
from llmops_cli.model.problem import Problem
from llmops_cli.model.release import Label


def rewrites(old: LabelSide, new: LabelSide, touched: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each version that the head's labels serve and whose release in the base it changes."""
    if old.registry is None:
        return
    there = {path for path in touched if f"/{release_files.FOLDER}/" in path} & {*old.registry.tree.entries(
        f"{old.registry.settings.prompts}/{release_files.FOLDER}"
    )}  # fmt: skip
    for label in new.labels.values() if there else ():
        for key in label.serves:
            names = ids_of(key, new.prompt(key), old.prompt(key))
            yield from _changed(label, key, (old.shelf(names), new.shelf(names)), there)


def _changed(
    label: Label, key: str, shelves: tuple[Shelf | None, Shelf | None], there: Collection[str]
) -> Iterator[Problem]:
    before, after = shelves
    assert before is not None
    assert after is not None
    for version in label.versions(key):
        name = before.versions.get(version, "")
        if not name or release_files.place(before.settings.prompts, name, version) not in there:
            continue
        if version not in after.versions:
            yield to_nothing(label, key, version, {key: tuple(after.versions)})
        elif _digest(before, version) not in ("", after.release(version).digest):
            yield rewritten(label, key, version)


def _digest(there: Shelf, version: str) -> str:
    try:
        return there.release(version).digest
    except LlmopsError:  # the base's does not verify: whoever asked for it got an error
        return ""
