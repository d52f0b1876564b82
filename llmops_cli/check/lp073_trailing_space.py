"""A message that ends in a space or a tab.

Why:
    Nobody sees it in a review. Models do: after "Answer: " the next token would begin with the space that is already
    there, so that they choose among rarer words. `llmops validate --fix` removes it; the digest changes with it.

Bad:
    template: "Question: {{ question }} Answer: "

Good:
    template: "Question: {{ question }} Answer:"
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_use, of_value, problem
from llmops_cli.model.problem import Problem, Subject
from llmops_cli.model.prompt import NameUse


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each message with white space at the end of its last line."""
    for index, message in enumerate(subject.prompt.texts):
        line = message.content.rstrip("\r\n")
        stripped = line.rstrip(" \t")
        if not stripped or len(stripped) == len(line):
            continue
        place = of_use(subject, NameUse("", index, len(stripped)))
        place = place if place.exact else of_value(subject, *message.path)
        said = f"the {message.role} message ends in white space"
        width = len(line) - len(stripped)
        yield problem("LP073", "trailing-space", "warning", place, said, hint="remove it", width=width)
