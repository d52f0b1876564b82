"""The scorers of an eval set, built and ready; a judge among them is handed a way to ask its model."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from llmops_cli.errors import LlmopsError, UnknownNameError, UsageError
from llmops_cli.model.completion import Answer, Completion, Failure
from llmops_cli.model.evalset import Case, EvalSet, ScorerSpec
from llmops_cli.model.judge_calls import NO_JUDGE_CALLS, JudgeCalls
from llmops_cli.model.ports import Ask, Scorer
from llmops_cli.model.problem import Problem
from llmops_cli.model.prompt import canonical
from llmops_cli.model.run import Score
from llmops_cli.plugins import find
from llmops_cli.score._checks import checks
from llmops_cli.score._make import make

CHECKS = ScorerSpec("checks", "checks")
"""What a case's own checks give together: one binary score, gating like any other."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A rubric prompt that can be asked, and the digest that names it."""

    ask: Ask
    digest: str


class Meter(threading.local):
    """Counts what the judges of one bench are asked, in each thread for itself."""

    def __init__(self) -> None:
        """Start at zero."""
        self._asked = NO_JUDGE_CALLS

    def read(self) -> JudgeCalls:
        """Return what was asked in this thread since the last reading."""
        asked, self._asked = self._asked, NO_JUDGE_CALLS
        return asked

    def over(self, ask: Ask) -> Ask:
        """Return `ask`, counted."""

        def counted(inputs: Mapping[str, Any], case: Case) -> Answer:
            reply = ask(inputs, case)
            self._asked += asked_of(reply)
            return reply

        return counted


def asked_of(reply: Answer) -> JudgeCalls:
    """Return one call of a judge as a count."""
    if isinstance(reply, Failure):
        return JudgeCalls(failed=1)
    if reply.layer != "live":
        return JudgeCalls(**{reply.layer: 1})
    taken, given = reply.usage.input_tokens or 0, reply.usage.output_tokens or 0
    return JudgeCalls(1, 0, 0, 0, reply.cost_usd or 0.0, int(reply.cost_usd is None), taken, given)


@dataclass(frozen=True, slots=True)
class Bench:
    """Scorers in the order of the eval set, with their digests by name. Safe to call from many threads."""

    specs: tuple[ScorerSpec, ...]
    scorers: tuple[Scorer, ...]
    digests: Mapping[str, str]
    judge: Callable[[str], Judge] | None = None
    built: dict[str, Scorer] = field(default_factory=dict)
    meter: Meter = field(default_factory=Meter)

    def score(self, case: Case, answer: Completion) -> tuple[Score, ...]:
        """Return one score a scorer, and the case's own checks as one more."""
        self.meter.read()
        scores = tuple(scorer(case, answer) for scorer in self.scorers)
        if not case.checks:
            return scores
        return (*scores, checks(case, answer, [self._own(spec) for spec in case.checks]))

    def _own(self, spec: ScorerSpec) -> Scorer:
        key = canonical([spec.type, spec.options, spec.negate, spec.pass_at])
        if key not in self.built:
            self.built[key] = _build(spec, self.judge, self.meter)
        return self.built[key]


def bench(
    evalset: EvalSet,
    output: Mapping[str, Any],
    *,
    own_checks: Sequence[ScorerSpec] | None = None,
    judge: Callable[[str], Judge] | None = None,
) -> Bench:
    """Return the scorers of an eval set; `judge` makes the judge of a rubric prompt's id.

    `own_checks` are the judges among the cases' own checks: their rubrics are part of what `checks` means. None where
    no case has any check.
    A `json_schema` scorer without a schema takes that of the prompt's `output`. Raises `UsageError` that names the
    place of a scorer that is not known or does not take its options.
    """
    scorers = tuple(_with_schema(spec, output) for spec in evalset.scorers)
    specs = scorers if own_checks is None else (*scorers, CHECKS)
    digests = {}
    for spec in specs:
        _require(spec)
        asking = own_checks or () if spec is CHECKS else (spec,) if spec.type == "judge" else ()
        digests[spec.name] = spec.digest("+".join(_rubric(one, judge).digest for one in asking) if judge else "")
    meter = Meter()
    return Bench(specs, tuple(_build(spec, judge, meter) for spec in scorers), digests, judge, meter=meter)


def _rubric(spec: ScorerSpec, judge: Callable[[str], Judge]) -> Judge:
    """Return a scorer's judge. Raises `UnknownNameError` at the scorer's place where its rubric is not there."""
    try:
        return judge(str(spec.options["prompt"]))
    except UnknownNameError as error:
        message = f"scorer {spec.name} asks a rubric that is not there: {error.message}"
        raise UnknownNameError(message, where=str(spec.source), hint=error.hint) from error


def _with_schema(spec: ScorerSpec, output: Mapping[str, Any]) -> ScorerSpec:
    if spec.type != "json_schema" or "schema" in spec.options or "schema" not in output:
        return spec
    return replace(spec, options={**spec.options, "schema": output["schema"]})


def check_spec(spec: ScorerSpec, finder: Callable[..., Callable[..., Scorer]] = find) -> Problem | None:
    """Return what is wrong with a scorer's name or options, or None."""
    try:
        make(spec, finder("score", spec.type), ask=_nobody)
    except LlmopsError as error:
        return Problem("LE030", "bad-scorer", "error", spec.source, error.message, error.hint)
    return None


def _require(spec: ScorerSpec) -> None:
    """Raise `UsageError` where a scorer cannot be made: before its rubric is looked for, whose id may be the typo."""
    problem = check_spec(spec) if spec is not CHECKS else None
    if problem is not None:
        raise UsageError(problem.message, where=str(problem.source), hint=problem.hint)


def _build(spec: ScorerSpec, judge: Callable[[str], Judge] | None, meter: Meter) -> Scorer:
    ask = meter.over(judge(str(spec.options.get("prompt", ""))).ask) if judge and spec.type == "judge" else None
    return make(spec, find("score", spec.type), ask=ask)


def _nobody(_inputs: Mapping[str, object], _case: Case) -> Failure:
    return Failure("run", "no-judge", "no judge is at hand")
