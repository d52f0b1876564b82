"""A message without text.

Why:
    Most providers refuse a call with an empty message; the others answer to nothing.

Bad:
    messages:
      - {role: system, content: ""}
      - {role: user, content: "{{ question }}"}

Good:
    messages:
      - {role: user, content: "{{ question }}"}
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each message of nothing but white space."""
    for message in subject.prompt.texts:
        if not message.content.strip():
            place = of_value(subject, *message.path)
            said = f"the {message.role} message is empty"
            yield problem("LP070", "empty-message", "error", place, said, hint="write it, or remove the message")
