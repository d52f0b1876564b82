"""The gate, measured on the stored baselines: false alarms and power of its own rule. No model call."""

from collections.abc import Sequence

from llmops_cli.errors import ExitCode
from llmops_cli.flow.power import Look, Looked, every
from llmops_cli.flow.project import Project


def self_test(project: Project, prompts: Sequence[str] = ()) -> tuple[Looked, ExitCode]:
    """Return what the gate's rule does with each stored baseline's primary scorer.

    Exit code 3 where no baseline can be measured: none is stored, or each has one run a case, which shows no noise.
    """
    looked = every(project, Look(tuple(prompts), primary_only=True))
    measured = any(power.self_test is not None for power in looked.powers)
    return looked, ExitCode.OK if measured else ExitCode.INCONCLUSIVE
