"""What the gate knows of a case besides its scores."""

from collections.abc import Iterable, Mapping, Sequence

from llmops_cli.errors import SettingsError
from llmops_cli.load.evalsets import cases
from llmops_cli.model.case_flags import CaseFlags
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.ports import Tree
from llmops_cli.model.settings import GatePolicy

MOST = 0.10
"""Share of a set that may be in quarantine; one case always may."""


def flags_of(cases: Sequence[Case], policy: GatePolicy, today: str) -> dict[str, CaseFlags]:
    """Return what the gate knows of the cases; the cluster is the metadata key that `gate.cluster` names.

    Cases with the same inputs and messages get one request from any prompt, and share its answers.
    A quarantine counts through its last day. Raises `SettingsError` where more than a tenth of a set is in it.
    """
    known, asked = {case.id for case in cases}, repeats_of(cases)
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
            tags=case.tags,
            critical=case.critical,
            never=case.never,
            cluster=str(case.metadata.get(policy.cluster, "")),
            quarantined=aside.get(case.id, ""),
            unit=asked.get(case.id, ""),
            asked=asked.get(case.id, ""),
        )
        for case in cases
    }


def repeats_of(cases: Iterable[Case]) -> dict[str, str]:
    """Return the first id, by the alphabet, of the cases that ask what a case asks; without those that ask alone."""
    return grouped({case.id: case.question for case in cases})


def repeats_at(tree: Tree, evalset: EvalSet) -> dict[str, str]:
    """Return the same of a set's files; a line that cannot be read, as in a merge under way, asks nothing."""
    return repeats_of(one for one in cases(tree, evalset) if isinstance(one, Case))


def grouped(keys: Mapping[str, str]) -> dict[str, str]:
    """Return the first id of those with a case's key; nothing for a case that has its key alone."""
    groups: dict[str, list[str]] = {}
    for case in sorted(keys):
        groups.setdefault(keys[case], []).append(case)
    return {case: group[0] for group in groups.values() if len(group) > 1 for case in group}


def lapsed(cases: Iterable[Case], policy: GatePolicy, today: str) -> tuple[str, ...]:
    """Return a sentence for each quarantine of these cases that is over."""
    known = {case.id for case in cases}
    return tuple(
        f"the quarantine of {one.case} by {one.owner} was over on {one.expires}: it counts in full again"
        for one in policy.quarantine
        if one.case in known and one.expires < today
    )
