"""The path of a part of a prompt as text and as keys: `variables.locale.required`, `includes["partials/rules.j2"]`."""

import json
import re
from collections.abc import Sequence

from llmops_cli.model.diff import Json

Path = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
_STEP = re.compile(r'\.?(?:\["((?:[^"\\]|\\.)*)"\]|(\d+)|([^.\[]+))')


def join(path: Path) -> str:
    """Return the path as text. Keys that are no plain words are quoted as in JSON; a number is the index of a list."""
    words = [f".{key}" if isinstance(key, int) or _BARE.fullmatch(key) else f"[{json.dumps(key)}]" for key in path]
    return "".join(words).removeprefix(".")


def split(text: str) -> Path:
    """Return the keys of a path that `join` wrote."""
    keys: list[str | int] = []
    for quoted, index, word in _STEP.findall(text):
        keys.append(int(index) if index else word or json.loads(f'"{quoted}"'))
    return tuple(keys)


def common(one: Path, other: Path) -> int:
    """Return how many keys the two paths share from their start."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def put(root: Json, path: Path, value: Json) -> None:
    """Set the value at a path of nested lists and dicts."""
    parent = _walk(root, path[:-1])
    parent[path[-1]] = value


def drop(root: Json, path: Path) -> None:
    """Remove the key at a path of nested dicts."""
    del _walk(root, path[:-1])[path[-1]]


def _walk(root: Json, path: Sequence[str | int]) -> Json:
    for key in path:
        root = root[key]
    return root
