"""What a gate's confirmation asked of both versions, as far as it is at hand: further runs of doubtful cases."""

from llmops_cli.compare.arms import extend
from llmops_cli.compare.confirm import MORE, ROUNDS
from llmops_cli.flow.contestant import Contestant
from llmops_cli.model.run import Arm


def with_fresh(known: Arm, contestant: Contestant, series: str) -> Arm:
    """Return an arm with the answers of a confirmation behind its own. Asks nobody."""
    tasks = contestant.tasks(range(ROUNDS + MORE), None, series)
    desk, name = contestant.desk, contestant.bout.evalset.id
    todo = [task for task in tasks if desk.known(contestant.prompt, name, task.request)]
    if not todo:
        return known
    contestant.keep(contestant.ask(todo, None))
    return extend(known, contestant.arm)
