"""Prompts for the tests of render/, in a line."""

from llmops_cli.model.prompt import Message, Prompt, Variable
from llmops_cli.model.source import Source


def prompt(*templates, role="user", **fields):
    """Return a prompt of these templates; `variables` may be names, each then a string."""
    messages = tuple(Message(role, text) if isinstance(text, str) else text for text in templates)
    variables = tuple(
        Variable(one, {"type": "string"}) if isinstance(one, str) else one for one in fields.pop("variables", ())
    )
    fields.setdefault("source", Source("prompts/demo.yaml", 1, 1))
    return Prompt("demo", "a-model", messages, variables=variables, **fields)
