"""`llmops doctor`: what was looked at, in groups; what is not good with the command that helps."""

from collections.abc import Sequence
from typing import Any

from llmops_cli.model.checkup import Finding, State
from llmops_cli.report.ansi import Style, paint
from llmops_cli.report.figures import count
from llmops_cli.report.sanitize import line, plain, workflow

MARKS: dict[State, tuple[str, Style]] = {"good": ("ok", "green"), "advice": ("--", "yellow"), "bad": ("!!", "red")}


def text(findings: Sequence[Finding], *, color: bool) -> str:
    """Return a line for each finding below its group's name, and how many need something."""
    lines: list[str] = []
    width = max((len(one.name) for one in findings), default=0)
    areas = list(dict.fromkeys(one.area for one in findings))
    for area in areas:
        lines.append(paint(area, "bold", color))
        for one in findings:
            if one.area == area:
                mark, style = MARKS[one.state]
                lines.append(f"  {paint(mark, style, color)}  {line(one.name).ljust(width)}  {line(one.said)}")
                lines += [f"      {' ' * width}  help: {line(one.hint)}"] if one.hint else []
    bad = sum(one.state == "bad" for one in findings)
    advice = sum(one.state == "advice" for one in findings)
    said = [count(bad, "problem")] if bad else ["No problems"]
    said += [f"{advice} could be better"] if advice else []
    return "\n".join([*(workflow(row) for row in lines), "", f"{', '.join(said)}."])


def document(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return `llmops/doctor@1`."""
    return {
        "schema": "llmops/doctor@1",
        "findings": [
            {"area": one.area, "name": one.name, "state": one.state, "said": plain(one.said), "hint": plain(one.hint)}
            for one in findings
        ],
    }
