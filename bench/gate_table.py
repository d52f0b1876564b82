"""The gate beside what teams use instead, on the same simulated answers: who cries wolf, who finds a drop, at what cost.

    make bench-gate                       a minute or two on two cores; the same figures on every machine
    .venv-dev/bin/python bench/gate_table.py --draws 4000

Cases are the typical mix of tests/mixes.py: three quarters nearly always pass, a tenth nearly never, the rest flip.
Half of the drops are concentrated (a share of the cases breaks), half diffuse (every case gets a little worse). Each
draw has its own cases. A false PASS is a PASS where the prompt got worse by exactly the margin; a drop inside the margin,
such as 2 points, may pass, and does so the more surely the more cases there are.

The last two rows of each size are the whole rule as it runs by itself where it may call: up to three rounds with a look
after each, and then fresh answers of both sides before a FAIL. Their last column counts all calls a case that an
unchanged prompt takes.
"""

import argparse
import math
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import simulated
from mixes import chances, concentrated, diffuse
from simulated_rounds import gate as whole_rule

from llmops_cli.compare.pairs import Pair, Paired
from llmops_cli.compare.stats import z
from llmops_cli.compare.verdicts import Terms, decide, weigh
from llmops_cli.model.settings import GatePolicy

SIZES = (50, 100, 200, 500)
DROPS = (0.0, 0.02, 0.05, 0.10)
MARGIN, ALPHA = 0.05, 0.05
BASE_RUNS = 5
PLANS = (1, 3)
PARTS = 5  # of the draws, so that two cores share them
TERMS = Terms(MARGIN, "statistics", ALPHA, GatePolicy(margin=MARGIN))


def gate_verdict(base: list[tuple[float, ...]], head: list[tuple[float, ...]]) -> tuple[str, float]:
    """Return this gate's verdict and the head runs a case that it took: all of them, at once."""
    pairs = tuple(
        Pair(f"c{case:04}", before, after) for case, (before, after) in enumerate(zip(base, head, strict=True))
    )
    paired = Paired(pairs, binary=True)
    return str(decide(paired, weigh(paired, TERMS), TERMS)), float(len(head[0]))


def share(arm) -> float:
    """Return the share of all runs that passed."""
    return sum(map(sum, arm)) / (len(arm) * len(arm[0]))


def threshold(most: float, base, head) -> tuple[str, float]:
    """Return FAIL where the mean fell by more than `most`."""
    drop = share(base) - share(head)
    return "FAIL" if drop > most + 1e-12 else "PASS", float(len(head[0]))


def any_failed(base, head) -> tuple[str, float]:
    """Return FAIL where a case that passed every base run failed a head run."""
    failed = any(all(before) and not all(after) for before, after in zip(base, head, strict=True))
    return "FAIL" if failed else "PASS", float(len(head[0]))


def unpaired_z(base, head) -> tuple[str, float]:
    """Return FAIL where a z test of two proportions, every run taken for a case of its own, says worse."""
    before, after = share(base), share(head)
    runs = len(base) * len(base[0]), len(head) * len(head[0])
    both = (before * runs[0] + after * runs[1]) / sum(runs)
    error = math.sqrt(both * (1 - both) * (1 / runs[0] + 1 / runs[1]))
    return "FAIL" if before - after > z(1 - ALPHA) * error > 0 else "PASS", float(len(head[0]))


GATES = {
    "this gate": gate_verdict,
    "mean drop > 2 points": partial(threshold, 0.02),
    "mean drop > 5 points": partial(threshold, 0.05),
    "any passing case failed": any_failed,
    "unpaired z test": unpaired_z,
}


def rows_of(passes: np.ndarray) -> list[tuple[float, ...]]:
    return [tuple(row) for row in passes.astype(float).tolist()]


