"""A message that stands twice, word for word.

Why:
    A left-over of copying: the model is told the same thing twice, each call costs more, and the next edit changes only
    one of the two.

Bad:
    messages:
      - {role: system, content: "Be exact."}
      - {role: system, content: "Be exact."}

Good:
    messages:
      - {role: system, content: "Be exact."}
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject

LEAST = 2


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each message whose text an earlier one has; a mere `{{ value }}` may stand twice."""
    if len(subject.prompt.texts) < LEAST:
        return
    seen: set[tuple[str, str]] = set()
    for message in subject.prompt.texts:
        key = (message.role, message.content.strip())
        if key in seen and key[1] and not (key[1].startswith("{{") and key[1].endswith("}}")):
            place = of_value(subject, *message.path)
            said = f"the {message.role} message stands twice"
            yield problem("LP072", "repeated-message", "warning", place, said, hint="remove one of them")
        seen.add(key)
