"""A variable that is required and has a default.

Why:
    One of the two is not meant. As it stands, the default is used where no value is given, and the `required` that a
    reader relies on does nothing.

Bad:
    variables:
      locale: {type: string, required: true, default: en}

Good:
    variables:
      locale: {type: string, default: en}        # optional
      customer: {type: string}                   # required: it has no default
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_key, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each variable that says both."""
    for variable in subject.prompt.variables:
        if not (variable.declared and variable.required and variable.has_default):
            continue
        place = of_key(subject, "variables", variable.name, "required")
        message = f"{variable.name} is required, but has a default"
        hint = "remove `required: true`, or the default"
        yield problem("LP019", "required-with-default", "warning", place, message, hint=hint, width=len("required"))
