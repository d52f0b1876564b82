"""A variable whose name a template gives a value of its own, or that the template language keeps for itself.

Why:
    Behind `{% for document in documents %}` the name `document` is no longer what the caller gave, and a variable named
    `range` or `loop` can never be read. The caller's value is lost without a word.

Bad:
    variables: {document: string, documents: {type: array}}
    template: "{% for document in documents %}{{ document }}{% endfor %} {{ document }}"

Good:
    variables: {document: string, documents: {type: array}}
    template: "{% for each in documents %}{{ each }}{% endfor %} {{ document }}"
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_key, of_use, problem
from llmops_cli.model.problem import Problem, Subject

KEPT = frozenset(
    ["true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if", "else", "range", "loop"]
)
KEPT |= frozenset(["self", "super", "caller", "varargs", "kwargs"])


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each name that is hidden in a template, and for each that the language keeps."""
    for use in subject.outline.hides:
        variable = subject.prompt.variable(use.name)
        if variable is None or not variable.declared:
            continue
        message = f"the template gives {use.name} another value than the caller's"
        hint = "choose another name in the template"
        place = of_use(subject, use)
        yield problem("LP016", "hidden-variable", "warning", place, message, hint=hint, width=len(use.name))
    for variable in subject.prompt.variables:
        if variable.declared and variable.name in KEPT:
            place = of_key(subject, "variables", variable.name)
            message = (
                f"{variable.name} is a word of the template language: no template can read a variable of that name"
            )
            hint = f"rename it, e.g. {variable.name.lower()}_"
            yield problem("LP016", "hidden-variable", "error", place, message, hint=hint, width=len(variable.name))
