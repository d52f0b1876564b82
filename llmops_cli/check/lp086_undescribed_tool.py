"""A tool without a description.

Why:
    The description is all that tells the model when to call it. Without one it guesses from the name.

Bad:
    tools: [{type: function, function: {name: look_up}}]

Good:
    tools: [{type: function, function: {name: look_up, description: Finds a customer by e-mail address.}}]
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_tool, problem
from llmops_cli.check.tools import parts
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a warning for each function tool that says nothing of itself."""
    for index, tool in enumerate(subject.prompt.tools):
        part = parts(tool)
        if part is None or not isinstance(part.name, str):
            continue
        if not isinstance(part.description, str) or not part.description.strip():
            message = f"the tool {part.name} has no description"
            hint = "say when to call it, and what it gives"
            yield problem("LP086", "undescribed-tool", "warning", of_tool(subject, index), message, hint=hint)
