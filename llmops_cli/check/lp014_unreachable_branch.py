"""A branch of a template that no values lead to.

Why:
    Its words are never sent, whatever its author believes: a value that the variable cannot have, a condition that
    stands twice, a variable that is always there. What it was meant for goes another way, unseen. (An `else` behind
    conditions that cover every value is only noted: it may stand guard.)

Bad:
    variables: {tone: {type: string, enum: [formal, plain]}}
    template: "{% if tone == 'formel' %}Dear customer{% else %}Hi{% endif %}"

Good:
    variables: {tone: {type: string, enum: [formal, plain]}}
    template: "{% if tone == 'formal' %}Dear customer{% else %}Hi{% endif %}"
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_use, problem, template_of
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each branch without values, at its tag."""
    for use, why, severity in subject.outline.dead:
        text = template_of(subject, use)
        tag = text[use.offset : text.find("%}", use.offset) + 2]
        message = f"unreachable branch: {why}"
        hint = "remove the branch, or mend the condition (and the `enum` of its variable)"
        place = of_use(subject, use)
        yield problem("LP014", "unreachable-branch", severity, place, message, hint=hint, width=len(tag))
