"""Two versions of the thresholds → what differs, and whether that lowers the bar."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from llmops_cli.compare.figures import listed
from llmops_cli.model.bar_change import BarChange
from llmops_cli.model.settings import GatePolicy, Quarantine, Settings

LEAST_AUTO = 0.05
"""The narrowest margin that `auto` chooses: it may choose a far wider one."""
Laxer = Callable[[Any, Any], bool]


def _up(before: float, after: float) -> bool:
    return after > before


def _down(before: float, after: float) -> bool:
    return after < before


def _to(value: str) -> Laxer:
    return lambda _, after: bool(after == value)


def _wider(before: float | str, after: float | str) -> bool:
    if isinstance(after, str):
        return True
    return after > (LEAST_AUTO if isinstance(before, str) else before)


LAXER: Mapping[str, Laxer] = {
    "margin": _wider,
    "alpha": _down,
    "beta": _up,
    "cost_increase": _up,
    "min_slice": _up,
    "max_removed": _up,
    "max_unscored": _up,
    "small_set_margin": _down,
    "on_inconclusive": _to("warn"),
    "on_uncovered": _to("warn"),
    "rule": _to("cases"),
    "exact": _to("strict"),
    "anchor": _to("none"),
}
"""Which way each threshold is laxer; of one that is not here nobody can tell."""


def policy_changes(before: GatePolicy, after: GatePolicy) -> Iterator[BarChange]:
    """Yield each threshold that differs, in words: `margin 0.02 → 0.1`."""
    for name in (field.name for field in fields(GatePolicy)):
        one, two = getattr(before, name), getattr(after, name)
        if one == two or name in ("slices", "quarantine"):
            continue
        yield BarChange(f"{name} {_plain(one)} → {_plain(two)}", name in LAXER and LAXER[name](one, two))
    lost, won = [tag for tag in before.slices if tag not in after.slices], {*after.slices} - {*before.slices}
    if lost:
        yield BarChange(f"no longer gated on their own: the slices {listed(lost)}", weaker=True)
    if won:
        yield BarChange(f"gated on their own now: the slices {listed(sorted(won))}")
    yield from _quarantine(before.quarantine, after.quarantine)


def settings_changes(before: Settings, after: Settings) -> Iterator[BarChange]:
    """Yield what llmops.yaml says otherwise of thresholds and of whom to trust."""
    for one in policy_changes(before.gate, after.gate):
        yield BarChange(f"gate: {one.text}", one.weaker)
    for name in ("accepts", "trust_recordings"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield BarChange(f"{name} {old} → {new}", weaker=new == "head")
    rates = before.budget.max_error_rate, after.budget.max_error_rate
    if rates[0] != rates[1]:
        yield BarChange(f"budget: max_error_rate {rates[0]:g} → {rates[1]:g}", weaker=rates[1] > rates[0])
    yield from _reach(before, after)


def _reach(before: Settings, after: Settings) -> Iterator[BarChange]:
    """Yield what changes in where calls and files go: hosts and programs of the next change, and what is kept."""
    for name in ("endpoints", "remotes"):
        old, new = getattr(before, name), getattr(after, name)
        others = sorted(key for key in new if old.get(key) != new[key])
        if others:
            yield BarChange(f"{name}: {listed(others)} new or otherwise: calls and keys go there", weaker=True)
        if gone := sorted({*old} - {*new}):
            yield BarChange(f"{name}: {listed(gone)} gone")
    if programs := sorted({*after.exec} - {*before.exec}):
        yield BarChange(f"exec: {listed(programs)} may be run", weaker=True)
    for name in ("baselines", "recordings"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield BarChange(f"{name} {old} → {new}: what is stored in {old} counts no more", weaker=True)
    if lost := sorted({*before.redact} - {*after.redact}):
        yield BarChange(f"redact: {listed(lost)} no longer taken out", weaker=True)


def _quarantine(before: tuple[Quarantine, ...], after: tuple[Quarantine, ...]) -> Iterator[BarChange]:
    old, new = ({one.case: one for one in side} for side in (before, after))
    longer = sorted(name for name in new if name not in old or new[name].expires > old[name].expires)
    if longer:
        yield BarChange(f"quarantined, or for longer: {listed(longer)}", weaker=True)
    shorter = sorted(name for name in old if name not in new or new[name].expires < old[name].expires)
    if shorter:
        yield BarChange(f"out of quarantine, or sooner: {listed(shorter)}")


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value}"
