"""A system message that does not come first.

Why:
    Some providers refuse it, others move it to the top, where it reads differently from what a reviewer sees.

Bad:
    messages:
      - {role: user, content: "{{ question }}"}
      - {role: system, content: "Answer briefly."}

Good:
    messages:
      - {role: system, content: "Answer briefly."}
      - {role: user, content: "{{ question }}"}
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject
from llmops_cli.model.prompt import Message

ROLES = frozenset({"system", "developer"})


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each system message behind another one, or behind a placeholder."""
    begun = False
    for index, message in enumerate(subject.prompt.messages):
        if not isinstance(message, Message) or message.role not in ROLES:
            begun = True
        elif begun:
            place = of_value(subject, "messages", index, "role")
            said = f"a {message.role} message stands behind other messages"
            hint = "move it to the top, or say it in the user's message"
            width = len(message.role)
            yield problem("LP071", "late-system-message", "warning", place, said, hint=hint, width=width)
