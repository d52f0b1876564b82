"""Whether fresh answers of an unchanged prompt differ from the stored ones, worse or better.

Runs are permuted within their cases, both ways at once; Holm's step-down over every look of a night (S. Holm 1979,
Scand. J. Statist. 6: 65), so that α bounds any false alarm.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from llmops_cli.compare.moved import moved
from llmops_cli.compare.pairs import pair_up
from llmops_cli.compare.repeated import Twins, united
from llmops_cli.compare.stats import drop, mean, pseudo_runs
from llmops_cli.model.drift import Drifted, Look
from llmops_cli.model.run import Arm
from llmops_cli.model.verdict import Verdict


def look(stored: Arm, fresh: Arm, scorer: str, twins: Twins) -> Look | None:
    """Return what one scorer says of the cases that have a score on both sides; None where there is none.

    Cases that share answers (`twins`) count once.
    """
    cases = stored.rows.keys() & fresh.rows.keys()
    paired = united(pair_up(stored, fresh, scorer, cases).comparable, twins)
    if not paired.pairs:
        return None
    differences = [pair.difference for pair in paired.pairs]
    shift = drop(differences, inverse_runs=pseudo_runs(len(pair.head) for pair in paired.pairs))
    p = moved(paired)
    return Look(
        scorer=scorer,
        cases=len(paired.pairs),
        stored_mean=mean([mean(pair.base) for pair in paired.pairs]),
        fresh_mean=mean([mean(pair.head) for pair in paired.pairs]),
        delta=shift.delta,
        interval=shift.interval,
        p_worse=p.worse,
        p_better=p.better,
    )


def judged(rows: Iterable[Drifted], alpha: float) -> tuple[Drifted, ...]:
    """Return the rows with each look's adjusted p, and DRIFT for those that one of them shows to have moved."""
    found = list(rows)
    adjusted = iter(holm([one.p for row in found for one in row.looks]))
    return tuple(_judged(replace(row, looks=_with(row.looks, adjusted)), alpha) for row in found)


def holm(values: Sequence[float]) -> list[float]:
    """Return the adjusted p-values, in the order given: the k-th smallest of n counts n−k+1 times, and never falls."""
    order = sorted(range(len(values)), key=values.__getitem__)
    adjusted, highest = [1.0] * len(values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - rank) * values[place]))
        adjusted[place] = highest
    return adjusted


def served(stored: Arm, fresh: Arm) -> str:
    """Return in words which other model answers now; "" where none does, or nobody knows which one did."""
    strange = sorted(set(fresh.models) - set(stored.models))
    if not strange or not stored.models:
        return ""
    return f"{', '.join(strange)} answers now; the baseline is of {', '.join(stored.models)}"


def fingerprints(stored: Arm, fresh: Arm) -> str:
    """Return in words that the provider says to run another build; "" where it does not, or does not say.

    It is a note and no verdict: providers change builds often, and mostly the answers stay as they were.
    """
    if not stored.fingerprints or not fresh.fingerprints or set(stored.fingerprints) & set(fresh.fingerprints):
        return ""
    builds = f"{', '.join(stored.fingerprints)} → {', '.join(fresh.fingerprints)}"
    return f"the provider's system fingerprint changed: {builds}"


def _with(looks: tuple[Look, ...], adjusted: Iterable[float]) -> tuple[Look, ...]:
    values = iter(adjusted)
    return tuple(replace(one, adjusted=next(values)) for one in looks)


def _judged(row: Drifted, alpha: float) -> Drifted:
    shown = [one for one in row.looks if one.adjusted <= alpha]
    if not shown or row.verdict is not Verdict.PASS:
        return replace(row, reasons=(*row.reasons, *map(_said, shown)))
    return replace(row, verdict=Verdict.DRIFT, reasons=(*row.reasons, *map(_said, shown)))


def _said(one: Look) -> str:
    return f"{one.scorer} is {'worse' if one.delta < 0 else 'better'} than the stored baseline"
