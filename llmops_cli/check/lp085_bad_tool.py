"""A tool without a usable name, or two of one name.

Why:
    Providers refuse the call: a name is 1 to 64 letters, digits, `_` and `-`, and stands for one tool.

Bad:
    tools: [{type: function, function: {name: "look up!", description: "…"}}]

Good:
    tools: [{type: function, function: {name: look_up, description: "…"}}]
"""

import re
from collections.abc import Iterator

from llmops_cli.check.place import of_tool, problem
from llmops_cli.check.tools import parts
from llmops_cli.model.problem import Problem, Subject

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check(subject: Subject) -> Iterator[Problem]:
    """Yield an error for each name that is missing, malformed or taken."""
    seen: set[str] = set()
    for index, tool in enumerate(subject.prompt.tools):
        part = parts(tool)
        if part is None:
            continue
        name = part.name
        if not isinstance(name, str) or not name:
            message, hint = f"tool {index + 1} has no name", "give it one: {type: function, function: {name: …}}"
        elif not NAME.fullmatch(name):
            message, hint = f"{name!r} is no name of a tool", "1 to 64 letters, digits, _ and -"
        elif name in seen:
            message, hint = f"two tools are named {name}", "rename one of them"
        else:
            seen.add(name)
            continue
        yield problem("LP085", "bad-tool", "error", of_tool(subject, index), message, hint=hint)