def measure(task: tuple[int, int, int]) -> Counter:
    """Return how often each plan, gate and drop said what, in this many draws of this part; runs under "runs"."""
    cases, part, draws = task
    rng = np.random.default_rng([4, cases, part])
    seen: Counter = Counter()
    for number in range(draws):
        chance = chances("typical", cases, rng)
        base = rows_of(rng.random((cases, BASE_RUNS)) < chance[:, None])
        for drop in DROPS:
            worsen = (concentrated, diffuse)[number % 2]
            after = worsen(chance, drop, 1, rng)[0] if drop else chance
            head = rows_of(rng.random((cases, max(PLANS))) < after[:, None])
            for runs in PLANS:
                asked = [row[:runs] for row in head]
                for gate, verdict in GATES.items():
                    said, taken = verdict(base, asked)
                    seen[runs, gate, drop, "PASS" if said == "IMPROVED" else said] += 1
                    seen[runs, gate, drop, "runs"] += taken
    return seen


def rounds(task: tuple[int, int]) -> dict[float, object]:
    """Return what the whole rule says of so many draws at each drop, half of them of either kind."""
    cases, draws = task
    rng = np.random.default_rng([6, cases])
    found = {}
    for drop in DROPS:
        before = simulated.chances("typical", cases, rng, draws)
        base, half = rng.binomial(BASE_RUNS, before), draws // 2
        kinds = (simulated.concentrated(before[:half], rng, drop), simulated.diffuse(before[half:], rng, drop))
        found[drop] = whole_rule(base, np.concatenate(kinds) if drop else before, before, rng, MARGIN)
    return found


def rounds_table(found: dict[float, object], draws: int) -> str:
    """Return a row for rounds alone and one for rounds whose drops fresh answers confirm."""
    lines = []
    for name, fails, taken in (("rounds", "unconfirmed", "runs"), ("rounds, confirmed", "failed", "calls")):
        shares = [getattr(found[drop], fails) for drop in DROPS] + [found[MARGIN].passed]
        cells = [cell(share, draws) for share in shares] + [f"{getattr(found[0.0], taken):.2f}"]
        lines.append(f"{f'this gate, {name}':34}" + "".join(each.rjust(13) for each in cells))
    return "\n".join(lines)


def table(cases: int, seen: Counter, draws: int) -> str:
    head = ("unchanged", "FAIL at", "FAIL at", "FAIL at", "PASS at", "runs")
    under = ("FAIL", "−2", "−5", "−10", "−5 (margin)", "a case")
    lines = [f"\n{cases} cases, baseline × {BASE_RUNS}"]
    lines += [f"{'':34}" + "".join(name.rjust(13) for name in names) for names in (head, under)]
    for runs in PLANS:
        for gate in GATES:
            counts = [seen[runs, gate, drop, "FAIL"] for drop in DROPS] + [seen[runs, gate, MARGIN, "PASS"]]
            cells = [cell(count / draws, draws) for count in counts]
            cells.append(f"{seen[runs, gate, 0.0, 'runs'] / draws:.2f}")
            lines.append(
                f"{gate:26}{f'{runs} runs'[: 6 if runs > 1 else 5]:8}" + "".join(each.rjust(13) for each in cells)
            )
    return "\n".join(lines)


def cell(found: float, draws: int) -> str:
    return f"{found:.1%} ±{196 * math.sqrt(found * (1 - found) / draws):.1f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000, help="in all, a cell; a multiple of ten")
    draws = max(10, parser.parse_args().draws // 10 * 10)
    start = time.monotonic()
    print(
        f"margin {MARGIN * 100:g} points, α {ALPHA:g}, {draws:,} draws a cell; ± is the 95 % Monte Carlo error in points"
    )
    tasks = [(cases, part, draws // PARTS) for cases in SIZES for part in range(PARTS)]
    found: dict[int, Counter] = {cases: Counter() for cases in SIZES}
    with ProcessPoolExecutor(2) as pool:
        whole = {cases: pool.submit(rounds, (cases, draws)) for cases in SIZES}
        for (cases, part, _), seen in zip(tasks, pool.map(measure, tasks), strict=True):
            found[cases] += seen
            if part == PARTS - 1:
                print(
                    table(cases, found[cases], draws), rounds_table(whole[cases].result(), draws), sep="\n", flush=True
                )
    print(f"\n{time.monotonic() - start:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
