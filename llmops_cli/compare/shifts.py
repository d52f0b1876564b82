"""Where each case of a family went: broke, fell without breaking, was fixed, rose without that, or stayed."""

from collections.abc import Collection
from dataclasses import dataclass

from llmops_cli.compare.pairs import Pair, Paired
from llmops_cli.compare.verdicts import LEAST_DIFFERENCE


@dataclass(frozen=True, slots=True)
class Shifts:
    """Cases by where they went, each in exactly one place. `aside`: moved, but flaky or in quarantine."""

    broke: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    better: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    same: int = 0


def shifts(paired: Paired, aside: Collection[str] = ()) -> Shifts:
    """Return where the cases went; the same are only those whose mean did not move at all.

    A case broke where its mean fell and its usual run with it: for passes, where most runs of the base pass and most of
    the head fail. Where the mean alone fell, it is worse. Fixed and better are their mirror images.
    """
    found: dict[str, list[str]] = {}
    for pair in paired.pairs:
        where = _where(pair)
        found.setdefault("aside" if where != "same" and pair.case in aside else where, []).append(pair.case)
    kept = {name: tuple(sorted(cases)) for name, cases in found.items() if name != "same"}
    return Shifts(**kept, same=len(found.get("same", [])))


def _where(pair: Pair) -> str:
    moved = pair.difference
    if abs(moved) <= LEAST_DIFFERENCE:
        return "same"
    if moved < 0:
        return "broke" if _lies_above(pair.base, pair.head) else "worse"
    return "fixed" if _lies_above(pair.head, pair.base) else "better"


def _lies_above(high: tuple[float, ...], low: tuple[float, ...]) -> bool:
    """Return whether the usual run of one side lies above the other's; of two middle runs, those that lie closest."""
    return sorted(high)[(len(high) - 1) // 2] > sorted(low)[len(low) // 2] + LEAST_DIFFERENCE
