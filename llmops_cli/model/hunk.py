"""An edit taken apart: the smallest parts of it that can be put onto the old prompt one by one."""

from dataclasses import dataclass
from typing import Any, Literal

Json = Any
Path = tuple[str | int, ...]


Kind = Literal["added", "removed", "changed", "moved"]


@dataclass(frozen=True, slots=True)
class Hunk:
    """One part of an edit: a sentence, a message, a key, a row, a tool.

    `label` says in words what it is part of (`system`, `params.temperature`). `path` leads to it in the prompt after
    the edit; in the prompt before it, where it is removed. `before` and `after` are text or JSON, None where absent; of
    what moved they are its places. `offset` is the character of the text at which a sentence begins, on that same side.
    """

    label: str
    path: Path
    kind: Kind
    before: Json = None
    after: Json = None
    offset: int = 0
