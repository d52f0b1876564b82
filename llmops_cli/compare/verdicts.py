"""Two questions, one margin, three answers: is it worse, and is it no worse than the margin?"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from llmops_cli.compare.moved import moved, weighted
from llmops_cli.compare.pairs import Pair, Paired, by_unit
from llmops_cli.compare.permuted import permuted_p
from llmops_cli.compare.repeated import Twins, unit_of, united
from llmops_cli.compare.signflip import sign_flip_p
from llmops_cli.compare.stats import Drop, PValues, drop, mean, pseudo_runs
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Verdict, worst

LEAST_DIFFERENCE = 1e-9
SHOWN_FINE = (Verdict.PASS, Verdict.IMPROVED)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a family is judged under. `alpha` is its level at this look, `beta` the look's share of β.

    `clusters` maps a case to its cluster. `aside` are cases that count in the test, but not as broken ones: flaky, or
    in quarantine. `blocking` says that the family must show PASS; one that need not can only FAIL. `runs`: how many
    a case the plan takes at most; an auto margin is that of so many. `twins`: cases that share answers count once.
    """

    margin: float
    rule: str
    alpha: float
    policy: GatePolicy
    clusters: Mapping[str, str] = field(default_factory=dict)
    blocking: bool = True
    live: bool = False
    beta: float = 0.05
    aside: frozenset[str] = frozenset()
    runs: int = 1
    twins: Twins = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the runs of a family say: means, the drop with its bounds, the p-values."""

    base_mean: float
    head_mean: float
    drop: Drop
    p: PValues


def weigh(paired: Paired, terms: Terms) -> Weighed:
    """Return the figures of at least one comparable pair.

    `evalset` asks about these cases: their runs are permuted. `population` asks about cases like these: signs are
    flipped for cases, or clusters of them.
    """
    paired = united(paired, terms.twins)
    clusters = terms.clusters if terms.policy.inference == "population" else {}
    differences = by_unit(paired, clusters, lambda pair: pair.difference)
    return Weighed(
        base_mean=mean(by_unit(paired, clusters, lambda pair: mean(pair.base))),
        head_mean=mean(by_unit(paired, clusters, lambda pair: mean(pair.head))),
        drop=drop(differences, inverse_runs=pseudo_runs(len(pair.head) for pair in paired.pairs), beta=terms.beta),
        p=p_values(paired, differences, terms.policy, clusters),
    )


def p_values(paired: Paired, differences: list[float], policy: GatePolicy, clusters: Mapping[str, str]) -> PValues:
    """Return the p-values of the test that suits the scores and what the policy infers from them.

    `differences` are those of the units that `population` flips. Where a case has more runs on one side its difference
    is not symmetric, and a skewed score would look worse by chance: then its runs have to show it too.
    """
    if policy.inference != "population":
        return moved(paired, strict=policy.exact == "strict")
    flipped = sign_flip_p(differences)
    if all(len(pair.base) == len(pair.head) for pair in paired.pairs):
        return flipped
    permuted = permuted_p(weighted(paired, clusters))
    return PValues(max(flipped.worse, permuted.worse), max(flipped.better, permuted.better))


def broken(paired: Paired, terms: Terms) -> tuple[str, ...]:
    """Return the cases of which every head run lies well below every base run: by more than a small set's margin.

    For a binary scorer: the base passes every run and the head fails every run.
    """
    least = terms.policy.small_set_margin + LEAST_DIFFERENCE
    return tuple(
        pair.case for pair in paired.pairs if min(pair.base) - max(pair.head) > least and pair.case not in terms.aside
    )


def may_be_chance(paired: Paired, cases: tuple[str, ...], terms: Terms) -> bool:
    """Return whether flipping cases of the set may have broken these by chance: then only fresh answers can tell.

    A case whose low runs could all be the head's is broken in one of C(k_B + k_C, k_C) equally likely orders. Where
    others of that kind fell out otherwise, so many of them can be expected to look broken though nothing changed. Those
    aside count here: a base of 4 in 5 is called flaky for having fallen out otherwise. Cases that share answers count
    once: as broken where one of them is.
    """
    least = terms.policy.small_set_margin + LEAST_DIFFERENCE
    paired, cases = _one_each(paired, cases, terms.twins)
    orders = [
        math.comb(len(pair.base) + len(pair.head), len(pair.head))
        for pair in paired.pairs
        if _parts_at(pair, len(pair.head), least)
    ]
    if len(orders) == len(cases):
        return False  # nothing of the set flips in that way
    return _at_least(len(cases), orders) > terms.alpha


def _one_each(paired: Paired, cases: tuple[str, ...], twins: Twins) -> tuple[Paired, tuple[str, ...]]:
    """Return one pair a unit, a broken one where it has any, and those that are broken."""
    if not twins:
        return paired, cases
    told: dict[tuple[str, str], Pair] = {}
    for pair in sorted(paired.pairs, key=lambda pair: (pair.case not in cases, pair.difference, pair.case)):
        told.setdefault(unit_of(pair.case, twins), pair)
    return replace(paired, pairs=tuple(told.values())), tuple(one.case for one in told.values() if one.case in cases)


def _parts_at(pair: Pair, low: int, least: float) -> bool:
    """Return whether the `low` lowest runs of both sides together lie well below all others."""
    values = sorted((*pair.base, *pair.head))
    return values[low] - values[low - 1] > least


def _at_least(count: int, orders: list[int]) -> float:
    """Return the chance that at least `count` of the cases look broken, each with a chance of one in its orders."""
    fewer = [1.0] + [0.0] * (count - 1)
    for number in orders:
        one = 1.0 / number
        fewer = [before * one + now * (1.0 - one) for before, now in zip([0.0, *fewer[:-1]], fewer, strict=True)]
    return 1.0 - math.fsum(fewer)


def decide(paired: Paired, weighed: Weighed, terms: Terms) -> Verdict:
    """Return PASS, IMPROVED, FAIL or INCONCLUSIVE.

    The small-set rule has a second door besides broken cases: a drop larger than the set's own wide margin, shown at α.
    Thirty cases that fall from 5 of 5 to 1 of 5 break none of them for good, and are no PASS. It says INCONCLUSIVE only
    where broken cases may be chance and no fresh answers will be asked to tell.
    """
    is_worse = weighed.p.worse <= terms.alpha
    if terms.rule == "cases":
        collapsed = is_worse and weighed.drop.delta < -terms.margin
        cases = broken(paired, terms)
        fails = collapsed or (bool(cases) and (terms.live or not may_be_chance(paired, cases, terms)))
        passes = not fails and not cases
    else:
        passes = weighed.drop.lower_bound > -terms.margin
        fails = is_worse
    if passes:
        is_better = weighed.p.better <= terms.alpha and weighed.drop.delta > 0
        return Verdict.IMPROVED if is_better else Verdict.PASS
    return Verdict.FAIL if fails else Verdict.INCONCLUSIVE


def settle(paired: Paired, weighed: Weighed, terms: Terms) -> Verdict:
    """Return the verdict that stands whatever the missing runs would have said; INCOMPLETE where none does."""
    if not paired.missing:
        return decide(paired.comparable, weighed, terms)
    likely, unlikely = (_supposed(paired, terms, best=best) for best in (True, False))
    return worst(likely, unlikely) if _agree(likely, unlikely, terms) else Verdict.INCOMPLETE


def _supposed(paired: Paired, terms: Terms, *, best: bool) -> Verdict:
    supposed = paired.imputed(best=best).comparable
    return decide(supposed, weigh(supposed, terms), terms)


def _agree(first: Verdict, second: Verdict, terms: Terms) -> bool:
    if not terms.blocking:
        return (first is Verdict.FAIL) == (second is Verdict.FAIL)
    return first is second or (first in SHOWN_FINE and second in SHOWN_FINE)
