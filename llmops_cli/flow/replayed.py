"""What stored answers alone say of a prompt: an arm without a call, or nothing where an answer is missing."""

from llmops_cli.errors import SettingsError
from llmops_cli.flow.answers import ShutDesk
from llmops_cli.flow.arms import missing, run_arm
from llmops_cli.flow.contestant import Bout, Side
from llmops_cli.flow.judges import judges
from llmops_cli.flow.own_checks import own_checks
from llmops_cli.flow.project import Project
from llmops_cli.flow.scoring import bench
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Arm, Result


def replayed(
    project: Project, prompt: Prompt, evalset: EvalSet, cases: tuple[Case, ...]
) -> tuple[Arm | None, tuple[Result, ...]]:
    """Return the arm of the stored answers and its rows; None where one is missing. Calls nobody.

    Recordings, and outside CI what a gate or a run left in the cache of this machine.
    """
    settings = project.settings
    side = Side(project.tree, settings, project.environment, project.tree)
    with ShutDesk.of(project) as desk:
        rubric = judges(desk, project.tree, settings, project.tree, evalset.id)
        own = own_checks(project.tree, evalset, cases)
        scorers = bench(evalset, prompt.output, own_checks=own, judge=rubric)
        try:
            found, rows = run_arm(side, Bout(evalset, cases, scorers), prompt, desk)
        except SettingsError:  # its model is not to be reached here: then nobody answered here either
            return None, ()
    return (None if missing(rows) else found), rows
