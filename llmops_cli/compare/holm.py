"""The level at which each of several tests of one change is held: weighted Holm (S. Holm 1979, Scand. J. Stat. 6: 65).

FAIL is a union of claims: with six tests at 5 % each, some test fails by chance in a quarter of unchanged prompts.
Half of α goes to the primary scorers, the rest is shared by other scorers and slices; what a rejected test had, the
others get. PASS is an intersection of claims and needs no correction.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

PRIMARY = 0.5


@dataclass(frozen=True, slots=True)
class Claim:
    """A test that could fail the change: its one-sided p, the α of its look, whether its scorer is primary.

    `informed` is false where nothing differs: such a test cannot reject, whatever its level, and needs no share.
    """

    p: float
    alpha: float
    primary: bool
    informed: bool = True


def levels(claims: Sequence[Claim]) -> tuple[float, ...]:
    """Return the level of each claim, in their order: it is rejected if p ≤ level, exactly as Holm's steps say.

    A claim's level is what Holm leaves it once every other claim that can be rejected is; so a verdict that holds p
    against it, for other runs of the same family too, stays within the promised rate of the whole change.
    """
    weights = _weights(claims)
    return tuple(_level(place, claims, weights) for place in range(len(claims)))


def _weights(claims: Sequence[Claim]) -> list[float]:
    """Return each claim's weight; those that count add up to 1."""
    first = sum(claim.primary for claim in claims if claim.informed)
    others = sum(not claim.primary for claim in claims if claim.informed)
    halves = (PRIMARY, 1.0 - PRIMARY) if first and others else (1.0, 1.0)
    return [
        0.0 if not claim.informed else halves[0] / first if claim.primary else halves[1] / others for claim in claims
    ]


def _level(place: int, claims: Sequence[Claim], weights: Sequence[float]) -> float:
    own = weights[place]
    if not own:
        return claims[place].alpha
    others = [(claim.p / claim.alpha / weight, weight) for claim, weight in zip(claims, weights, strict=True) if weight]
    others.remove((claims[place].p / claims[place].alpha / own, own))
    others.sort()
    left = math.fsum([own, *(weight for _, weight in others)])
    for taken, (ratio, _) in enumerate(others, 1):
        if ratio * left > 1.0:
            break
        left = math.fsum([own, *(weight for _, weight in others[taken:])])
    return claims[place].alpha * min(1.0, own / left)
