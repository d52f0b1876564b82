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
class Guilty:
    """Hunks that break cases together; without any one of them they do not. `breaks` of `asked` cases, on their own."""

    hunks: tuple[Placed, ...]
    breaks: int = 0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What was looked at: the cases, how many broke in all, on which scorer of which eval set; and what it took.

    `one_by_one` is what trying each part on each case would have taken. `stopped` says why the search ended early.
    `others`: the eval set's other gating scorers, which were not looked at.
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


@dataclass(frozen=True, slots=True)
class Explained:
    """What broke the cases of an edited prompt.

    `state`: found; unchecked (found, but the head without them is no prompt to check); unsure, flaky (answers change
    from run to run); diffuse; nothing (nothing broke); stopped (the budget ended it: `suspects` hold a culprit).
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
