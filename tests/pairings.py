"""Arms and pairings for tests of the gate's arithmetic, from plain tables of scores."""

from collections.abc import Mapping, Sequence

from llmops_cli.model.case_flags import CaseFlags
from llmops_cli.model.evalset import ScorerSpec
from llmops_cli.model.run import Arm, Row, Value
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Pairing

EXACT = ScorerSpec("exact", "exact")
Scores = Mapping[str, Sequence[Value]]


def row_of(case: str, values: Mapping[str, Sequence[Value]], *, side: str = "", lost: int = 0, **facts) -> Row:
    """Return a row whose answers differ from side to side and repeat to repeat, so that nothing is identical."""
    runs = max((len(scores) for scores in values.values()), default=0)
    answers = tuple(f"{side}{case}{repeat}" for repeat in range(runs))
    facts = {"answers": answers, "case_digest": f"digest of {case}", **facts}
    return Row(
        case, values={k: tuple(v) for k, v in values.items()}, failures={"timeout": lost} if lost else {}, **facts
    )


def arm_of(
    scores: Scores, *, side: str = "head ", scorer: str = "exact", lost: Mapping[str, int] | None = None, **facts
) -> Arm:
    """Return an arm with one scorer; `lost` counts runs without an answer by case."""
    lost = lost or {}
    rows = {
        case: row_of(case, {scorer: values} if values or not lost.get(case) else {}, side=side, lost=lost.get(case, 0))
        for case, values in scores.items()
    }
    return Arm("greet", side, "greetings", "set", {scorer: "v1"}, rows, **facts)


def pairing_of(base: Arm | Scores, head: Arm | Scores, *, policy: GatePolicy | None = None, **facts) -> Pairing:
    """Return a pairing of two arms, or of two tables of scores, with one gating scorer named exact."""
    base = base if isinstance(base, Arm) else arm_of(base, side="base ")
    head = head if isinstance(head, Arm) else arm_of(head)
    facts = {"scorers": (EXACT,), "flags": {}, **facts}
    return Pairing(base, head, policy=policy or GatePolicy(margin=0.05), **facts)


def binary(counts: str) -> dict[str, list[bool]]:
    """Return scores from a word like `+ - +++`: a case a group, a run a sign."""
    return {f"c{place:03}": [sign == "+" for sign in group] for place, group in enumerate(counts.split())}


def flagged(**flags: object) -> CaseFlags:
    """Return the flags of a case."""
    return CaseFlags(**flags)  # type: ignore[arg-type]
