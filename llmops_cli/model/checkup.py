"""What `doctor` finds of a machine and a project."""

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "advice", "bad"]
"""`advice`: something more could be had; `bad`: something does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: where it belongs, its name, how it is, what was seen, and what to do."""

    area: str
    name: str
    state: State
    said: str
    hint: str = ""
