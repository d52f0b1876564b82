"""The two arms of a comparison: from a stored baseline, or by running the prompt once more."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from llmops_cli.flow.contestant import Bout, Contestant, OnResult, Side
from llmops_cli.flow.desk import Desk
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.model.completion import Failure
from llmops_cli.model.evalset import Case
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Arm, Result


def stored_arm(side: Side, bout: Bout, prompt: Prompt) -> Arm | None:
    """Return the stored baseline, if its scorers are those that judge now; stale cases are left to the gate."""
    found = read_baseline(side.tree, side.settings.baselines, prompt.id, bout.evalset.id, prompt.digest)
    if found is None or any(found.scorers.get(spec.name) != bout.bench.digests[spec.name] for spec in bout.bench.specs):
        return None
    cases = {case.id for case in bout.cases}
    return replace(found, rows={name: row for name, row in found.rows.items() if name in cases})


def run_arm(
    side: Side,
    bout: Bout,
    prompt: Prompt,
    desk: Desk,
    *,
    own_cases: Mapping[str, Case] | None = None,
    on_result: OnResult | None = None,
) -> tuple[Arm, tuple[Result, ...]]:
    """Return the arm of a prompt on the bout's cases, and its rows: the set's repeats, and all that are stored."""
    contestant = Contestant(side, bout, prompt, desk, own_cases=own_cases)
    repeats = bout.evalset.repeats
    todo = (*contestant.tasks(range(repeats)), *contestant.further(repeats))
    contestant.keep(contestant.ask(todo, on_result))
    return contestant.arm, contestant.results


def missing(results: Iterable[Result]) -> dict[str, int]:
    """Return how many rows have no answer, by the failure's code."""
    counts: dict[str, int] = {}
    for result in results:
        if isinstance(result.answer, Failure):
            counts[result.answer.code] = counts.get(result.answer.code, 0) + 1
    return dict(sorted(counts.items()))
