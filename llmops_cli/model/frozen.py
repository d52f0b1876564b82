"""A resolved prompt ↔ plain JSON that holds all of it: what a release file and a bundle keep of a prompt.

`thaw(freeze(prompt))` has the same digest and the same interface digest (a law in the tests). Where the prompt came
from (its file, its line, the files it pointed to) is not kept: a frozen prompt stands alone.
"""

from collections.abc import Mapping
from typing import Any

from llmops_cli.model.prompt import Examples, Json, Message, Placeholder, Prompt, Variable
from llmops_cli.model.source import NOWHERE, Source

OWN = frozenset({"schema", "required", "default", "description", "trust", "max_tokens", "declared"})
"""What is said of a variable besides its JSON Schema."""


def freeze(prompt: Prompt) -> dict[str, Json]:
    """Return everything that decides what the model sees and what callers rely on, and what people read of it.

    Keys stand in the order of a prompt file; what is empty is left out, `model` and `messages` never are.
    """
    document = {
        "model": prompt.model,
        "resolved_model": prompt.resolved_model,
        "params": dict(prompt.params),
        "variables": {variable.name: _variable(variable) for variable in prompt.variables},
        "constants": dict(prompt.constants),
        "literals": list(prompt.literals),
        "messages": [message_view(message) for message in prompt.messages],
        "includes": dict(prompt.includes),
        "tools": [dict(tool) for tool in prompt.tools],
        "output": dict(prompt.output),
        "evals": list(prompt.evals),
        "description": prompt.description,
        "owners": list(prompt.owners),
        "tags": list(prompt.tags),
        "aliases": list(prompt.aliases),
        "extra": dict(prompt.extra),
    }
    if prompt.examples is not None:
        document["examples"] = {"rows": [dict(row) for row in prompt.examples.rows], "k": prompt.examples.k}
    return {key: value for key, value in document.items() if value or key in ("model", "messages", "examples")}


def thaw(name: str, version: str, document: Mapping[str, Json], *, source: Source = NOWHERE) -> Prompt:
    """Return the prompt that `freeze` made this of; its digests are empty until `render.identity.identify`.

    The document's shape is checked by its schema before (`llmops/release@1`, `llmops/bundle@1`).
    """
    examples = document.get("examples")
    return Prompt(
        id=name,
        version=version,
        source=source,
        model=document["model"],
        resolved_model=document.get("resolved_model", document["model"]),
        messages=tuple(_thawed(item, index) for index, item in enumerate(document["messages"])),
        params=document.get("params", {}),
        variables=tuple(variable_of(key, value) for key, value in document.get("variables", {}).items()),
        constants=document.get("constants", {}),
        literals=tuple(document.get("literals", ())),
        includes=document.get("includes", {}),
        examples=Examples(tuple(examples["rows"]), examples["k"]) if examples is not None else None,
        tools=tuple(document.get("tools", ())),
        output=document.get("output", {}),
        evals=tuple(document.get("evals", ())),
        description=document.get("description", ""),
        owners=tuple(document.get("owners", ())),
        tags=tuple(document.get("tags", ())),
        aliases=tuple(document.get("aliases", ())),
        extra=document.get("extra", {}),
    )


def _variable(variable: Variable) -> dict[str, Json]:
    """Return a variable as a prompt file says it; a schema that uses our own keys stands apart, under `schema`."""
    schema = {"schema": dict(variable.schema)} if OWN & variable.schema.keys() else variable.schema
    said: dict[str, Any] = {**schema, "required": variable.required}
    if variable.has_default:
        said["default"] = variable.default
    if variable.description:
        said["description"] = variable.description
    if variable.trust != "trusted":
        said["trust"] = variable.trust
    if variable.max_tokens is not None:
        said["max_tokens"] = variable.max_tokens
    if not variable.declared:
        said["declared"] = False
    return said


def variable_of(name: str, said: Mapping[str, Json]) -> Variable:
    """Return the variable that this JSON says; its schema stands under `schema` or beside what is said of it."""
    return Variable(
        name,
        said.get("schema", {key: value for key, value in said.items() if key not in OWN}),
        required=said.get("required", True),
        default=said.get("default"),
        has_default="default" in said,
        description=said.get("description", ""),
        trust=said.get("trust", "trusted"),
        max_tokens=said.get("max_tokens"),
        declared=said.get("declared", True),
    )


def message_view(message: Message | Placeholder) -> dict[str, str]:
    """Return a message or a placeholder as JSON."""
    if isinstance(message, Placeholder):
        return {"placeholder": message.name}
    return {"role": message.role, "content": message.content}


def _thawed(item: Mapping[str, str], index: int) -> Message | Placeholder:
    if "placeholder" in item:
        return Placeholder(item["placeholder"])
    return Message(item["role"], item["content"], ("messages", index, "content"))
