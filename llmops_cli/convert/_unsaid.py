"""What an export leaves out because the other file has no place for it and the model is not told of it either way."""

from collections.abc import Collection

from llmops_cli.model.prompt import Prompt

_FOR_PEOPLE = ("version", "description", "owners", "tags", "aliases", "evals")


def left_out(prompt: Prompt, tool: str, said: Collection[str]) -> list[str]:
    """Return a note that names what is left out; none where nothing is. `said`: what the writer did write."""
    names = [name for name in _FOR_PEOPLE if getattr(prompt, name) and name not in said]
    names += [key for key in prompt.extra if key != f"x-{tool}"]
    if "variables" not in said:
        plain: tuple[dict[str, str], ...] = ({}, {"type": "string"})
        names += [
            f"variables.{item.name}"
            for item in prompt.variables
            if item.declared and (dict(item.schema) not in plain or item.has_default or not item.required)
        ]
    return [f"left out, for there is no place for it: {', '.join(names)}"] if names else []
