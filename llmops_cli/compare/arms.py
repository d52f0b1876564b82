"""Arms put together: more repeats of the same version join those that are stored."""

from collections.abc import Mapping
from dataclasses import replace

from llmops_cli.model.run import Arm, Row


def extend(stored: Arm, more: Arm) -> Arm:
    """Return `stored` with the repeats of `more` behind its own; both are of one digest, eval set and scorers."""
    models = tuple(sorted({*stored.models, *more.models}))
    builds = tuple(sorted({*stored.fingerprints, *more.fingerprints}))
    runs = tuple(dict.fromkeys([*stored.runs, *(run for run in more.runs if run)]))
    old, new = traced(stored, runs), traced(more, runs)
    rows = {name: _join(row, new.get(name)) for name, row in old.items()}
    rows.update({name: row for name, row in new.items() if name not in rows})
    return replace(stored, rows=dict(sorted(rows.items())), models=models, runs=runs, fingerprints=builds)


def current(arm: Arm, digests: Mapping[str, str]) -> Arm:
    """Return an arm without its answers to cases that have another digest by now."""
    rows = {name: row for name, row in arm.rows.items() if digests.get(name, row.case_digest) == row.case_digest}
    return replace(arm, rows=rows)


def traced(arm: Arm, runs: tuple[str, ...]) -> dict[str, Row]:
    """Return the rows of an arm, each answer with the place of its run among `runs`, where that is known.

    The answers of an arm of one run are all from it.
    """
    place = {run: at for at, run in enumerate(runs)}
    return {name: replace(row, runs=_origins(arm, row, place)) for name, row in arm.rows.items()}


def _origins(arm: Arm, row: Row, place: Mapping[str, int]) -> tuple[int, ...]:
    if row.runs:
        return tuple(place[arm.runs[at]] for at in row.runs)
    return (place[arm.runs[0]],) * len(row.answers) if len(arm.runs) == 1 and arm.runs[0] else ()


def without_oldest(arm: Arm, most: int) -> Arm:
    """Return an arm whose cases have at most `most` answers each: the oldest, which stand first, go."""
    rows = {name: _last(row, most) for name, row in arm.rows.items()}
    found = replace(arm, rows=rows)
    known = all(len(row.runs) == len(row.answers) for row in rows.values())
    return renumbered(found) if known else found


def renumbered(arm: Arm) -> Arm:
    """Return an arm that names only those runs that an answer is from."""
    used = sorted({at for row in arm.rows.values() for at in row.runs})
    place = {old: new for new, old in enumerate(used)}
    rows = {name: replace(row, runs=tuple(place[at] for at in row.runs)) for name, row in arm.rows.items()}
    return replace(arm, runs=tuple(arm.runs[at] for at in used), rows=rows)


def _last(row: Row, most: int) -> Row:
    extra = len(row.answers) - most
    if extra <= 0:
        return row
    values = {name: found[max(0, len(found) - most) :] for name, found in row.values.items()}
    return replace(row, values=values, answers=row.answers[extra:], runs=row.runs[extra:])


def _join(row: Row, more: Row | None) -> Row:
    if more is None:
        return row
    weights = len(row.answers), len(more.answers)
    names = dict.fromkeys([*row.values, *more.values])
    answers, origins = (*row.answers, *more.answers), (*row.runs, *more.runs)
    return replace(
        row,
        values={name: (*_padded(row, name), *_padded(more, name)) for name in names},
        answers=answers,
        tokens=weighted(row.tokens, more.tokens, weights),
        cost_usd=weighted(row.cost_usd, more.cost_usd, weights),
        latency_s=weighted(row.latency_s, more.latency_s, weights),
        runs=origins if len(origins) == len(answers) else (),
    )


def _padded(row: Row, name: str) -> tuple[bool | float | None, ...]:
    """Return a scorer's values; of one that did not score these answers, none for each."""
    return row.values.get(name, (None,) * len(row.answers))


def weighted(one: float | None, other: float | None, weights: tuple[int, int]) -> float | None:
    """Return the mean of two means by their counts; the one that is known, where only one is."""
    if one is None or other is None or not sum(weights):
        return one if other is None else other
    return (one * weights[0] + other * weights[1]) / sum(weights)
