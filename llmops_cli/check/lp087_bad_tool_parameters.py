"""A tool whose parameters are no JSON Schema, or require what they do not have.

Why:
    Providers refuse the call, or the model is never told of the argument that it must give.

Bad:
    parameters: {type: object, properties: {mail: {type: string}}, required: [email]}

Good:
    parameters: {type: object, properties: {email: {type: string}}, required: [email]}
"""

from collections.abc import Iterator, Mapping
from typing import Any

from llmops_cli.check.place import of_tool, problem
from llmops_cli.check.tools import parts
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield an error for the first flaw of each tool's parameters; a tool may have none."""
    for index, tool in enumerate(subject.prompt.tools):
        part = parts(tool)
        if part is None or part.parameters is None:
            continue
        flaw = _flaw(subject, part.parameters)
        if flaw:
            message = f"the tool {part.name or index + 1}: {flaw}"
            yield problem("LP087", "bad-tool-parameters", "error", of_tool(subject, index), message)


def _flaw(subject: Subject, schema: Any) -> str:
    flaw = subject.schema_flaw(schema)
    if flaw:
        return flaw
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        return "its parameters must be `type: object`"
    missing = [name for name in schema.get("required", ()) if name not in schema.get("properties", {})]
    return f"it requires {missing[0]}, which its properties do not have" if missing else ""
