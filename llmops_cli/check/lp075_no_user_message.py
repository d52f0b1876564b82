"""A prompt of system messages only.

Why:
    Anthropic's and Google's models refuse a call without a user's message, and others answer to the rules themselves.
    Most often the question was put where the rules belong.

Bad:
    messages:
      - {role: system, content: "Translate: {{ text }}"}

Good:
    messages:
      - {role: system, content: "Translate what the user writes."}
      - {role: user, content: "{{ text }}"}
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject
from llmops_cli.model.prompt import Placeholder


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem where neither a user's message nor a placeholder for turns is there."""
    for message in subject.prompt.messages:
        if isinstance(message, Placeholder) or message.role == "user":
            return
    place = of_value(subject, "messages")
    hint = "move the question to a message with `role: user`"
    yield problem("LP075", "no-user-message", "warning", place, "the prompt has no user message", hint=hint)
