"""What the gate's rule does with a baseline's own repeats: how often it cries wolf, and which drops it finds.

False alarms: each case's stored repeats are split at random into two arms; nothing changed, so a FAIL is a false one.
The small-set rule is shown them whole, against head runs drawn from what they say of each case.
Power: both arms are drawn from what the repeats say of each case, and a drop of known size is planted in the head.
Every draw is weighed and decided by the gate's own functions. The draws depend on the sample's name alone.

Held against the truth in simulations (`make test-statistics`), the power of a baseline of five repeats is off by 1 to 3
points on average over the curve, by 3 to 6 where it is steepest, the Monte Carlo error of both included; over many
baselines the error is no more than 3 points to either side at any drop. Who knew beforehand how often such cases pass
would still be off by 3 to 4 at the steepest drop of 50 cases: that is what five repeats know.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Sequence

from llmops_cli.compare.figures import cases_text, points
from llmops_cli.compare.pairs import Pair, Paired
from llmops_cli.compare.planted import Runs, field_of, shuffled
from llmops_cli.compare.stats import wilson
from llmops_cli.compare.verdicts import SHOWN_FINE, Terms, decide, weigh
from llmops_cli.model.power import Draw, PowerPoint, Rate, Sample, SelfTest
from llmops_cli.model.verdict import Verdict

Decide = Callable[[Paired], Verdict]

DROPS = (0.02, 0.03, 0.05, 0.08, 0.10, 0.15, 0.20)
WORK = 300_000  # draws × cases × runs a case, so that a large set takes no longer than a small one
LEAST_DRAWS, MOST_DRAWS = 40, 400
LEAST_RUNS = 2
KINDS = ("concentrated", "diffuse")


def refusal(sample: Sample, prompt: str) -> tuple[str, str]:
    """Return why no self-test can be made of a sample, and what would help; ("", "") where one can."""
    record = f"llmops baseline record {prompt} --runs 5"
    cases = len(sample.repeats)
    if not cases:
        return "no case has a score", "`llmops eval show` says why the scorer could not score"
    if cases == 1:
        return "one case says nothing of a set", "add cases to the eval set"
    several = sum(len(values) >= LEAST_RUNS for values in sample.repeats.values())
    if not several:
        return "the baseline holds one run a case; its noise shows from two up", record
    if several == 1:
        return "only one case was run more than once", record
    if not any(any(values) for values in sample.repeats.values()):
        return "every run of every case scores 0: nothing can get worse", "look at the scorer, or at the cases"
    return "", ""


def gate_rule(terms: Terms) -> Decide:
    """Return the gate's decision under these terms, on all runs at once."""
    return lambda paired: decide(paired, weigh(paired, terms), terms)


