"""`llmops prompt diff --format json`: the document that scripts may rely on. Keys are added, never renamed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llmops_cli.model.diff import Change, PromptDiff, RenderedSet
from llmops_cli.report.diff_words import advised, current
from llmops_cli.report.sanitize import plain

if TYPE_CHECKING:
    from llmops_cli.model.usage import CallBreak


def document(diffs: Sequence[PromptDiff], *, unchanged: int = 0) -> dict[str, Any]:
    """Return `llmops/prompt-diff@1`. Values of prompts stand as they are: an escape would be another value."""
    return {"schema": "llmops/prompt-diff@1", "prompts": [_prompt(diff) for diff in diffs], "unchanged": unchanged}


def _prompt(diff: PromptDiff) -> dict[str, Any]:
    return {
        "id": diff.id,
        "from": diff.before or None,
        "to": diff.after or None,
        "status": diff.status,
        "class": diff.change_class.value,
        "bump": diff.change_class.bump,
        "changes": [_change(change) for change in diff.changes],
        "tokens": _tokens(diff),
        "cost_usd": {"before": diff.cost_before_usd, "after": diff.cost_after_usd},
        "evalsets": [{"id": one.id, "cases": one.cases, "baseline": one.baseline} for one in diff.evalsets],
        "digests": {"before": diff.before_digest or None, "after": diff.after_digest or None},
        "notes": [plain(note) for note in diff.notes],
        "versions": {"current": current(diff) or None, "advised": advised(diff) or None},
        "call_sites": _calls(diff),
        "cached_prefix": _prefix(diff),
        "rendered": [_rendered(one) for one in diff.rendered],
    }


def _calls(diff: PromptDiff) -> dict[str, Any] | None:
    calls = diff.calls
    if calls is None:
        return None
    breaks = [_break(found) for found in calls.breaks]
    return {"total": calls.sites, "breaks": breaks, "unchecked": [site.place for site in calls.unchecked]}


def _break(found: "CallBreak") -> dict[str, Any]:
    site = found.site
    return {"path": site.path, "line": site.line, "column": site.column, "message": plain(found.message)}


def _prefix(diff: PromptDiff) -> dict[str, Any] | None:
    prefix = diff.prefix
    if prefix is None:
        return None
    return {"before": prefix.before, "after": prefix.after, "edit_at": prefix.edit_at, "reason": prefix.reason or None}


def _rendered(one: RenderedSet) -> dict[str, Any]:
    return {
        "evalset": one.evalset,
        "cases": one.cases,
        "more": one.more,
        "differ": list(one.differ),
        "broken": [{"case": case, "reason": plain(reason)} for case, reason in one.broken],
        "tokens": {"median_before": one.median_before, "median_after": one.median_after, "estimated": True},
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "path": change.path,
        "kind": change.kind,
        "class": change.change_class.value,
        "area": change.area,
        "before": change.before,
        "after": change.after,
        "reason": plain(change.reason),
    }


def _tokens(diff: PromptDiff) -> dict[str, Any] | None:
    tokens = diff.tokens
    if tokens is None:
        return None
    return {"before": tokens.before, "after": tokens.after, "estimated": tokens.estimated}
