"""What the gate will hold a stored baseline to, as the working tree's policy has it."""

from llmops_cli.compare.held import held
from llmops_cli.compare.repeated import distinct
from llmops_cli.flow.flags import repeats_at
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.load.settings import gate_policy
from llmops_cli.model.run import Arm


def held_words(project: Project, arm: Arm) -> str:
    """Return the margin and the rule in words; "" where a margin is set by hand, or nothing is scored."""
    evalset = read(project.tree, project.settings).evalsets.get(arm.evalset)
    policy = gate_policy(project.settings.gate, evalset.gate if evalset else {})
    primary = evalset.primary if evalset else None
    scorer = primary.name if primary else next(iter(arm.scorers), "")
    if not scorer or policy.margin != "auto" or arm.margin is None:
        return ""
    asked = repeats_at(project.tree, evalset) if evalset else {}  # cases that ask the same count once
    return held(distinct(arm, {case: (first, first) for case, first in asked.items()}), scorer, policy)
