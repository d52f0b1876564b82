"""How far two raters agree, beyond what their habits alone would give."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from llmops_cli.compare.stats import TWO_SIDED, wilson, z
from llmops_cli.model.review import Agreement, Interval, PairBias, Steadiness

Table = Mapping[tuple[str, str], float]
PSEUDO = 0.5


def agreement(raters: tuple[str, str], pairs: Sequence[tuple[str, str]], categories: Sequence[str]) -> Agreement:
    """Return how far two raters agree on at least one answer; a pair holds the category that each gave.

    Raises `ValueError` for no pair, or a category that is not among the (two or more) `categories`.
    """
    if not pairs or not {each for pair in pairs for each in pair} <= {*categories}:
        raise ValueError(f"{len(pairs)} pairs, categories {', '.join(categories)}")
    counts = Counter(pairs)
    table = {(one, other): counts[one, other] for one in categories for other in categories}
    answers, kinds = len(pairs), len(categories)
    agree = sum(table[each, each] for each in categories) / answers
    kappa = _kappa(table, categories)
    first = [_sum(table, categories[0], side) / answers for side in (0, 1)]
    return Agreement(
        raters=raters,
        categories=tuple(categories),
        table=table,
        answers=answers,
        agree=agree,
        agree_interval=wilson(agree, answers),
        kappa=kappa,
        kappa_interval=None if kappa is None else _kappa_interval(kappa, table, categories),
        pabak=(kinds * agree - 1.0) / (kinds - 1.0),
        ac1=_ac1(table, categories, agree),
        rates=(first[0], first[1]),
    )


def _sum(table: Table, category: str, side: int) -> float:
    return math.fsum(count for pair, count in table.items() if pair[side] == category)


def _kappa(table: Table, categories: Sequence[str]) -> float | None:
    """Return Cohen's kappa (1960); None where chance alone agrees always: both raters gave one category only."""
    total = math.fsum(table.values())
    agree = math.fsum(table[each, each] for each in categories) / total
    chance = math.fsum(_sum(table, each, 0) * _sum(table, each, 1) for each in categories) / total**2
    return None if chance >= 1.0 else (agree - chance) / (1.0 - chance)


def _kappa_interval(kappa: float, table: Table, categories: Sequence[str]) -> Interval:
    """Return the 95 % interval by the standard error of Fleiss, Cohen and Everitt (1969), with half a pair a cell more.

    Without the half pairs ten answers on which both agree would be sure of kappa 1.
    """
    padded = {pair: count + PSEUDO for pair, count in table.items()}
    centre = _kappa(padded, categories)
    assert centre is not None
    reach = z((1.0 + TWO_SIDED) / 2.0) * kappa_error(padded, categories)
    return (max(-1.0, min(kappa, centre - reach)), min(1.0, max(kappa, centre + reach)))


def kappa_error(table: Table, categories: Sequence[str]) -> float:
    """Return the standard error of kappa (Fleiss, Cohen, Everitt 1969, Psychological Bulletin 72: 323, eq. 13)."""
    total = math.fsum(table.values())
    rows = {each: _sum(table, each, 0) / total for each in categories}
    columns = {each: _sum(table, each, 1) / total for each in categories}
    agree = math.fsum(table[each, each] for each in categories) / total
    chance = math.fsum(rows[each] * columns[each] for each in categories)
    terms = []
    for (one, other), count in table.items():
        if one == other:
            terms.append(count / total * ((1.0 - chance) - (rows[one] + columns[one]) * (1.0 - agree)) ** 2)
        else:
            terms.append((1.0 - agree) ** 2 * count / total * (columns[one] + rows[other]) ** 2)
    inner = math.fsum(terms) - (agree * chance - 2.0 * chance + agree) ** 2
    return math.sqrt(max(0.0, inner) / total) / (1.0 - chance) ** 2


def _ac1(table: Table, categories: Sequence[str], agree: float) -> float:
    """Return Gwet's AC1 (2008, British Journal of Mathematical and Statistical Psychology 61: 29)."""
    total = math.fsum(table.values())
    shares = [(_sum(table, each, 0) + _sum(table, each, 1)) / (2.0 * total) for each in categories]
    chance = math.fsum(share * (1.0 - share) for share in shares) / (len(categories) - 1.0)
    return (agree - chance) / (1.0 - chance)


def steadiness(asked: Iterable[Sequence[float]]) -> Steadiness | None:
    """Return of how many answers a judge said the same each time; None where none has two scores."""
    rows = [values for values in asked if len(values) > 1]
    if not rows:
        return None
    same = sum(len({*values}) == 1 for values in rows)
    return Steadiness(len(rows), max(map(len, rows)), same, wilson(same / len(rows), len(rows)))


def places_of(orders: tuple[float, float]) -> tuple[float, float]:
    """Return (inconsistent, first), as a pairwise judge's parts give it, of what each order is worth to the answer.

    The answer is shown first in the first of the two, and second in the second.
    """
    shown_first, shown_second = orders
    return float(shown_first != shown_second), (shown_first + 1.0 - shown_second) / 2.0


def pair_bias(pairs: Iterable[tuple[float, float]]) -> PairBias | None:
    """Return the position bias from (score, first) of each pair, as a pairwise judge's parts give it; None for no pair.

    `inconsistent` is 1 where the two orders gave different verdicts, `first` the share of the two calls, a tie as a
    half, that went to the text shown first: above ½ it favours the first place.
    """
    rows = list(pairs)
    if not rows:
        return None
    odd = [first for inconsistent, first in rows if inconsistent]
    ahead, behind = sum(first > PSEUDO for first in odd), sum(first < PSEUDO for first in odd)
    return PairBias(
        pairs=len(rows),
        consistent=len(rows) - len(odd),
        first=ahead,
        second=behind,
        consistency_interval=wilson(1.0 - len(odd) / len(rows), len(rows)),
        bias_interval=_bias_interval(ahead, behind, len(rows)),
    )


def _bias_interval(first: int, second: int, pairs: int) -> Interval:
    """Return the 95 % interval of (first − second) / pairs: Wald's with one pair more each way.

    D. G. Bonett and R. M. Price 2012, Journal of Educational and Behavioral Statistics 37: 479.
    """
    one, other = (first + 1.0) / (pairs + 2.0), (second + 1.0) / (pairs + 2.0)
    centre, seen = one - other, (first - second) / pairs
    reach = z((1.0 + TWO_SIDED) / 2.0) * math.sqrt((one + other - centre**2) / (pairs + 2.0))
    return (max(-1.0, min(seen, centre - reach)), min(1.0, max(seen, centre + reach)))
