"""Two baselines of one version, stored on two branches → one with both's runs. Their order never shows."""

from collections.abc import Mapping
from dataclasses import replace

from llmops_cli.compare.acceptance import both
from llmops_cli.compare.arms import renumbered, traced, weighted
from llmops_cli.model.run import Arm, Row

SAME = (
    ("prompt", "prompts"),
    ("evalset", "eval sets"),
    ("digest", "versions of the prompt"),
    ("evalset_digest", "cases"),
    ("scorers", "scorers"),
)


def clash(one: Arm, other: Arm) -> str:
    """Return in words what keeps two baselines apart; "" where `unite` can put them together.

    They must be of the same version, cases and scorers, and say of each answer which run it is from; and a run that
    both have must say the same in both.
    """
    for name, words in SAME:
        if getattr(one, name) != getattr(other, name):
            return f"they are of different {words}"
    if one.rows == other.rows:
        return ""
    runs = _runs(one, other)
    mine, theirs = traced(one, runs), traced(other, runs)
    if any(row.answers and not row.runs for rows in (mine, theirs) for row in rows.values()):
        return "one of them does not say which run its answers are from"
    shared = {at for at, run in enumerate(runs) if run in one.runs and run in other.runs}
    for name in sorted(mine.keys() | theirs.keys()):
        if _of(mine.get(name), shared) != _of(theirs.get(name), shared):
            return f"they have run {runs[min(shared)][:8]} in common, and case {name!r} differs in it"
    return ""


def unite(one: Arm, other: Arm) -> Arm:
    """Return the arm with the answers of both, each run once, older runs first. `clash` must have said nothing.

    Means of tokens, cost and latency are those of both files, weighted by their answers. The margin is left out: it
    belongs to the new number of runs.
    """
    accepted = both(one.accepted, other.accepted)
    first, second = sorted((one, other), key=_order)
    models, builds = ({*one.models, *other.models}, {*one.fingerprints, *other.fingerprints})
    plain = replace(
        first, accepted=accepted, margin=None, models=tuple(sorted(models)), fingerprints=tuple(sorted(builds))
    )
    if one.rows == other.rows:
        return plain
    runs = _runs(one, other)
    mine, theirs = traced(first, runs), traced(second, runs)
    rows = {name: _joined(mine.get(name), theirs.get(name)) for name in sorted(mine.keys() | theirs.keys())}
    return renumbered(replace(plain, runs=runs, rows=rows))


def _order(arm: Arm) -> tuple[int, tuple[str, ...], str, str]:
    return (-sum(len(row.answers) for row in arm.rows.values()), arm.runs, arm.commit, arm.version)


def _runs(one: Arm, other: Arm) -> tuple[str, ...]:
    """Return the runs of both; their ids begin with the time, so that they sort by age."""
    return tuple(sorted({*one.runs, *other.runs}))


def _of(row: Row | None, runs: set[int]) -> Mapping[str, object] | None:
    """Return what a row says of some runs: answers and values, in their order; None where it has no answer of them."""
    if row is None or not (kept := [at for at, run in enumerate(row.runs) if run in runs]):
        return None
    values = {name: [found[at] for at in kept] for name, found in row.values.items() if len(found) > max(kept)}
    return {"answers": [row.answers[at] for at in kept], "values": values, "digest": row.case_digest}


def _joined(one: Row | None, other: Row | None) -> Row:
    """Return the row with the answers of both, by the age of their runs; a run that both have stands once."""
    if one is None or other is None:
        row = one or other
        assert row is not None
        return row
    fresh = [at for at, run in enumerate(other.runs) if run not in set(one.runs)]
    if not fresh:
        return one
    places = sorted([(run, 0, at) for at, run in enumerate(one.runs)] + [(other.runs[at], 1, at) for at in fresh])
    sides = (one, other)
    names = sorted({*one.values, *other.values})
    weights = len(one.answers), len(fresh)
    return replace(
        one,
        answers=tuple(sides[side].answers[at] for _, side, at in places),
        values={name: tuple(_at(sides[side], name, at) for _, side, at in places) for name in names},
        tokens=weighted(one.tokens, other.tokens, weights),
        cost_usd=weighted(one.cost_usd, other.cost_usd, weights),
        latency_s=weighted(one.latency_s, other.latency_s, weights),
        runs=tuple(run for run, _, _ in places),
    )


def _at(row: Row, name: str, at: int) -> bool | float | None:
    values = row.values.get(name, ())
    return values[at] if at < len(values) else None
