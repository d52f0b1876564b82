"""What a change does to the bar: to eval sets and thresholds, which judge the changes after it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BarChange:
    """One thing in words. `weaker`: the next change has it easier; where nobody can tell, it is not."""

    text: str
    weaker: bool = False
