"""Baselines that are stored: of one version of a prompt, or all of them."""

from dataclasses import dataclass

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.address import find
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.standing import stored_at_base
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.load.baselines import stored
from llmops_cli.model.run import Arm


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored baseline, its file, and whether it is of the version that the working tree has."""

    path: str
    arm: Arm
    current: bool


def shown(project: Project, name: str) -> list[Arm]:
    """Return the stored baselines of a prompt's version. Raises `UnknownNameError` where there is none."""
    prompt = find(project, name).prompt
    folder = project.settings.baselines
    rows = [row for row in stored(project.tree, folder) if row[0] == prompt.id]
    arms = [read_baseline(project.tree, folder, prompt.id, row[1], prompt.digest) for row in rows]
    found = {arm.evalset: arm for arm in arms if arm is not None}
    if not found:
        others = f"{len(rows)} of other versions are stored" if len(rows) > 1 else "one of another version is stored"
        others = others if rows else "none is stored"
        there = next((one for row in rows if (one := stored_at_base(project, prompt, row[1]))), "")
        first = f"llmops eval run {prompt.id}; llmops baseline accept {prompt.id} --reason …"
        hint = f"llmops baseline show {there}" if there else first
        raise UnknownNameError(f"no baseline of {prompt.id} sha256:{prompt.digest[:12]} ({others})", hint=hint)
    return list(found.values())


def every(project: Project) -> list[Stored]:
    """Return every stored baseline, by prompt and eval set. Raises `UnknownNameError` where there is none."""
    folder = project.settings.baselines
    now = {name: prompt.digest for name, prompt in read(project.tree, project.settings).prompts.items()}
    found = []
    for prompt, evalset, digest, path in stored(project.tree, folder):
        arm = read_baseline(project.tree, folder, prompt, evalset, digest)
        if arm is not None:
            found.append(Stored(path, arm, now.get(prompt) == arm.digest))
    if not found:
        hint = "llmops eval run PROMPT; llmops baseline accept PROMPT --reason …"
        raise UnknownNameError(f"no baselines below {folder}/", hint=hint)
    return sorted(found, key=lambda one: (one.arm.prompt, one.arm.evalset, not one.current, one.arm.digest))
