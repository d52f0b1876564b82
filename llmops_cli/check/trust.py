"""Which variables carry text that a stranger may have written."""

from llmops_cli.model.prompt import Variable


def is_risky(variable: Variable) -> bool:
    """Return whether a variable is untrusted and free enough to hold an instruction: no number, no word of a list."""
    if variable.trust != "untrusted" or variable.type == "messages":
        return False
    said = variable.schema.get("type", "string")
    types = {said} if isinstance(said, str) else set(said)
    return not (variable.schema.keys() & {"enum", "const"}) and bool(types & {"string", "array", "object"})
