"""A template that is no template: an unclosed block, an unknown filter, something that the sandbox does not have.

Why:
    Nothing can be rendered from it. Better to hear it here than at the first case.

Bad:
    content: "{% if formal %}Dear {{ name }}"

Good:
    content: "{% if formal %}Dear {% endif %}{{ name }}"

"""

from collections.abc import Iterator

from llmops_cli.check.place import of_use, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each template that does not parse."""
    for use, message in subject.facts.errors:
        yield problem("LP013", "broken-template", "error", of_use(subject, use), message)
