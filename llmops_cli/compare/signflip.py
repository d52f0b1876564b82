"""Whether differences lie on one side of 0: the sign-flip test, for clusters, costs and inputs like these.

If the change has no effect, each difference is as likely to have the other sign: P(Σ s_i·|d_i| ≤ Σ d_i), s_i fair
signs. That is the permutation of two runs, 0 and d_i, so it is computed as one.
"""

from collections.abc import Sequence

from llmops_cli.compare.permuted import SLACK, permuted_p
from llmops_cli.compare.stats import PValues


def sign_flip_p(differences: Sequence[float]) -> PValues:
    """Return the one-sided p-values, the observed sum included; (1, 1) where nothing differs."""
    return permuted_p(((0.0,), (difference,)) for difference in differences if abs(difference) > SLACK)
