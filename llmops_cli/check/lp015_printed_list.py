"""A list or a mapping that a template prints as it is.

Why:
    There is no text for it: Python would print `['a', 'b']`, JSON `["a", "b"]`, a person a list with dashes. Rendering
    refuses, so that each call fails; say which one you mean.

Bad:
    variables: {items: {type: array}}
    template: "Sort these: {{ items }}"

Good:
    variables: {items: {type: array}}
    template: "Sort these: {{ items | join(', ') }}"      # or `{{ items | tojson }}`, or a `{% for %}`
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_use, problem
from llmops_cli.model.problem import Problem, Subject
from llmops_cli.model.prompt import Variable

COLLECTIONS = {"array": "list", "object": "mapping"}


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each plain print of a variable that can only be a list or a mapping."""
    for use in subject.outline.plain:
        variable = subject.prompt.variable(use.name)
        kind = _kind(variable) if variable is not None and variable.declared else ""
        if not kind:
            continue
        joined = f" or `{{{{ {use.name} | join(', ') }}}}`" if kind == "list" else ""
        hint = f"write `{{{{ {use.name} | tojson }}}}`{joined}, or walk over it with {{% for %}}"
        message = f"the {kind} {use.name} is printed as it is, which rendering refuses"
        yield problem("LP015", "printed-list", "error", of_use(subject, use), message, hint=hint, width=len(use.name))


def _kind(variable: Variable) -> str:
    said = variable.schema.get("type", "string")
    kinds = [said] if isinstance(said, str) else list(said)
    names = [COLLECTIONS[kind] for kind in kinds if kind in COLLECTIONS]
    return names[0] if len(names) == len(kinds) else ""
