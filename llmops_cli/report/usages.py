"""`llmops prompt usages`: where programs use prompts, for a terminal and for scripts."""

from collections.abc import Iterator
from typing import Any

from llmops_cli.model.usage import Survey, Usage
from llmops_cli.report.columns import columns
from llmops_cli.report.figures import count
from llmops_cli.report.sanitize import line, plain, workflow

_FOLDERS = 3


def text(survey: Survey) -> str:
    """Return a line a call, sorted by place, and what they come to."""
    rows = [_row(usage) for usage in survey.usages]
    shown = ["  ".join(row).rstrip() for row in columns(rows, gap=0)] if rows else []
    return "\n".join([*shown, _closing(survey)])


def document(survey: Survey) -> dict[str, Any]:
    """Return `llmops/prompt-usages@1`."""
    return {
        "schema": "llmops/prompt-usages@1",
        "usages": [_usage(usage) for usage in survey.usages],
        "files": survey.files,
        "unread": [plain(reason) for reason in survey.unread],
        "left_out": [plain(path) for path in survey.left_out],
    }


def _row(usage: Usage) -> list[str]:
    site = usage.site
    address = f"{site.prompt}@{site.ref}" if site.ref else site.prompt
    cells = [f"{site.place}:{site.column}", site.kind, address or "?", site.words, _state(usage)]
    return [workflow(line(cell)) for cell in cells]


def _state(usage: Usage) -> str:
    if usage.fault:
        return f"✗ {usage.fault.removeprefix(usage.site.words).strip()}"
    if usage.site.unchecked:
        return f"? dynamic, not checked: {usage.site.unchecked}"
    return "" if usage.prompt else "no prompt of this name here"


def _closing(survey: Survey) -> str:
    dynamic = sum(bool(usage.site.unchecked) and not usage.fault for usage in survey.usages)
    wrong = sum(bool(usage.fault) for usage in survey.usages)
    parts = [f"{count(len(survey.usages), 'call')} in {count(survey.files, 'Python file')}"]
    parts += [f"{wrong} wrong"] * bool(wrong) + [f"{dynamic} not checked"] * bool(dynamic)
    parts += [f"{count(len(survey.unread), 'file')} not read"] * bool(survey.unread)
    return "; ".join([", ".join(parts), *_left_out(survey)])


def _left_out(survey: Survey) -> Iterator[str]:
    """Yield what nobody read, so that no folder is missed without a word."""
    folders = [path for path in survey.left_out if path.endswith("/")]
    stubs = len(survey.left_out) - len(folders)
    named = [count(stubs, "stub")] * bool(stubs) + [workflow(line(path)) for path in folders[:_FOLDERS]]
    named += [f"{count(len(folders) - _FOLDERS, 'folder')} more"] * (len(folders) > _FOLDERS)
    if named:
        yield f"left out: {', '.join(named)}"


def _usage(usage: Usage) -> dict[str, Any]:
    site = usage.site
    return {
        "path": site.path,
        "cell": site.cell or None,
        "line": site.line,
        "column": site.column,
        "kind": site.kind,
        "prompt": site.prompt or None,
        "id": usage.prompt or None,
        "ref": site.ref or None,
        "call": site.call,
        "keywords": list(site.keywords),
        "literals": dict(site.literals),
        "dynamic": plain(site.unchecked) or None,
        "fault": plain(usage.fault) or None,
    }
