"""How often a case passes every one of k runs: pass^k, what a user meets who asks the same thing more than once."""

import math
from collections.abc import Iterable, Sequence


def pass_hat(cases: Iterable[Sequence[float]]) -> dict[int, float]:
    """Return pass^k for each k up to the fewest runs that any case has: the mean over cases of C(c, k) / C(n, k).

    c of a case's n runs passed (a pass is 1.0), so each case's share is the unbiased estimate of p^k (Yao et al. 2024,
    τ-bench, arXiv 2406.12045). pass^1 is the mean score. Empty where no case has a run.
    """
    counts = [(sum(value >= 1.0 for value in runs), len(runs)) for runs in cases]
    most = min((runs for _, runs in counts), default=0)
    return {
        k: math.fsum(math.comb(passes, k) / math.comb(runs, k) for passes, runs in counts) / len(counts)
        for k in range(1, most + 1)
    }
