"""A scorer as an eval set names it → a scorer that can be called: `not`, `pass_at`, the name, and no exceptions."""

from __future__ import annotations  # model.ports names its records without importing them

import inspect
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from llmops_cli.errors import UsageError
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import SCORER_KEYS, Case, ScorerSpec
from llmops_cli.model.ports import Ask, Scorer
from llmops_cli.model.run import Score
from llmops_cli.score._options import did_you_mean, share
from llmops_cli.score._score import quote, unscored, withheld

Build = Callable[..., Scorer]

_DETAIL_CHARACTERS = 300
_ROUNDED_TO = 12  # 1 − 0.9 is 0.09999999999999998: a share that was written as 0.1 must still meet `pass_at: 0.1`
_JUDGES_SILENCE = frozenset({"refusal"})


def make(spec: ScorerSpec, build: Build, *, ask: Ask | None = None) -> Scorer:
    """Return the scorer that `spec` describes, from the `build` of its file. Raises `UsageError` for a bad option.

    What it returns never raises: whatever goes wrong inside a scorer is an unscored Score. So is an answer that the
    provider withheld (no text, and a finish reason of `content_filter` or `error`), except to `refusal`. An answer that
    is empty for any other reason goes to the scorer, which finds it wrong.
    """
    inner = _built(spec, build, ask)
    if spec.pass_at is not None:
        _located(spec, share, "pass_at", spec.pass_at)

    def scorer(case: Case, answer: Completion) -> Score:
        if spec.type not in _JUDGES_SILENCE and withheld(answer):
            return unscored(spec.name, f"the provider withheld the answer ({answer.finish_reason})")
        try:
            score = _sound(inner(case, answer))
        except Exception as error:  # noqa: BLE001 - a scorer may be somebody else's code; one bad answer must not end a run
            score = unscored(spec.name, f"the scorer failed: {type(error).__name__}: {error}")
        score = replace(score, scorer=spec.name)
        score = negated(score, spec.type) if spec.negate else score
        return replace(_with_bar(score, spec.pass_at), detail=_clipped(score.detail))

    return scorer


def negated(score: Score, kind: str = "") -> Score:
    """Return the score of the opposite: 1 − value, passed inverted; unscored stays unscored."""
    if score.value is None:
        return score
    value = round(1 - score.value, _ROUNDED_TO)
    if score.passed is None:
        return replace(score, value=value)
    detail = f"`not`: the answer passes {kind}".rstrip() if score.passed else ""
    return replace(score, value=value, passed=not score.passed, detail=detail)


def _with_bar(score: Score, pass_at: float | None) -> Score:
    """Return a graded score with `passed` set; its value stays the grade."""
    if score.value is None or score.passed is not None or pass_at is None:
        return score
    return replace(score, passed=round(score.value, _ROUNDED_TO) >= pass_at)


def _sound(score: object) -> Score:
    """Return what a scorer gave, if it is a score. Raises `ValueError` for anything else."""
    if not isinstance(score, Score):
        raise TypeError(f"it returned {type(score).__name__}, not a Score")
    if score.value is None:
        return replace(score, passed=None)
    if not math.isfinite(score.value) or not 0 <= score.value <= 1:
        raise ValueError(f"it returned {score.value}, which is not within 0 and 1")
    return replace(score, value=float(score.value))


def _clipped(detail: str) -> str:
    """Return a detail of one printable line: an answer's terminal escapes must not reach a terminal through it."""
    short = detail if len(detail) <= _DETAIL_CHARACTERS else detail[: _DETAIL_CHARACTERS - 1] + "…"
    if short.isprintable():
        return short
    return "".join(char if char.isprintable() else " " for char in short)


def _built(spec: ScorerSpec, build: Build, ask: Ask | None) -> Scorer:
    parameters = inspect.signature(build).parameters
    open_ended = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    known = [name for name, each in parameters.items() if name != "ask" and each.kind is each.KEYWORD_ONLY]
    unknown = [name for name in spec.options if name == "ask" or (name not in known and not open_ended)]
    if unknown:
        hint = f"{did_you_mean(unknown[0], {*known, *SCORER_KEYS})}   (llmops explain {spec.type})"
        raise UsageError(f"{spec.type} has no option {quote(unknown[0])}", where=str(spec.source), hint=hint)
    missing = [
        name for name in known if name not in spec.options and parameters[name].default is inspect.Parameter.empty
    ]
    if missing:
        hint = f"write {missing[0]}: … beside type: {spec.type}"
        raise UsageError(f"{spec.type} needs the option {missing[0]}", where=str(spec.source), hint=hint)
    handed = {"ask": ask} if "ask" in parameters else {}
    return _located(spec, build, **spec.options, **handed)  # type: ignore[no-any-return] # what build returns is a Scorer


def _located(spec: ScorerSpec, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Return what `call` returns; an error of usage gets the place of the scorer in its file."""
    try:
        return call(*args, **options)
    except UsageError as error:
        raise UsageError(
            f"{spec.type}: {error.message}", where=error.where or str(spec.source), hint=error.hint
        ) from error
