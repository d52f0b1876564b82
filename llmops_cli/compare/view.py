"""A prompt as JSON, part by part, and back: what a diff compares and what `apply` edits."""

from collections.abc import Mapping

from llmops_cli.model.diff import Json
from llmops_cli.model.frozen import message_view, variable_of
from llmops_cli.model.prompt import Examples, Message, Placeholder, Prompt, Variable
from llmops_cli.model.source import NOWHERE

NAMES = ("id", "version", "description", "model", "resolved_model")
LISTS = ("owners", "tags", "aliases", "evals", "literals")
MAPPINGS = ("params", "constants", "output", "includes", "extra")


def view(prompt: Prompt) -> dict[str, Json]:
    """Return everything that the prompt's file says, as JSON; neither places nor digests."""
    return {
        **{name: getattr(prompt, name) for name in NAMES},
        **{name: list(getattr(prompt, name)) for name in LISTS},
        **{name: dict(getattr(prompt, name)) for name in MAPPINGS},
        "messages": [message_view(message) for message in prompt.messages],
        "variables": {variable.name: variable_view(variable) for variable in prompt.variables},
        "examples": {"rows": list(prompt.examples.rows), "k": prompt.examples.k} if prompt.examples else None,
        "tools": list(prompt.tools),
    }


def prompt_of(view: Mapping[str, Json]) -> Prompt:
    """Return the prompt of a view, without places and digests."""
    rows = view["examples"]
    plain: dict[str, Json] = {name: view[name] for name in (*NAMES, *MAPPINGS)}
    plain |= {name: tuple(view[name]) for name in LISTS}
    return Prompt(
        **plain,
        messages=tuple(message_of(message) for message in view["messages"]),
        variables=tuple(variable_of(name, said) for name, said in view["variables"].items()),
        examples=Examples(tuple(rows["rows"]), rows["k"]) if rows else None,
        tools=tuple(view["tools"]),
        source=NOWHERE,
    )


def variable_view(variable: Variable) -> dict[str, Json]:
    """Return a variable as JSON; only what is said of it."""
    said = {
        "description": variable.description,
        "trust": "untrusted" if variable.trust == "untrusted" else "",
        "max_tokens": variable.max_tokens,
    }
    return {
        "schema": dict(variable.schema),
        "required": variable.required,
        **({"default": variable.default} if variable.has_default else {}),
        **{key: value for key, value in said.items() if value},
        **({} if variable.declared else {"declared": False}),
    }


def message_of(said: Mapping[str, str]) -> Message | Placeholder:
    """Return the message or placeholder of its JSON, without its place."""
    return Placeholder(said["placeholder"]) if "placeholder" in said else Message(said["role"], said["content"])
