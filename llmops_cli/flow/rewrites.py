"""Releases that labels serve and that a change rewrites or takes away: whoever asks by label would get another text."""

from collections.abc import Collection, Iterator, Sequence

from llmops_cli.errors import LlmopsError
from llmops_cli.flow.label_lines import LabelSide
from llmops_cli.flow.release_checks import rewritten, to_nothing
from llmops_cli.flow.released import Shelf
from llmops_cli.load import releases as release_files
from llmops_cli.model.problem import Problem
from llmops_cli.model.release import Label


def rewrites(old: LabelSide, new: LabelSide, touched: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each version that the head's labels serve and whose text in the base the change replaces.

    It may edit the release, take it away, or add one of this version under another id of the prompt.
    """
    there = {path for path in touched if f"/{release_files.FOLDER}/" in path}
    versions = {path.rpartition("/")[2].removesuffix(release_files.SUFFIX) for path in there}
    for label in new.labels.values() if there else ():
        for key in label.serves:
            wanted = versions.intersection(label.versions(key)) if old.registry else ()
            shelves = [side.shelf(key) for side in (old, new)] if wanted else []
            for version in sorted(wanted):
                yield from _changed(label, key, version, shelves, there)


def _changed(
    label: Label, key: str, version: str, shelves: Sequence[Shelf | None], there: Collection[str]
) -> Iterator[Problem]:
    before, after = shelves
    assert before is not None
    assert after is not None
    paths = {
        release_files.place(one.settings.prompts, one.versions.get(version, ""), version) for one in (before, after)
    }
    if version not in before.versions or not paths & {*there}:
        return
    if version not in after.versions:
        yield to_nothing(label, key, version, {key: tuple(after.versions)})
    elif _digest(before, version) not in ("", after.release(version).digest):
        yield rewritten(label, key, version)


def _digest(there: Shelf, version: str) -> str:
    try:
        return there.release(version).digest
    except LlmopsError:  # the base's does not verify: whoever asked for it got an error
        return ""
