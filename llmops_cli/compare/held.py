"""What margin a stored baseline lets the gate hold, and by which rule it will judge, in words."""

from llmops_cli.compare.figures import margin_points
from llmops_cli.compare.looks import rounds
from llmops_cli.compare.power import margin_of, rule_of
from llmops_cli.model.look import ONLY, Look
from llmops_cli.model.run import Arm
from llmops_cli.model.settings import GatePolicy

SMALL = "only cases that break for good, or a drop beyond that margin, are seen"


def held(base: Arm, scorer: str, policy: GatePolicy) -> str:
    """Return what the set can hold at one run a case, as from stored answers, and after the last round the gate asks.

    The rule is named where it is that of small sets: at one run a case only, or however often the gate asks.
    """
    once = _margin(base, scorer, policy, ONLY)
    said = f"this set can hold a margin of {margin_points(once[0])} at 1 run a case"
    if policy.plan != "rounds" or policy.runs <= 1:
        return f"{said}: small, so {SMALL}" if once[1] == "cases" else said
    whole = _margin(base, scorer, policy, rounds(policy.runs)[-1])
    said += f", of {margin_points(whole[0])} at the {policy.runs} that the gate may ask"
    if whole[1] == "cases":
        return f"{said}: small, so {SMALL}"
    return f"{said}; from stored answers alone it is small: {SMALL}" if once[1] == "cases" else said


def _margin(base: Arm, scorer: str, policy: GatePolicy, look: Look) -> tuple[float, str]:
    margin = margin_of(base, scorer, policy, look)
    return margin, rule_of(margin, policy)
