"""An eval set: cases, and the scorers that judge the answers to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from llmops_cli.model.prompt import canonical, digest
from llmops_cli.model.source import NOWHERE, Source

Json = Any

SCORER_KEYS = frozenset({"type", "name", "not", "pass_at", "gate", "primary", "min"})
"""What may be said of any scorer; every other key is an option of its type."""

BARRED = "may not gate"
NO_GATING = "has no gating scorer"
"""How the gate says that an eval set judges nothing: its primary scorer is a judge that is too bad, or none gates."""


@dataclass(frozen=True, slots=True)
class ScorerSpec:
    """One scorer as an eval set names it.

    `negate` is the file's `not`; `minimum` its `min` (an absolute floor of the mean, 0..1); `pass_at` makes a graded
    scorer binary. `options` are what `build` of the scorer's file takes. `name` is unique within the set.
    """

    type: str
    name: str
    options: Mapping[str, Json] = field(default_factory=dict)
    negate: bool = False
    pass_at: float | None = None
    gate: bool = True
    primary: bool = False
    minimum: float | None = None
    source: Source = NOWHERE

    def digest(self, judge: str = "") -> str:
        """Return 12 hex digits over what decides a score; `judge` is the digest of a judge's rubric prompt."""
        return digest(["scorer@1", self.type, self.options, self.negate, self.pass_at, judge])[:12]


def rubrics_of(specs: Iterable[ScorerSpec]) -> tuple[tuple[ScorerSpec, str], ...]:
    """Return the judges among scorers, each with the id of the prompt that it asks."""
    judges = (spec for spec in specs if spec.type == "judge")
    return tuple((spec, name) for spec in judges if isinstance(name := spec.options.get("prompt"), str))


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `expected` is None where the file has none. `digest` covers what decides its requests and scores."""

    id: str
    inputs: Mapping[str, Json]
    expected: Json = None
    tags: tuple[str, ...] = ()
    critical: bool = False
    never: bool = False
    checks: tuple[ScorerSpec, ...] = ()
    context: tuple[str, ...] = ()
    messages: tuple[Mapping[str, Json], ...] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict)
    source: Source = NOWHERE

    @property
    def digest(self) -> str:
        """12 hex digits over inputs, expected, checks, context and messages; tags and flags are policy, not content."""
        content = [self.inputs, self.expected, self._checks, list(self.context), list(self.messages)]
        return digest(["case@1", *content])[:12]

    @property
    def question(self) -> str:
        """What a prompt is given of the case, as text: cases with equal questions get one answer between them."""
        return canonical([self.inputs, list(self.messages)])

    @property
    def judging(self) -> str:
        """What decides how an answer to the case is scored, as text."""
        return canonical([self.expected, self._checks, list(self.context)])

    @property
    def _checks(self) -> list[Json]:
        return [[spec.type, spec.name, spec.options, spec.negate, spec.pass_at] for spec in self.checks]


@dataclass(frozen=True, slots=True)
class EvalSet:
    """An eval set without its cases: they are a stream, read from `data` (paths relative to the project root)."""

    id: str
    data: tuple[str, ...]
    scorers: tuple[ScorerSpec, ...]
    source: Source
    prompts: tuple[str, ...] = ()
    description: str = ""
    repeats: int = 1
    gate: Mapping[str, Json] = field(default_factory=dict)

    @property
    def rubrics(self) -> tuple[tuple[ScorerSpec, str], ...]:
        """The judges of the set, each with the id of the prompt that it asks."""
        return rubrics_of(self.scorers)

    @property
    def gating(self) -> tuple[ScorerSpec, ...]:
        """The scorers that can fail the gate, the primary one first."""
        gating = [spec for spec in self.scorers if spec.gate]
        return tuple(sorted(gating, key=lambda spec: not spec.primary))

    @property
    def primary(self) -> ScorerSpec | None:
        """The scorer that must show PASS: the one marked `primary`, else the first that gates."""
        return next(iter(self.gating), None)
