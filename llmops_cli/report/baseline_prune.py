"""What `baseline prune` keeps and removes, as text and as JSON."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from llmops_cli.report.columns import columns
from llmops_cli.report.figures import count
from llmops_cli.report.quote import word

LIMIT = 400


class Fate(Protocol):
    """One baseline file, and what becomes of it."""

    @property
    def path(self) -> str:
        """Where it lies."""
        ...

    @property
    def kept(self) -> bool:
        """Whether it stays."""
        ...

    @property
    def reason(self) -> str:
        """Why."""
        ...


def text(found: Sequence[Fate]) -> str:
    """Return what would go, and how many stay for which reasons."""
    gone = [one for one in found if not one.kept]
    lines = [
        f"  {''.join(cells)}".rstrip()
        for cells in columns([(word(one.path, LIMIT), word(one.reason, LIMIT)) for one in gone])
    ]
    head = f"{count(len(gone), 'baseline')} of {len(found)} that nobody needs" if gone else "every baseline is needed"
    reasons = [one.reason for one in found if one.kept]
    stay = [f"  {word(reason)}: {reasons.count(reason)}" for reason in dict.fromkeys(reasons)]
    return "\n".join([head, *lines, *(["kept:", *stay] if stay else [])])


def document(found: Iterable[Fate], *, removed: Sequence[Fate]) -> dict[str, Any]:
    """Return the same as JSON."""
    rows = [{"path": one.path, "kept": one.kept, "reason": one.reason} for one in found]
    return {"schema": "llmops/baseline-prune@1", "baselines": rows, "removed": [one.path for one in removed]}
