"""An optional variable without a default that every call reads.

Why:
    The file says that a caller may leave it out; the template prints it, or computes with it, outside of any condition.
    Rendering never prints nothing by accident: each call without the variable is refused.

Bad:
    variables: {name: string, title: {type: string, required: false}}
    template: "Dear {{ title }} {{ name }}"

Good:
    variables: {name: string, title: {type: string, required: false}}
    template: "Dear {% if title %}{{ title }} {% endif %}{{ name }}"      # or `default: ""`, or `required: true`
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_use, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each variable that may be left out and is read on every call, at its first use."""
    for use in subject.outline.needs:
        message = f"{use.name} is optional and has no default, but every call reads it: one without it is refused"
        hint = f"guard it with `{{% if {use.name} %}}`, give it a default, or say `required: true`"
        place = of_use(subject, use)
        yield problem("LP026", "optional-but-needed", "warning", place, message, hint=hint, width=len(use.name))
