"""Further runs of cases that seem broken: what a gate's confirmation asked, else some that a search asks itself."""

from collections.abc import Sequence

from llmops_cli.compare.arms import extend
from llmops_cli.compare.breaks import OFTEN
from llmops_cli.compare.confirm import MORE, ROUNDS
from llmops_cli.flow.contestant import Contestant, OnResult
from llmops_cli.model.run import Arm


def with_fresh(known: Arm, fresh: Arm | None) -> Arm:
    """Return an arm with the answers of a confirmation behind its own."""
    return extend(known, fresh) if fresh else known


def fresh_arm(contestant: Contestant, series: str) -> Arm | None:
    """Return the answers of a confirmation, None where there are none. Asks nobody."""
    tasks = contestant.tasks(range(ROUNDS + MORE), None, series)
    desk, name = contestant.desk, contestant.bout.evalset.id
    todo = [task for task in tasks if desk.known(contestant.prompt, name, task.request)]
    if not todo:
        return None
    contestant.keep(contestant.ask(todo, None))
    return contestant.arm


def with_further(known: Arm, contestant: Contestant, cases: Sequence[str], series: str, on_result: OnResult) -> Arm:
    """Return an arm in which each of these cases has run three times at least, as far as calls may be made."""
    tasks = contestant.tasks(range(1, OFTEN), frozenset(cases), series)
    todo = [task for task in tasks if task.request.repeat >= len(known.rows[task.case.id].answers)]
    contestant.keep(contestant.ask(todo, on_result))
    return extend(known, contestant.arm) if contestant.results else known
