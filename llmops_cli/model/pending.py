"""Results of changed prompts that wait for a person to accept or reject them."""

from collections.abc import Mapping
from dataclasses import dataclass

from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Arm, Rejection, Result
from llmops_cli.model.verdict import Family, Judged, Verdict


@dataclass(frozen=True, slots=True)
class Waiting:
    """A result that waits. `run` is the id of the run ("" = stored answers), `base` the stored baseline (None: new).

    `cases` are those of the eval set by id; `rows` what the new version answered.
    """

    prompt: Prompt
    before: Prompt | None
    evalset: EvalSet
    run: str
    base: Arm | None
    judged: Judged
    rows: tuple[Result, ...]
    cases: Mapping[str, Case]
    rejected: Rejection | None = None

    @property
    def primary(self) -> Family | None:
        """The figures of the primary scorer; None where nothing could be compared."""
        return next((one for one in self.judged.families if one.primary), None)

    @property
    def worst(self) -> Family | None:
        """The family that fell most, the primary one before its equals; None where nothing fell."""
        fell = [one for one in self.judged.families if one.delta is not None and one.delta < 0]
        return min(fell, key=lambda one: (one.delta or 0.0, not one.primary), default=None)

    @property
    def other_cases(self) -> tuple[str, ...]:
        """The cases that are not those of the base's baseline, where nothing can be decided for that.

        The gate goes by the base's cases: an acceptance of what these show does not clear it.
        """
        if self.base is None or self.judged.verdict is not Verdict.INCOMPLETE:
            return ()
        stored, own = self.base.rows, self.cases
        return tuple(name for name in stored if name not in own or own[name].digest != stored[name].case_digest)

    @property
    def needs_word(self) -> bool:
        """Whether accepting it takes a person's express word: the gate would stop it."""
        return self.judged.verdict not in (Verdict.PASS, Verdict.IMPROVED, Verdict.NEW)


@dataclass(frozen=True, slots=True)
class Unready:
    """A changed prompt with nothing to decide yet: why, and the command that brings it on."""

    prompt: str
    evalset: str
    why: str
    command: str


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits, what was rejected, and what is not ready; `base` is the commit that it was compared with."""

    base: str
    waiting: tuple[Waiting, ...]
    rejected: tuple[Waiting, ...]
    unready: tuple[Unready, ...]
