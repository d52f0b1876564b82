"""What a set can see, in words that text and HTML share: pairs of a label and a sentence. Nothing is sanitised yet."""

from collections.abc import Iterator, Sequence

from llmops_cli.model.power import Needs, Power, PowerPoint, Rate, SelfTest
from llmops_cli.report.figures import count, margin, percent, points

SHOWN = 3
TELLING_RUNS = 5
"""Runs a case from which on the gate calls it flaky."""
SMALLEST_GAIN = 0.00005


def title(power: Power) -> str:
    """Return which baseline this is: `refund on refunds · exact · 200 cases × 5`."""
    fewest, most = power.runs
    runs = f"{most}" if fewest == most else f"{fewest}–{most}"
    cases = count(power.cases, "case") + (f" (and {power.copies} that ask the same)" if power.copies else "")
    return f"{power.prompt} on {power.evalset} · {power.scorer} · {cases} × {runs}"


def rows(power: Power) -> Iterator[tuple[str, str]]:
    """Return what the set is like and what would sharpen it."""
    if power.mean is not None:
        noise = "unknown: one run a case" if power.variance is None else f"{power.variance:.4f}"
        yield "mean", f"{percent(power.mean)}, variance of one run within a case {noise}"
    if power.sights:
        yield "finds", _found(power)
        yield "margin", f"{margin(power.margin)} ({_rule(power)}); could hold {_held(power)}"
    if power.needs:
        yield f"for {drop(power.needs.mde)}", _needed(power.needs, power)
    yield from _slices(power)
    if power.sights and power.variance is None:
        yield "flips", "unknown: with one run a case nobody sees which cases do; figures above are of typical cases"
    elif power.sights:
        share = f"{len(power.silent)} of {count(power.cases, 'case')} say the same in every run"
        yield "silent", f"{share}: they tell nothing until they break"
        yield "flaky", _listed(power.flaky) if power.flaky else _unshown(power)


def test_rows(test: SelfTest) -> Iterator[tuple[str, str]]:
    """Return what the self-test measured, but for the curve."""
    split = (
        f"stored repeats against {count(test.split[1], 'run')} a case drawn from their chances"
        if test.drawn
        else f"stored repeats split {test.split[0]}/{test.split[1]} at random"
    )
    yield "unchanged", f"FAIL {rate(test.false_alarms)}, INCONCLUSIVE {rate(test.false_inconclusive)}: {split}"
    for note in test.notes:
        yield "note", note


def curve_title(test: SelfTest) -> str:
    """Return what the curve shows."""
    return f"FAIL where the prompt got worse by …, baseline × {test.plan[0]}, {count(test.plan[1], 'run')} a case"


def rate(found: Rate) -> str:
    """Return a share with its Monte Carlo error: `2.0% (95% of 0.9–4.1%, 250 draws)`."""
    return f"{percent(found.share)} ({found.low * 100:.1f}–{percent(found.high)} in {count(found.draws, 'draw')})"


def drop(share: float) -> str:
    """Return the size of a drop: `5 pp`, `2.5 pp`."""
    return margin(share)


def cannot(point: PowerPoint) -> str:
    """Return why a drop was not planted."""
    return f"the mean is too low to fall by {drop(point.drop)}"


def _rule(power: Power) -> str:
    return "the small-set rule decides" if power.rule == "cases" else "statistics decide"


def _held(power: Power) -> str:
    return ", ".join(f"{margin(sight.margin)} at {count(sight.head_runs, 'run')}" for sight in power.sights)


def _needed(needs: Needs, power: Power) -> str:
    more = needs.cases - power.cases
    if more <= 0:
        return "nothing more: this set finds it"
    ways = [count(more, "more case")]
    if needs.head_runs is not None:
        ways.append(f"{count(needs.head_runs, 'run')} a case in the pull request")
    if needs.base_runs is not None:
        ways.append(f"{count(needs.base_runs, 'baseline repeat')}")
    return ", or ".join(ways)


def _slices(power: Power) -> Iterator[tuple[str, str]]:
    grows = [need for need in power.slices if need.add]
    for need in grows or power.slices[:1]:
        what = f"+{count(need.add, 'case')}" if need.add else "first, if at all"
        found = drop(need.mde) if need.mde <= 1.0 else "no drop at all"
        alone = f"{count(need.cases, 'case')} now, by themselves find {found}"
        gain = f"; one more finds {points(-need.gain, 2).lstrip('−')} less" if need.gain > SMALLEST_GAIN else ""
        yield "grow", f"{need.tag or '(no tag)'} {what} ({alone}{gain})"


def _found(power: Power) -> str:
    """Return which drops are found. A mean cannot fall by more than it is: nothing is found of what cannot be."""
    most = 1.0 if power.mean is None else power.mean
    seen = [f"{drop(one.mde)} at {count(one.head_runs, 'run')}" for one in power.sights if one.mde <= most]
    blind = [count(one.head_runs, "run") for one in power.sights if one.mde > most]
    if not seen:
        return f"no drop: a mean of {percent(most)} cannot fall far enough, at {', '.join(blind)} a case"
    none = f" (none at {', '.join(blind)})" if blind else ""
    return f"a drop of {', '.join(seen)} a case, in one look at them all{none}"


def _unshown(power: Power) -> str:
    """Return that no case is flaky; where there are too few runs to tell, how many differ at all."""
    differ = power.cases - len(power.silent)
    if not differ or not power.binary or power.runs[0] >= TELLING_RUNS:
        return "none"
    return f"none shown: {count(differ, 'case')} did not say the same in every run, and {TELLING_RUNS} runs a case tell"


def _listed(cases: Sequence[str]) -> str:
    more = f" (+{len(cases) - SHOWN})" if len(cases) > SHOWN else ""
    return f"{', '.join(cases[:SHOWN])}{more}: they pass sometimes"
