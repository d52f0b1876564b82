"""What the gate knows of a case besides its scores."""

from collections.abc import Iterable, Sequence

from llmops_cli.errors import SettingsError
from llmops_cli.model.case_flags import CaseFlags
from llmops_cli.model.evalset import Case
from llmops_cli.model.settings import GatePolicy

MOST = 0.10
"""Share of a set that may be in quarantine; one case always may."""


def flags_of(cases: Sequence[Case], policy: GatePolicy, today: str) -> dict[str, CaseFlags]:
    """Return what the gate knows of the cases; the cluster is the metadata key that `gate.cluster` names.

    A quarantine counts through its last day. Raises `SettingsError` where more than a tenth of a set is in it.
    """
    known = {case.id for case in cases}
    aside = {
        one.case: f"by {one.owner} until {one.expires}: {one.reason}"
        for one in policy.quarantine
        if one.expires >= today and one.case in known
    }
    if len(aside) > max(1.0, MOST * len(cases)):
        message = f"{len(aside)} of {len(cases)} cases are in quarantine, more than a tenth"
        raise SettingsError(message, hint="mend the cases, or take them out of the set")
    return {
        case.id: CaseFlags(
            case.tags, case.critical, case.never, str(case.metadata.get(policy.cluster, "")), aside.get(case.id, "")
        )
        for case in cases
    }


def lapsed(cases: Iterable[Case], policy: GatePolicy, today: str) -> tuple[str, ...]:
    """Return a sentence for each quarantine of these cases that is over."""
    known = {case.id for case in cases}
    return tuple(
        f"the quarantine of {one.case} by {one.owner} was over on {one.expires}: it counts in full again"
        for one in policy.quarantine
        if one.case in known and one.expires < today
    )
