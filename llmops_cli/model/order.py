"""The orders of keys that reach a model, though to JSON they mean nothing.

An answer that keeps to a schema is written field by field in the order of its `properties`, and so are the arguments
of a tool: reasoning before the answer is another prompt than reasoning after it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Any
Path = tuple[str | int, ...]


def fields(value: Json, path: Path = ()) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Yield the place and the keys of each `properties` of the schemas inside a value, in their order."""
    if isinstance(value, Mapping):
        for key in sorted(value, key=str):
            inner, place = value[key], (*path, key)
            if key != "properties" or not isinstance(inner, Mapping):
                yield from fields(inner, place)
                continue
            yield place, tuple(map(str, inner))
            for name in sorted(inner, key=str):  # a field may be called `properties` itself
                yield from fields(inner[name], (*place, name))
    elif isinstance(value, (list, tuple)):
        for at, item in enumerate(value):
            yield from fields(item, (*path, at))


def unsorted(value: Json) -> list[list[Json]]:
    """Return [place, keys] of each `properties` whose keys are not sorted: all others say their order by being so."""
    return [[list(place), list(keys)] for place, keys in fields(value) if list(keys) != sorted(keys)]
