"""What the baselines that a gate compares with can see: the base's own, by the gate's rule. No model call."""

from collections.abc import Iterator

from llmops_cli.compare.insight import power
from llmops_cli.flow.arms import stored_arm
from llmops_cli.flow.bouts import Bouts
from llmops_cli.flow.contestant import Side
from llmops_cli.flow.flags import flags_of
from llmops_cli.flow.power import wanted_of
from llmops_cli.flow.project import Project
from llmops_cli.flow.scene import Scene
from llmops_cli.model.power import Power

LEAST_RUNS = 2


def powers(project: Project, found: Scene, bouts: Bouts) -> tuple[Power, ...]:
    """Return what each stored baseline of the changed prompts can see by its primary scorer.

    One run a case shows no noise: such a baseline is left out.
    """
    return tuple(_each(project, found, bouts))


def _each(project: Project, found: Scene, bouts: Bouts) -> Iterator[Power]:
    side = Side(found.base.tree, found.policy, project.environment, found.trusted)
    for pair in found.judged:
        if pair.before is None or pair.after is None or pair.same:
            continue
        for name in bouts.names(pair):
            bout = bouts.bout(pair, name)
            arm = stored_arm(side, bout, pair.before)
            primary = bout.evalset.primary
            if arm is None or primary is None or not primary.gate:
                continue
            policy = found.bar(bout.evalset)
            flags = flags_of(bout.cases, policy, project.environment.today)
            seen = power(arm, primary.name, wanted_of(flags, policy))
            if seen.runs[1] >= LEAST_RUNS:
                yield seen
