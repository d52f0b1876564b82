"""Families that would fail their prompt, until fresh answers have spoken."""

from dataclasses import dataclass, field

from llmops_cli.compare.confirm import Second, informative
from llmops_cli.compare.pairs import Paired, pair_up
from llmops_cli.compare.repeated import Twins, twins_of
from llmops_cli.compare.scope import scope_of
from llmops_cli.flow.fight import Today
from llmops_cli.flow.fresh import Series
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Family, Pairing


@dataclass(slots=True)
class Suspect:
    """A family that would fail its prompt, the cases of it that carry information, what fresh answers say so far."""

    series: Series
    pairing: Pairing
    family: Family
    cases: tuple[str, ...]
    found: Second | None = None
    stands: bool | None = None
    is_sure: bool = False
    today: Today = field(default_factory=Today)

    @property
    def terms(self) -> tuple[GatePolicy, Twins]:
        """What fresh answers are judged under: the policy, and which cases share them."""
        return self.pairing.policy, twins_of(self.pairing.flags)

    @property
    def key(self) -> tuple[str, str]:
        """The family's name within its fight."""
        return key_of(self.family)


def key_of(family: Family) -> tuple[str, str]:
    """Return what names a family within its fight."""
    return (family.scorer, family.slice or "")


def telling(pairing: Pairing, family: Family) -> tuple[str, ...]:
    """Return the cases of a family that carry information."""
    return informative(_paired(pairing, family))


def every(pairing: Pairing, family: Family) -> tuple[str, ...]:
    """Return all cases of a family that were compared."""
    return tuple(pair.case for pair in _paired(pairing, family).pairs)


def _paired(pairing: Pairing, family: Family) -> Paired:
    paired = pair_up(pairing.base, pairing.head, family.scorer, scope_of(pairing).cases).comparable
    if family.slice is not None:
        tag = family.slice
        paired = paired.only(lambda case: case in pairing.flags and tag in pairing.flags[case].tags)
    return paired
