"""A model that neither llmops.yaml nor the price snapshot knows.

Why:
    A mistyped model fails at the first paid call, and a model without a price makes every cost figure a blank.

Bad:
    model: claude-sonet-4-6

Good:
    model: claude-sonnet-4-6

    A name of your own belongs under `models:` or `endpoints:` in llmops.yaml.
"""

from collections.abc import Iterator
from difflib import get_close_matches

from llmops_cli.check.known import is_known
from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem if the model is unknown."""
    if is_known(subject):
        return
    name = subject.prompt.model
    near = get_close_matches(name, [*subject.models, *subject.known_models], n=1, cutoff=0.8)
    hint = f"did you mean {near[0]}?" if near else "name it under `models:` in llmops.yaml"
    place = of_value(subject, "model")
    yield problem("LP030", "unknown-model", "warning", place, f"unknown model {name}", hint=hint, width=len(name))
