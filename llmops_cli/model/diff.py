"""What differs between two versions of a prompt, as data. Reporters show it; `apply` proves it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from llmops_cli.model.usage import Calls

Json = Any


class ChangeClass(StrEnum):
    """How far a change reaches. Members stand from widest to none."""

    BREAKING = "breaking"
    MINOR = "minor"
    PATCH = "patch"
    NONE = "none"

    @property
    def bump(self) -> str:
        """The advised semver bump."""
        return {"breaking": "major", "minor": "minor", "patch": "patch", "none": "none"}[self.value]


Area = Literal["contract", "output", "model", "params", "text", "examples", "tools", "meta"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `path` names the part ("variables.locale.required", "messages.0.content"), `kind` is added, removed,
    changed or moved; `before` and `after` are JSON (None where absent); `reason` says in words why it is of its class.
    """

    path: str
    kind: Literal["added", "removed", "changed", "moved", "renamed"]
    change_class: ChangeClass
    area: Area
    before: Json = None
    after: Json = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TextChange:
    """The words of one message: pieces in order, each kept (" "), removed ("-") or added ("+").

    The kept and removed pieces joined are the old text, the kept and added ones the new text.
    """

    label: str
    pieces: tuple[tuple[Literal[" ", "-", "+"], str], ...]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Static tokens of the templates before and after; `estimated` says that no tokenizer was at hand."""

    before: int
    after: int
    estimated: bool = True


@dataclass(frozen=True, slots=True)
class CachedPrefix:
    """Static tokens at the start of every call, which a provider may keep: how many there were, how many of them stay.

    `edit_at` is the number of characters that stay; `reason` says so where something else than an edit loses them.
    """

    before: int
    after: int
    edit_at: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RenderedSet:
    """What an edit does to the cases of an eval set.

    `differ` are the ids of the cases that render differently outside the edited words, the most different first;
    `broken` those that rendered before and do not after, with the reason. `cases` were looked at; `more` says that the
    set has others. The medians are estimates of the tokens of a call; None where no case renders.
    """

    evalset: str
    cases: int
    differ: tuple[str, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()
    more: bool = False
    median_before: int | None = None
    median_after: int | None = None


@dataclass(frozen=True, slots=True)
class AffectedSet:
    """An eval set that judges the prompt, its number of cases if it was counted, and the state of its baseline."""

    id: str
    cases: int | None = None
    baseline: str = ""


@dataclass(frozen=True, slots=True)
class PromptDiff:
    """One prompt on two sides. `before` or `after` is "" where the prompt is new or removed.

    `calls` are its call sites where they were looked for: only a break is worth that. `released` is the newest version
    that has a release, or the one that the file gives itself; `shown_cases` are the words of cases as they render on
    both sides, where they were asked for.
    """

    id: str
    before: str
    after: str
    change_class: ChangeClass
    changes: tuple[Change, ...] = ()
    texts: tuple[TextChange, ...] = ()
    tokens: Tokens | None = None
    cost_before_usd: float | None = None
    cost_after_usd: float | None = None
    evalsets: tuple[AffectedSet, ...] = ()
    before_digest: str = ""
    after_digest: str = ""
    status: Literal["changed", "new", "removed"] = "changed"
    notes: tuple[str, ...] = field(default=())
    released: str = ""
    calls: "Calls | None" = None
    prefix: CachedPrefix | None = None
    rendered: tuple[RenderedSet, ...] = ()
    shown_cases: tuple[TextChange, ...] = ()
