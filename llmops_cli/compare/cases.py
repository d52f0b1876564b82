"""Two versions of an eval set's cases → which cases pair. By id, never by line number."""

from collections.abc import Iterable

from llmops_cli.model.evalset import Case
from llmops_cli.model.verdict import Unpaired


def unpaired(base: Iterable[Case], head: Iterable[Case]) -> Unpaired:
    """Return the ids that only the head has, only the base has, or that both have with another content; sorted."""
    before = {case.id: case.digest for case in base}
    after = {case.id: case.digest for case in head}
    return Unpaired(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(name for name in before.keys() & after.keys() if before[name] != after[name])),
    )
