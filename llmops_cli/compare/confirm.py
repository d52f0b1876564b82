"""Whether a drop stands when both sides are asked again, fresh and side by side.

A provider that lost five points since the baseline was recorded makes most unchanged prompts look worse than it. Fresh
answers of both sides share the provider's day, so such drift cancels; and because both arms are new, the test is valid
whatever chose the cases. Only cases that carry information are asked: those that did not always pass, or always fail.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from llmops_cli.compare.figures import listed
from llmops_cli.compare.holm import Claim, levels
from llmops_cli.compare.pairs import Pair, Paired, pair_up
from llmops_cli.compare.repeated import Twins, united, units
from llmops_cli.compare.verdicts import LEAST_DIFFERENCE, p_values
from llmops_cli.model.run import Arm
from llmops_cli.model.settings import GatePolicy

ROUNDS = 3
MORE = 2
LOOKS = 2
HOPELESS = 0.5
"""Above this p two more rounds would not turn the answer."""


@dataclass(frozen=True, slots=True)
class Second:
    """What fresh answers say of one family over `cases` cases: `p` of those that came.

    `strict` counts every answer that did not come against the head: a drop is cleared only where even that does not
    confirm it.
    """

    p: float
    strict: float
    cases: int
    missing: int = 0


def informative(paired: Paired) -> tuple[str, ...]:
    """Return the cases whose runs differ from each other, on either side: the others say nothing of a change."""
    return tuple(pair.case for pair in paired.pairs if _differs(pair))


def second(base: Arm, head: Arm, scorer: str, cases: Iterable[str], terms: tuple[GatePolicy, Twins]) -> Second:
    """Return the one-sided p of fresh arms on those of `cases` that they were asked; 1 where nothing came.

    `terms`: the policy, and the cases that share answers: fresh ones too.
    """
    policy, twins = terms
    paired = pair_up(base, head, scorer, [case for case in cases if case in base.rows])
    came, every = paired.comparable, paired.imputed(best=False).comparable
    p, strict = (_worse(united(one, twins), policy) for one in (came, every))
    return Second(p, strict, units((pair.case for pair in came.pairs), twins), paired.missing)


def _worse(paired: Paired, policy: GatePolicy) -> float:
    differences = [pair.difference for pair in paired.pairs]
    return p_values(paired, differences, policy, {}).worse if differences else 1.0


def level(policy: GatePolicy) -> float:
    """Return what each of the two looks at fresh answers may spend, over all suspects: α_c / 2."""
    return policy.alpha / LOOKS


def confirmed(found: Sequence[tuple[Second, bool]], policy: GatePolicy) -> tuple[tuple[bool, bool], ...]:
    """Return for each suspect (its fresh answers, whether it is primary) whether it is confirmed, and whether cleared.

    Each of the two looks spends α_c / 2, shared by all suspects of the change as the tests that raised them were: four
    prompts under a provider's bad day are four chances to be wrong. Neither: more answers may tell.
    """
    half = level(policy)
    shares = levels([Claim(one.p, half, primary) for one, primary in found])
    strict = levels([Claim(one.strict, half, primary) for one, primary in found])
    return tuple((one.p <= share, one.strict > bar) for (one, _), share, bar in zip(found, shares, strict, strict=True))


def served_otherwise(base: Arm, head: Arm) -> str:
    """Return how the provider answers with another model than the baseline's was; "" where it does not, or none says.

    Meaningful only where both versions ask for the same model.
    """
    if not base.models or not head.models or set(base.models) & set(head.models):
        return ""
    return f"answered by {listed(head.models)}, the baseline by {listed(base.models)}"


def _differs(pair: Pair) -> bool:
    values = (*pair.base, *pair.head)
    return bool(values) and max(values) - min(values) > LEAST_DIFFERENCE
