"""A template uses a variable that `variables:` does not declare.

Why:
    Nobody can give it a value: each call fails. A file without `variables:` declares what it uses; with it, the list
    is what callers rely on.

Bad:
    variables: {document: string}
    template: "Read {{ docment }}"

Good:
    variables: {document: string}
    template: "Read {{ document }}"
"""

from collections.abc import Iterator
from difflib import get_close_matches

from llmops_cli.check.place import of_use, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each use of an undeclared name."""
    if "variables" not in subject.raw:
        return
    known = [variable.name for variable in subject.prompt.variables]
    for use in subject.facts.variables:
        if use.name in known:
            continue
        near = get_close_matches(use.name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"declare it: `variables: {{{use.name}: string}}`"
        if use.name in subject.prompt.constants:
            hint = f"it is a constant: write {{{use.name}}}"
        message = f"unknown variable {use.name}"
        place = of_use(subject, use)
        yield problem("LP012", "unknown-variable", "error", place, message, hint=hint, width=len(use.name))
