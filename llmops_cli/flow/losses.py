"""Answers that are missing, told to whoever reads a verdict: what is missing, why, and what to do about it."""

from collections.abc import Sequence
from dataclasses import replace

from llmops_cli.flow.arms import missing
from llmops_cli.model.completion import Failure
from llmops_cli.model.run import Result
from llmops_cli.model.verdict import Judged


def with_losses(judged: Judged, rows: Sequence[Result]) -> Judged:
    """Return the verdict with each cause of a missing answer, how often, its first case's words and what to do."""
    reasons = [f"no answer: {code} × {count}: {_why(rows, code)}" for code, count in missing(rows).items()]
    return replace(judged, reasons=(*judged.reasons, *reasons))


def _why(rows: Sequence[Result], code: str) -> str:
    order = sorted(rows, key=lambda row: (row.case, row.repeat))
    first = next(row.answer for row in order if isinstance(row.answer, Failure) and row.answer.code == code)
    return f"{first.message} ({first.hint})" if first.hint else first.message
