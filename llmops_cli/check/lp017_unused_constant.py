"""A constant or a literal that no template has.

Why:
    A left-over of an edit: the sentence that said `{currency}` is gone, or is spelled differently, and the model no
    longer reads what the constant says. Both are part of the digest: a left-over makes a version of its own.

Bad:
    constants: {currency: EUR}
    template: "Total in {curency}"

Good:
    constants: {currency: EUR}
    template: "Total in {currency}"
"""

from collections.abc import Iterator
from difflib import get_close_matches

from llmops_cli.check.place import of_key, of_value, problem, templates
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each constant and literal without a use; none while a template does not parse."""
    prompt = subject.prompt
    if subject.facts.errors or not (prompt.constants or prompt.literals):
        return
    used = {use.name for use in subject.facts.braces}
    for name in prompt.constants:
        if name not in used:
            near = get_close_matches(name, sorted(used - prompt.constants.keys()), n=1)
            hint = f"is {{{near[0]}}} meant to be {{{name}}}?" if near else f"remove it, or write {{{name}}}"
            place = of_key(subject, "constants", name)
            message = f"the constant {name} is used in no template"
            yield problem("LP017", "unused-constant", "warning", place, message, hint=hint, width=len(name))
    for index, name in enumerate(prompt.literals):
        # Inside JSON or LaTeX braces are text without being declared: the literal is needless there, but used.
        if name not in used and not any(f"{{{name}}}" in text for _, text in templates(subject)):
            place = of_value(subject, "literals", index)
            message = f"the literal {name} is used in no template"
            yield problem("LP017", "unused-constant", "warning", place, message, hint="remove it", width=len(name))
