"""What our file says of a variable beyond its name, for tools that only know names."""

from llmops_cli.model.exchange import Json
from llmops_cli.model.prompt import Variable


def spec(variable: Variable) -> dict[str, Json]:
    """Return what our file says of a variable beyond "a text" (of a placeholder: beyond "turns, or none")."""
    plain = {"type": "messages"} if variable.type == "messages" else {"type": "string"}
    usual = variable.required is (variable.type != "messages") and not variable.has_default
    said: dict[str, Json] = {**variable.schema}
    said.setdefault("type", "string")
    if variable.description:
        said["description"] = variable.description
    if variable.trust != "trusted":
        said["trust"] = variable.trust
    if variable.max_tokens is not None:
        said["max_tokens"] = variable.max_tokens
    if said == plain and usual:
        return {}
    if variable.has_default:
        return {**said, "default": variable.default}
    return said if variable.required and variable.type != "messages" else {**said, "required": variable.required}
