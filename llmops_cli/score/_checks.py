"""The case's own checks as one score: all of them passed, or which one did not."""

from collections.abc import Sequence

from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Scorer
from llmops_cli.model.run import Score
from llmops_cli.score._score import binary, unscored


def checks(case: Case, answer: Completion, scorers: Sequence[Scorer]) -> Score:
    """Return one binary score named `checks`: whether every check of the case passed.

    One failed check is a failure, whatever the others say; else one that could not score makes the whole unscored, as
    does a case without checks. A graded check without `pass_at` passes at 1.0 only. The detail names the first failure.
    """
    scores = [scorer(case, answer) for scorer in scorers]
    if not scores:
        return unscored("checks", "the case has no checks")
    blank = next((score for score in scores if score.value is None), None)
    failing = next((score for score in scores if score.value is not None and not _passed(score)), None)
    if failing is not None:
        return binary("checks", f"{failing.scorer} failed: {failing.detail}".rstrip(": "), passed=False)
    if blank is not None:
        return unscored("checks", f"{blank.scorer} could not score: {blank.detail}")
    return binary("checks", "", passed=True)


def _passed(score: Score) -> bool:
    return score.passed if score.passed is not None else score.value == 1
