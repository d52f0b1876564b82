"""What the gate knows of a case besides its scores."""

from collections.abc import Iterable

from llmops_cli.model.evalset import Case
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import CaseFlags


def flags_of(cases: Iterable[Case], policy: GatePolicy) -> dict[str, CaseFlags]:
    """Return what the gate knows of the cases; the cluster is the metadata key that `gate.cluster` names."""
    return {
        case.id: CaseFlags(case.tags, case.critical, case.never, str(case.metadata.get(policy.cluster, "")))
        for case in cases
    }
