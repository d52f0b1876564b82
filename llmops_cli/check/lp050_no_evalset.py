"""A prompt that no eval set judges.

Why:
    A change of it reaches production unseen: the gate has nothing to compare, and says UNCOVERED. A judge's rubric
    needs no eval set of its own: people's labels say how good it is (`llmops eval calibrate`).

Bad:
    id: greet

Good:
    id: greet
    evals: [greetings]      # or `prompts: [greet]` in evalsets/greetings.yaml
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem if no eval set is known for the prompt, and no judge asks it."""
    if subject.evalsets or subject.rubric_of:
        return
    said = subject.raw.get("id")
    name = subject.prompt.id
    hint = f"`llmops evalset new` starts one; then `evals: [<set>]` here, or `prompts: [{name}]` there"
    width = len(said) if isinstance(said, str) else 1
    place = of_value(subject, "id")
    yield problem("LP050", "no-evalset", "warning", place, f"no eval set judges {name}", hint=hint, width=width)
