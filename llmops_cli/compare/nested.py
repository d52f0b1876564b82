"""Where two nested values differ. The only speaker of deepdiff, which is imported when something really differs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from llmops_cli.compare.paths import Path
from llmops_cli.model.diff import Json
from llmops_cli.model.prompt import canonical

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place at which two values differ; None stands for what is not there."""

    path: Path
    kind: Literal["added", "removed", "changed"]
    before: Json = None
    after: Json = None


def differences(before: Json, after: Json) -> tuple[Difference, ...]:
    """Return the smallest parts that differ, in the order of their paths; lists of unequal length differ as a whole."""
    if canonical(before) == canonical(after):
        return ()
    if not _nests(before) or type(_plain(before)) is not type(_plain(after)):
        return (Difference((), "changed", before, after),)
    return tuple(_deep(_plain(before), _plain(after)))


def keys_that_differ(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Difference]:
    """Yield the differences of two mappings, sorted; values inside of values only where both sides nest alike."""
    for key in sorted({*before, *after}):
        one, other = before.get(key, _ABSENT), after.get(key, _ABSENT)
        if one is _ABSENT:
            yield Difference((key,), "added", None, other)
        elif other is _ABSENT:
            yield Difference((key,), "removed", one, None)
        else:
            for inner in differences(one, other):
                yield Difference((key, *inner.path), inner.kind, inner.before, inner.after)


def _deep(before: Json, after: Json) -> Iterator[Difference]:
    from deepdiff import DeepDiff  # 190 ms; only for nested values that differ

    tree = DeepDiff(before, after, view="tree", zip_ordered_iterables=True, threshold_to_diff_deeper=0)
    paths = {
        _rolled_up(tuple(item.path(output_format="list")), before, after) for group in tree.values() for item in group
    }
    outermost = [path for path in paths if not any(path[:end] in paths for end in range(len(path)))]
    for path in sorted(outermost, key=lambda path: [str(key) for key in path]):
        one, other = _at(before, path), _at(after, path)
        if one is _ABSENT:
            yield Difference(path, "added", None, other)
        elif other is _ABSENT:
            yield Difference(path, "removed", one, None)
        else:
            yield Difference(path, "changed", one, other)


def _rolled_up(path: Path, before: Json, after: Json) -> Path:
    """Return the path of the outermost list on the way whose length differs; else the path itself."""
    for end in range(len(path)):
        one, other = _at(before, path[:end]), _at(after, path[:end])
        if isinstance(one, list) and isinstance(other, list) and len(one) != len(other):
            return path[:end]
    return path


def _at(value: Json, path: Path) -> Json:
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return value


def _nests(value: Json) -> bool:
    return isinstance(_plain(value), (dict, list))


def _plain(value: Json) -> Json:
    """Return the value as JSON has it: 1.0 is 1, tuples are lists, mappings are dicts."""
    return json.loads(canonical(value))
