"""What to do next where a search gave no answer: commands with all that was said, which are not those just given."""

from collections.abc import Iterator, Sequence

from llmops_cli.flow.search_ends import ENDS, MOST_CALLS
from llmops_cli.model.completion import Failure

Step = tuple[str, tuple[str, ...]]
RAISE = "raise --max-calls; what was paid is not paid again:"
RECORDED = "it is not recorded; ask for it, with a key:"
SIGHT = "what this set can see:"
RUNS = (3, 5, 9)
MOST_CASES = 50


def go_on(command: Sequence[str], failure: Failure | None, *, cap: int, needed: int = 0) -> Iterator[Step]:
    """Yield how a search that was stopped goes on. `needed`: a cap that suffices, if known."""
    if failure is not None and failure.code in ENDS:
        yield RECORDED, without(command, "--mode")
        return
    yield RAISE, (*without(command, "--max-calls"), "--max-calls", str(max(needed, cap + MOST_CALLS)))


def wider(command: Sequence[str], *, cases: int, broke: int, runs: int, cap: int) -> Iterator[Step]:
    """Yield the same with more cases and more runs of each, where there are more; and what the set can see."""
    more = min(2 * cases, broke, MOST_CASES)
    often = next((each for each in RUNS if each > runs), runs)
    if more > cases or often > runs:
        most = max(more, cases)
        rest = without(without(command, "--cases"), "--repeat")
        calls = cap + MOST_CALLS * often
        said = ("--cases", str(most), "--repeat", str(often), "--max-calls", str(calls))
        yield "more cases, more runs of each:", (*rest, *said)
    yield sight(command)


def sight(command: Sequence[str]) -> Step:
    """Return the command that says what a set can see."""
    return SIGHT, ("llmops", "eval", "power", command[3])


def without(command: Sequence[str], flag: str) -> tuple[str, ...]:
    """Return a command without a flag and its value."""
    if flag not in command:
        return tuple(command)
    at = list(command).index(flag)
    return (*command[:at], *command[at + 2 :])
