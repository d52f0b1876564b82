"""A foreign mapping that is read key by key, so that what nobody read cannot vanish."""

from collections.abc import Mapping
from typing import Any

Json = Any


class Taking:
    """A mapping, the keys of which are taken once; `left` is what nobody took, as it was."""

    def __init__(self, value: Mapping[str, Json], path: str = "") -> None:
        """`path` is where the mapping stands in the source: "" for its top."""
        self._left = dict(value)
        self._inner: dict[str, Taking | list[Taking | Json]] = {}
        self.path = path

    def at(self, key: str | int) -> str:
        """Return the path of a key: `messages.0.content`."""
        return f"{self.path}.{key}" if self.path else str(key)

    def has(self, key: str) -> bool:
        """Return whether the key is there and not taken."""
        return key in self._left

    def see(self, key: str) -> Json:
        """Return the value without taking it; None where there is none."""
        return self._left.get(key)

    def take(self, key: str, *types: type) -> Json:
        """Return and take the value if it has one of the types (any, if none are named), else leave it; else None."""
        if key in self._left and (not types or type(self._left[key]) in types):
            return self._left.pop(key)
        return None

    def text(self, key: str) -> str:
        """Return and take a text; "" where there is none."""
        return self.take(key, str) or ""

    def rest(self) -> dict[str, Json]:
        """Return and take all that is left."""
        found, self._left, self._inner = self.left(), {}, {}
        return found

    def into(self, key: str) -> "Taking":
        """Return the mapping below a key for taking; an empty one where there is none."""
        value = self.take(key, dict)
        inner = Taking(value if value is not None else {}, self.at(key))
        if value:
            self._inner[key] = inner
        elif value is not None:
            self._left[key] = {}
        return inner

    def each(self, key: str) -> "list[Taking]":
        """Return the mappings of the list below a key for taking; a list of anything else is left."""
        value = self._left.get(key)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            return []
        items = [Taking(item, f"{self.at(key)}.{index}") for index, item in enumerate(value)]
        del self._left[key]
        self._inner[key] = list(items)
        return items

    def left(self) -> dict[str, Json]:
        """Return what was not taken; of lists a mapping from the index to what is left of the item."""
        found: dict[str, Json] = dict(self._left)
        for key, inner in self._inner.items():
            if isinstance(inner, Taking):
                rest = inner.left()
            else:
                rest = {str(index): item.left() for index, item in enumerate(inner) if item.left()}
            if rest:
                found[key] = rest
        return found


def merged(base: Json, kept: Json) -> Json:
    """Return `base` with what `left` kept put back in its place; what stands in both stays `base`'s."""
    if isinstance(base, dict) and isinstance(kept, Mapping):
        extra = {key: value for key, value in kept.items() if key not in base}
        return {key: merged(value, kept[key]) if key in kept else value for key, value in base.items()} | extra
    if isinstance(base, list) and isinstance(kept, Mapping):
        return [merged(item, kept.get(str(index))) for index, item in enumerate(base)]
    return base
