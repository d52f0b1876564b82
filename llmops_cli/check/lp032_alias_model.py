"""A model name that its provider moves to another model: `-latest`, `-preview` without a date.

Why:
    The answers change on a day that no commit shows. A baseline that was measured before compares two models without
    saying so, and a rollback of the prompt does not bring the old answers back.

Bad:
    model: chatgpt-4o-latest

Good:
    model: gpt-4o-2024-11-20
"""

import re
from collections.abc import Iterator

from llmops_cli.check.known import OWN
from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject

MOVES = re.compile(r"(?:^|[-_.:@/])(latest|newest|current)$")


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem if the model's name, behind llmops.yaml, says that it moves."""
    said = subject.prompt.model
    name = subject.models.get(said, said)
    # A local server's tag (`ollama/llama3:latest`) is moved by its owner, not by a provider.
    if not MOVES.search(name) or name.partition("/")[0] in OWN | {"ollama", "ollama_chat"}:
        return
    message = f"the model {name} is an alias that its provider moves"
    hint = "name the dated model that it stands for today"
    yield problem("LP032", "alias-model", "warning", of_value(subject, "model"), message, hint=hint, width=len(said))
