"""`llmops explain`: one code or plug-in in full, or all of them in a line each."""

from collections.abc import Sequence
from typing import Any

from llmops_cli.model.problem import Explanation
from llmops_cli.report.ansi import paint


def text(one: Explanation, *, color: bool) -> str:
    """Return one explanation in full."""
    name = one.code if one.slug == one.code.lower() else f"{one.code} {one.slug}"
    return f"{paint(name, 'bold', color)}   {one.kind}\n\n{one.text}"


def table(explanations: Sequence[Explanation]) -> str:
    """Return all of them, a line each, in groups."""
    slugs = max((len(one.slug) for one in explanations), default=0)
    codes = max((len(one.code) for one in explanations), default=0)
    lines: list[str] = []
    group = ""
    for one in explanations:
        own = f"{one.kind}: {one.code[:2]}" if one.kind in ("lint rule", "problem") else one.kind
        if own != group:
            lines += [""] * bool(group) + [own]
        group = own
        named = one.slug if one.slug != one.code.lower() else ""
        lines.append(f"{one.code.ljust(codes)}  {named.ljust(slugs)}  {one.summary}".rstrip())
    return "\n".join([*lines, "", "llmops explain NAME says more."])


def document(explanations: Sequence[Explanation]) -> dict[str, Any]:
    """Return `llmops/explanations@1`."""
    return {
        "schema": "llmops/explanations@1",
        "explanations": [
            {"code": one.code, "slug": one.slug, "kind": one.kind, "summary": one.summary, "text": one.text}
            for one in explanations
        ],
    }
