"""A `max_tokens` above the longest answer that the model gives.

Why:
    Most providers refuse the call; the others cut it down in silence.

Bad:
    model: gpt-4o-mini
    params: {max_tokens: 100000}

Good:
    model: gpt-4o-mini
    params: {max_tokens: 16384}
"""

from collections.abc import Iterator

from llmops_cli.check.known import facts, params
from llmops_cli.check.place import of_param, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield an error where the limit is known and lower."""
    known = facts(subject)
    if known is None or not known.output_tokens:
        return
    for name in ("max_tokens", "max_completion_tokens"):
        wanted = params(subject).get(name)
        if isinstance(wanted, int) and wanted > known.output_tokens:
            place = of_param(subject, name)
            message = f"{name} is {wanted:,}; {known.name} answers with at most {known.output_tokens:,}"
            hint = f"write {name}: {known.output_tokens}, or less"
            yield problem("LP035", "answer-over-limit", "error", place, message, hint=hint, width=len(name))
