"""Why a prompt got worse: which part of an edit broke it, or which commit did."""

from dataclasses import dataclass, field
from typing import Literal

from llmops_cli.model.commit import Commit
from llmops_cli.model.diff import PromptDiff
from llmops_cli.model.hunk import Hunk
from llmops_cli.model.source import Source
from llmops_cli.model.verdict import Calls


@dataclass(frozen=True, slots=True)
class Placed:
    """A hunk and where it stands: in the file after the edit, of what was removed in the file before it."""

    hunk: Hunk
    source: Source


@dataclass(frozen=True, slots=True)
class Fall:
    """What a scorer lost on all cases: both means over the runs that the gate compares, and how likely by chance."""

    before: float
    after: float
    cases: int
    p: float

    @property
    def change(self) -> float:
        """The mean after less the mean before."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Moved:
    """How far answers lie from the base's mean of their cases, on average, and how many there are."""

    change: float
    answers: int


@dataclass(frozen=True, slots=True)
class Guilty:
    """Hunks that break cases together; without any one of them they do not. `breaks` of `asked` cases, on their own.

    `alone`: where means were compared, what the base with them loses.
    """

    hunks: tuple[Placed, ...]
    breaks: int = 0
    asked: int = 0
    alone: Moved | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What was looked at: the cases, how many broke in all, on which scorer of which eval set; and what it took.

    `one_by_one` is what trying each part on each case would have taken. `stopped` says why the search ended early.
    `others`: the eval set's other gating scorers, which were not looked at. `again`: what to do next, each with the
    command that does it.
    """

    prompt: str
    evalset: str = ""
    scorer: str = ""
    cases: tuple[str, ...] = ()
    broke: int = 0
    calls: Calls = field(default_factory=Calls)
    cost_usd: float = 0.0
    one_by_one: int = 0
    stopped: str = ""
    others: tuple[str, ...] = ()
    again: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """What broke the cases of an edited prompt.

    `state`: found; unchecked (found, but the head without them is no prompt to check); unsure, flaky (answers change
    from run to run); diffuse; nothing (nothing broke); stopped (the budget ended it: `suspects` hold a culprit).
    `by`: cases that broke; means over many cases; whole, where the edit is one hunk and nothing is to be searched.
    `edit` and `without`: where means were compared, what the whole edit and the edit without the culprits lose.
    """

    state: Literal["found", "unchecked", "unsure", "flaky", "diffuse", "nothing", "stopped"]
    asked: Asked
    base: str = ""
    why_base: str = ""
    reason: str = ""
    hunks: int = 0
    probes: int = 0
    culprits: tuple[Guilty, ...] = ()
    suspects: tuple[Placed, ...] = ()
    healed: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    by: Literal["cases", "means", "whole"] = "cases"
    fall: Fall | None = None
    edit: Moved | None = None
    without: Moved | None = None


Said = Literal["passes", "fails", "skipped", "unknown"]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A version of the prompt and the commit that made it. `state` is what is known of it."""

    commit: Commit
    path: str
    state: Said
    digest: str = ""
    version: str = ""
    stored: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Bisected:
    """Which commit broke a prompt. `versions` are all that differ, oldest first; the good end is not among them.

    `culprits` is the one that broke it; several where those between give no answer.
    """

    state: Literal["found", "range", "good-fails", "bad-passes", "diffuse", "nothing", "stopped"]
    asked: Asked
    good: str
    bad: str
    reason: str = ""
    versions: tuple[Suspect, ...] = ()
    culprits: tuple[Suspect, ...] = ()
    diff: PromptDiff | None = None
