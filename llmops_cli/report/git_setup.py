"""What `llmops git` would write, and what is on."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from llmops_cli.report.sanitize import line


class Part(Protocol):
    """One thing that can be on."""

    @property
    def name(self) -> str: ...  # noqa: D102 - see flow.git_setup.Part
    @property
    def state(self) -> str: ...  # noqa: D102 - as above
    @property
    def where(self) -> str: ...  # noqa: D102 - as above
    @property
    def detail(self) -> str: ...  # noqa: D102 - as above


USES = {
    "textconv": "git diff, git log -p, git show, --word-diff",
    "diff driver": "git diff shows what an edit means",
    "merge driver": "git merge, rebase and cherry-pick merge prompts by their keys",
    "diff attribute": "prompts are shown by llmops",
    "merge attribute": "prompts are merged by llmops",
}


def plan_text(config: str, keys: Mapping[str, str | None], attributes: str, lines: Sequence[str]) -> str:
    """Return each key and line that is written or removed, by file."""
    said: list[str] = []
    for sign, chosen in (("write", True), ("remove", False)):
        part = [(key, value) for key, value in keys.items() if (value is not None) is chosen]
        if part:
            said.append(f"{sign} in {line(config)}:")
            said += [f"  {line(key)}{f' = {line(value)}' if value is not None else ''}" for key, value in part]
    if attributes:
        said.append(f"{'write in' if lines else 'remove our block from'} {line(attributes)}{':' if lines else ''}")
        said += [f"  {line(one)}" for one in lines]
    return "\n".join(said)


def status_text(parts: Sequence[Part]) -> str:
    """Return a line for each part."""
    rows = []
    for part in parts:
        detail = part.detail or (USES[part.name] if part.state == "on" else "")
        rows.append(f"{part.name:<16} {part.state:<8} {part.where:<11} {line(detail)}".rstrip())
    return "\n".join(rows)


def status_document(parts: Sequence[Part], *, on: bool) -> dict[str, Any]:
    """Return `llmops/git-status@1`."""
    rows = [{"name": part.name, "state": part.state, "where": part.where, "detail": part.detail} for part in parts]
    return {"schema": "llmops/git-status@1", "on": on, "parts": rows}
