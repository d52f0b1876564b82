"""What happens to a name that a variable with `rest: true` takes in on one side, and another variable on the other."""

from llmops_cli.compare.keywords import ANNOTATIONS
from llmops_cli.compare.schemas import findings
from llmops_cli.model.diff import Json
from llmops_cli.model.prompt import Prompt, Variable

_PLAIN = ANNOTATIONS | {"type", "rest", "additionalProperties"}


def rest_of(prompt: Prompt) -> Variable | None:
    """Return the variable that takes the inputs that no other names."""
    return next((variable for variable in prompt.variables if variable.schema.get("rest") is True), None)


def takes_in(rest: Variable, schema: Json) -> bool:
    """Return whether a variable that goes may be given all the same: the rest surely takes each value of its schema."""
    if rest.schema.keys() - _PLAIN:
        return False
    found = findings(schema, rest.schema.get("additionalProperties", True), side="input", name="")
    return not any(finding.breaking for finding in found)


def narrows(rest: Variable, schema: Json) -> bool:
    """Return whether a variable that comes may refuse what the rest took in under its name."""
    found = findings(rest.schema.get("additionalProperties", True), schema, side="input", name="")
    return any(finding.breaking for finding in found)
