"""A declared variable that no template uses.

Why:
    Callers must hand over a value that the model never sees: a left-over, or a template that lost its document.

Bad:
    variables: {document: string, locale: string}
    template: "Read {{ document }}"

Good:
    variables: {document: string}
    template: "Read {{ document }}"
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_key, problem
from llmops_cli.model.problem import Problem, Subject
from llmops_cli.model.prompt import Placeholder


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each variable without a use; none while a template does not parse."""
    if subject.facts.errors:
        return
    placeholders = {message.name for message in subject.prompt.messages if isinstance(message, Placeholder)}
    used = subject.facts.names | placeholders | {use.name for use in subject.facts.braces}
    for variable in subject.prompt.variables:
        if variable.declared and variable.name not in used:
            place = of_key(subject, "variables", variable.name)
            message = f"the variable {variable.name} is used in no template"
            hint = f"remove it, or use it: {{{{ {variable.name} }}}}"
            yield problem("LP011", "unused-variable", "warning", place, message, hint=hint, width=len(variable.name))
