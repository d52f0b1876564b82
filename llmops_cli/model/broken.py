"""A case that broke, spelled out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Broken:
    """A counter-example: a case that the base passes and the head does not, with what was wanted and what came.

    `fresh_base`, `fresh_head`: how many runs of a confirmation passed, where there was one.
    """

    case: str
    expected: str
    got: str
    base_passes: str
    head_passes: str
    fresh_base: str = ""
    fresh_head: str = ""
