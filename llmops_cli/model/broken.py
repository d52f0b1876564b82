"""A case that broke, spelled out."""

from dataclasses import dataclass
from typing import Any

Json = Any


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field of an expected object that an answer has wrong; None is a value that is not there."""

    field: str
    expected: Json
    got: Json


@dataclass(frozen=True, slots=True)
class Broken:
    """A counter-example: a case that the base passes and the head does not, with what was wanted and what came.

    `fresh_base`, `fresh_head`: how many runs of a confirmation passed, where there was one. `wrong`: the fields that
    are wrong, where an object was expected and one came, or the last number, where a number was. `reason`: what a judge
    says of the answer that came, where a judge decides; what was expected explains nothing then.
    """

    case: str
    expected: str
    got: str
    base_passes: str
    head_passes: str
    fresh_base: str = ""
    fresh_head: str = ""
    wrong: tuple[Wrong, ...] = ()
    reason: str = ""
