"""Arms put together: more repeats of the same version join those that are stored."""

from dataclasses import replace

from llmops_cli.model.run import Arm, Row


def extend(stored: Arm, more: Arm) -> Arm:
    """Return `stored` with the repeats of `more` behind its own; both are of one digest, eval set and scorers."""
    rows = {name: _join(row, more.rows.get(name)) for name, row in stored.rows.items()}
    rows.update({name: row for name, row in more.rows.items() if name not in rows})
    models = tuple(sorted({*stored.models, *more.models}))
    runs = tuple(dict.fromkeys([*stored.runs, *(run for run in more.runs if run)]))
    return replace(stored, rows=dict(sorted(rows.items())), models=models, runs=runs)


def _join(row: Row, more: Row | None) -> Row:
    if more is None:
        return row
    weights = len(row.answers), len(more.answers)
    return replace(
        row,
        values={name: (*values, *more.values.get(name, ())) for name, values in row.values.items()},
        answers=(*row.answers, *more.answers),
        tokens=_mean(row.tokens, more.tokens, weights),
        cost_usd=_mean(row.cost_usd, more.cost_usd, weights),
        latency_s=_mean(row.latency_s, more.latency_s, weights),
    )


def _mean(one: float | None, other: float | None, weights: tuple[int, int]) -> float | None:
    if one is None or other is None or not sum(weights):
        return one if other is None else other
    return (one * weights[0] + other * weights[1]) / sum(weights)
