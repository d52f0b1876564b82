"""Two versions of a stored baseline → what differs in words, and whether that lowers the bar for the next change."""

from collections.abc import Sequence

from llmops_cli.compare.figures import cases_text, margin_points
from llmops_cli.compare.pairs import planned_runs, scored
from llmops_cli.compare.power import auto_margin
from llmops_cli.compare.stats import mean
from llmops_cli.model.bar_change import BarChange
from llmops_cli.model.run import Arm
from llmops_cli.model.settings import GatePolicy


def stored_anew(before: Arm, after: Arm, scorers: Sequence[str]) -> BarChange:
    """Return what a file that takes another's place says otherwise; `scorers` are those that gate, the primary first.

    Weaker: a mean, the count of cases or of runs is lower, a scorer is gone, or the margin is wider. It is not where
    nothing but further runs of the same cases widened it: the noise that was supposed before is measured now.
    """
    names = tuple(scorers) or tuple(before.scorers)
    fallen = [name for name in names if _fell(_mean(before, name), _mean(after, name))]
    shown = [*names[:1], *(name for name in fallen if name not in names[:1])]
    parts = [_means(before, after, name) for name in shown]
    wider = before.margin is not None and after.margin is not None and after.margin > before.margin
    if before.margin != after.margin:
        measured = wider and _only_grew(before, after, names)
        wider = wider and not measured
        why = " (the noise of a run is measured by more of them)" if measured else ""
        parts.append(f"margin {_margin(before)} → {_margin(after)}{why}")
    runs, cases = (planned_runs(before), planned_runs(after)), (len(before.rows), len(after.rows))
    parts.append(_runs(runs[1]) if runs[0] == runs[1] else f"runs a case {runs[0]} → {runs[1]}")
    if cases[0] != cases[1]:
        parts.append(f"{cases_text(cases[0])} → {cases[1]}")
    fewer = runs[1] < runs[0] or bool(before.rows.keys() - after.rows.keys())
    same = "" if before.accepted != after.accepted else "as before "
    return BarChange("; ".join([", ".join(parts), f"{same}{said(after)}"]), bool(fallen) or wider or fewer)


def _only_grew(before: Arm, after: Arm, names: Sequence[str]) -> bool:
    """Return whether all that was stored stands, each case got further runs, and these are what made the margin."""
    if before.rows.keys() != after.rows.keys() or before.scorers != after.scorers:
        return False
    if not names or after.margin is None or after.margin > auto_margin(after, names[0], GatePolicy()):
        return False
    pairs = [
        (tuple(row.values.get(name, ())), tuple(after.rows[case].values.get(name, ())))
        for case, row in before.rows.items()
        for name in names
    ]
    return all(len(new) > len(old) and new[: len(old)] == old for old, new in pairs if old or new)


def at_hand(arm: Arm, scorers: Sequence[str]) -> str:
    """Return what a baseline holds: `exact 92.0 %, margin 5 pp, 3 runs a case; by Ann: first`."""
    names = tuple(scorers) or tuple(arm.scorers)
    parts = [f"{name} {_percent(_mean(arm, name))}" for name in names[:1]]
    if arm.margin is not None:
        parts.append(f"margin {_margin(arm)}")
    runs = planned_runs(arm)
    parts.append(_runs(runs))
    return "; ".join([", ".join(parts), said(arm)])


def said(arm: Arm) -> str:
    """Return by whom a baseline was accepted and why; that nobody said so, where it is recorded."""
    if arm.accepted is None:
        return "no reason given"
    by = arm.accepted.by.partition(" <")[0] or "somebody"
    return f"by {by}: {' '.join(arm.accepted.reason.split())}"


def _runs(count: int) -> str:
    return "1 run a case" if count == 1 else f"{count} runs a case"


def _means(before: Arm, after: Arm, name: str) -> str:
    other = "" if before.scorers.get(name) == after.scorers.get(name) else " (scored otherwise)"
    return f"{name} {_percent(_mean(before, name))} → {_percent(_mean(after, name))}{other}"


def _mean(arm: Arm, name: str) -> float | None:
    """Return the mean over cases, a case's repeats being one; None where nothing is scored."""
    rows = [values for row in arm.rows.values() if (values := scored(row.values.get(name, ())))]
    return mean([mean(values) for values in rows]) if rows else None


def _fell(before: float | None, after: float | None) -> bool:
    return before is not None and (after is None or after < before)


def _percent(value: float | None) -> str:
    return "unscored" if value is None else f"{value * 100:.1f} %"


def _margin(arm: Arm) -> str:
    return "none" if arm.margin is None else margin_points(round(arm.margin, 3))
