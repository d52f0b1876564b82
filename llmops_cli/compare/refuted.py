"""Whether fresh answers to a broken case say what the runs said that raised the suspicion."""

from collections.abc import Sequence
from enum import IntEnum

from llmops_cli.compare.pairs import Pair
from llmops_cli.compare.verdicts import LEAST_DIFFERENCE


class Standing(IntEnum):
    """What is left of a broken case, the surest first."""

    CONFIRMED = 0
    OPEN = 1
    REFUTED = 2


def standing(base: Sequence[float], head: Sequence[float], *, binary: bool) -> Standing:
    """Return whether fresh runs confirm a broken case: the base passes it and the head fails it, mostly.

    Refuted is one of which they show no drop, or whose head mostly passes or whose base mostly fails after all; a
    graded one only by its mean, for it may fall without passing or failing in full. Else it is open.
    """
    if not base or not head:
        return Standing.OPEN
    pair = Pair("", tuple(base), tuple(head))
    fell = pair.difference < -LEAST_DIFFERENCE
    if fell and _most_pass(pair.base) and _most_fail(pair.head):
        return Standing.CONFIRMED
    otherwise = binary and (_mostly(head, 1.0) or _mostly(base, 0.0))
    return Standing.OPEN if fell and not otherwise else Standing.REFUTED


def _mostly(values: Sequence[float], wanted: float) -> bool:
    return 2 * sum(value == wanted for value in values) > len(values)


def _most_pass(values: tuple[float, ...]) -> bool:
    return 2 * sum(value >= 1.0 for value in values) > len(values)


def _most_fail(values: tuple[float, ...]) -> bool:
    return 2 * sum(value < 1.0 for value in values) > len(values)
