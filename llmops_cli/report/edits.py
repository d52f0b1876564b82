"""What `fmt` and `validate --fix` did to files, and how a text differs from another."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from llmops_cli.report.ansi import Style, paint
from llmops_cli.report.figures import count
from llmops_cli.report.sanitize import line, terminal, workflow

STYLES: Mapping[str, Style] = {"+": "green", "-": "red", "@": "cyan"}


def unified(path: str, before: str, after: str, *, color: bool) -> str:
    """Return a unified diff; "" where the texts are the same."""
    old, new = (text.splitlines(keepends=True) for text in (before, after))
    shown = []
    for row in difflib.unified_diff(old, new, f"a/{line(path)}", f"b/{line(path)}"):
        plain = workflow(terminal(row.rstrip("\r\n")))
        style = STYLES.get(row[:1])
        heading = row.startswith(("+++", "---"))
        shown.append(paint(plain, style, color) if style and not heading else plain)
    return "\n".join(shown)


def formatted(results: Sequence[Any], *, check: bool, diff: bool, color: bool) -> str:
    """Return what `fmt` did, or with `check` would do; `results` are `flow.fmt.Formatted`."""
    lines: list[str] = []
    for one in results:
        if one.refused:
            lines.append(f"{paint('left as it is', 'yellow', color)} {line(one.path)}: {line(one.refused)}")
            lines += [
                f"  {line(str(problem.source))}: {problem.code} {line(problem.message)}" for problem in one.problems
            ]
        elif one.changed and diff:
            lines.append(unified(one.path, one.before, one.after, color=color))
        elif one.changed:
            lines.append(f"{'would reformat' if check else 'reformatted'} {line(one.path)}")
    changed = sum(one.changed for one in results)
    refused = sum(bool(one.refused) for one in results)
    same = len(results) - changed - refused
    verb = "would change" if check else "changed"
    said = [f"{count(changed, 'file')} {verb}"] if changed else []
    said += [f"{count(refused, 'file')} left as they are"] if refused else []
    said += [f"{count(same, 'file')} fine"] if same else []
    return "\n".join([*(workflow(text) for text in lines), f"{', '.join(said)}."])


def document(results: Sequence[Any]) -> dict[str, Any]:
    """Return `llmops/fmt@1`."""
    return {
        "schema": "llmops/fmt@1",
        "files": [
            {
                "path": one.path,
                "status": "refused" if one.refused else "changed" if one.changed else "unchanged",
                "reason": one.refused,
            }
            for one in results
        ],
    }


def fixed(results: Sequence[Any], *, color: bool) -> str:
    """Return what `validate --fix` did: each edit, whether the digest stayed, and what it left; "" for nothing."""
    lines: list[str] = []
    for one in results:
        head = paint("fixed", "green", color)
        lines += [f"{head} {line(str(edit.source))}: {edit.code} {line(edit.what)}" for edit in one.edits]
        if one.edits:
            after = f"sha256:{one.after[:12]}" if one.after != one.before else "unchanged"
            lines.append(f"      digest {after}" + (f" (was sha256:{one.before[:12]})" if after != "unchanged" else ""))
        if one.left:
            lines.append(f"{paint('not fixed', 'yellow', color)} {line(one.path)}: {line(one.left)}")
    return "\n".join(workflow(text) for text in lines)