def self_test(sample: Sample, rule: Decide, *, plan: tuple[int, int], whole: bool = False) -> SelfTest:
    """Return the measured error rates of a sample that is not refused; `plan` are the runs a case of base and head.

    A rule that looks after each round finds the runs of a pair in the order in which they were drawn. `whole`: the
    repeats are not split, for a rule that asks whether every base run passed: a base of 4 in 5 is 4 in 4 in many a
    half, and breaks there as it never does before the gate.
    """
    work = len(sample.repeats) * sum(plan) * (1 if sample.binary else 2)  # a saddlepoint costs twice an exact test
    draws = max(LEAST_DRAWS, min(MOST_DRAWS, WORK // work)) // 2 * 2
    seed = int.from_bytes(hashlib.sha256(sample.seed.encode()).digest()[:8], "big")
    halves = random.Random(seed)  # noqa: S311 - a simulation, and the same on every machine
    planted = random.Random(seed + 1)  # noqa: S311 - as above
    unchanged = _against_itself if whole else _unchanged
    split, said = unchanged(sample, rule, plan[1], draws, halves.random)
    return SelfTest(
        false_alarms=_rate(said[Verdict.FAIL], draws),
        false_inconclusive=_rate(said[Verdict.INCONCLUSIVE], draws),
        split=split,
        plan=plan,
        points=_curve(sample, rule, plan, draws, planted.random),
        notes=_notes(sample, whole=whole),
        drawn=whole,
    )


def _unchanged(
    sample: Sample, rule: Decide, head_runs: int, draws: int, draw: Draw
) -> tuple[tuple[int, int], Counter[Verdict]]:
    """Return the runs of both halves, and the verdicts on the cases' own repeats, split at random."""
    rows = [(case, values) for case, values in sorted(sample.repeats.items()) if len(values) >= LEAST_RUNS]
    said: Counter[Verdict] = Counter()
    for _ in range(draws):
        pairs = []
        for case, values in rows:
            mixed = [values[place] for place in shuffled(len(values), draw)]
            head = min(head_runs, len(mixed) // 2)
            pairs.append(Pair(case, tuple(mixed[head:]), tuple(mixed[:head])))
        said[rule(Paired(tuple(pairs), sample.binary))] += 1
    most = max(len(values) for _, values in rows)
    head = min(head_runs, most // 2)
    return (most - head, head), said


def _against_itself(
    sample: Sample, rule: Decide, head_runs: int, draws: int, draw: Draw
) -> tuple[tuple[int, int], Counter[Verdict]]:
    """Return the runs of both arms, and the verdicts on the repeats as they are against fresh runs of the same."""
    cases, field = tuple(sorted(sample.repeats)), field_of(sample)
    base, make = [sample.repeats[case] for case in cases], field.concentrated(0.0)
    assert make is not None  # of nothing, nothing falls too deep
    said: Counter[Verdict] = Counter()
    for _ in range(draws):
        said[rule(_paired(cases, base, make(field.trial((0, head_runs), draw)), binary=sample.binary))] += 1
    return (sample.runs[1], head_runs), said


def _curve(sample: Sample, rule: Decide, plan: tuple[int, int], draws: int, draw: Draw) -> tuple[PowerPoint, ...]:
    """Return the power at each drop. One draw of both arms serves all drops, so that the curve is smooth."""
    cases, field = tuple(sorted(sample.repeats)), field_of(sample)
    ways = {drop: (field.concentrated(drop), field.diffuse(drop)) for drop in DROPS}
    open_ = {drop: makes for drop, makes in ways.items() if None not in makes}
    said: dict[float, tuple[Counter[Verdict], Counter[Verdict]]] = {drop: (Counter(), Counter()) for drop in DROPS}
    for number in range(draws):
        trial, kind = field.trial(plan, draw), number % 2
        for drop, makes in open_.items():
            if (make := makes[kind]) is not None:
                said[drop][kind][rule(_paired(cases, trial.base, make(trial), binary=sample.binary))] += 1
        if number + 1 == LEAST_DRAWS:  # a drop that was found every time so far needs no more draws
            found = {drop for drop, both in said.items() if sum(each[Verdict.FAIL] for each in both) == LEAST_DRAWS}
            open_ = {drop: makes for drop, makes in open_.items() if drop not in found}
    return tuple(_point(drop, *said[drop]) for drop in DROPS)


def _paired(cases: Sequence[str], base: Sequence[Runs], head: Sequence[Runs], *, binary: bool) -> Paired:
    return Paired(tuple(map(Pair, cases, base, head)), binary)


def _point(drop: float, concentrated: Counter[Verdict], diffuse: Counter[Verdict]) -> PowerPoint:
    both = concentrated + diffuse
    if not both:
        return PowerPoint(drop, None)
    fails, broken, shifted = (_rate(said[Verdict.FAIL], said.total()) for said in (both, concentrated, diffuse))
    return PowerPoint(drop, fails, broken, shifted, _rate(sum(both[fine] for fine in SHOWN_FINE), both.total()))


def _rate(count: int, draws: int) -> Rate:
    share = count / draws
    low, high = wilson(share, draws)
    return Rate(share, min(low, share), max(high, share), draws)  # at 0 and 1 the formula misses by its last bit


def _notes(sample: Sample, *, whole: bool) -> tuple[str, ...]:
    """Return what to know of a sample before its figures are believed."""
    rows = sample.repeats.values()
    fewest, most = sample.runs
    notes = []
    if sample.left_out:
        plural = "is no number" if sample.left_out == 1 else "are no numbers"
        notes.append(f"{sample.left_out} of {sample.left_out + sum(map(len, rows))} scores {plural}: left out")
    if fewest != most:
        single = sum(len(values) < LEAST_RUNS for values in rows)
        alone = f"; {cases_text(single)} with one run took no part in the split" if single and not whole else ""
        notes.append(f"repeats are mixed, {fewest} to {most} a case: drawn with {most}{alone}")
    values = {value for row in rows for value in row}
    if len(values) == 1:
        notes.append(
            f"every run of every case scores {next(iter(values)):g}: a scorer that is always content says little"
        )
    elif all(len({*row}) == 1 for row in rows):
        notes.append("no case differs between its runs: their noise is hardly known")
    if any(_too_deep(sample, drop) for drop in DROPS):
        deepest = next(drop for drop in DROPS if _too_deep(sample, drop))
        notes.append(f"the mean is too low to fall by {points(deepest)} or more")
    return tuple(notes)


def _too_deep(sample: Sample, drop: float) -> bool:
    field = field_of(sample)
    return field.concentrated(drop) is None or field.diffuse(drop) is None
