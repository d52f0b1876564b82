"""The stored baselines of a prompt's version, to be looked at."""

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.address import find
from llmops_cli.flow.project import Project
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.load.baselines import stored
from llmops_cli.model.run import Arm


def shown(project: Project, name: str) -> list[Arm]:
    """Return the stored baselines of a prompt's version. Raises `UnknownNameError` where there is none."""
    prompt = find(project, name).prompt
    folder = project.settings.baselines
    rows = [row for row in stored(project.tree, folder) if row[0] == prompt.id]
    arms = [read_baseline(project.tree, folder, prompt.id, row[1], prompt.digest) for row in rows]
    found = {arm.evalset: arm for arm in arms if arm is not None}
    if not found:
        others = f"{len(rows)} of other versions are stored" if rows else "none is stored"
        hint = f"llmops eval run {prompt.id}; llmops baseline accept {prompt.id} --reason …"
        raise UnknownNameError(f"no baseline of {prompt.id} sha256:{prompt.digest[:12]} ({others})", hint=hint)
    return list(found.values())
