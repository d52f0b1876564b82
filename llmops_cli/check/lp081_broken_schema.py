"""An output schema, or a variable's, that is no JSON Schema.

Why:
    Providers refuse the call, or nothing is checked by it: a mistyped `type` or a `required` in the wrong place says
    nothing at all.

Bad:
    output: {schema: {type: objekt, required: total}}

Good:
    output: {schema: {type: object, required: [total]}}
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_key, of_value, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield an error for the output's schema, and for each variable's."""
    schema = subject.prompt.output.get("schema")
    flaw = subject.schema_flaw(schema) if schema is not None else ""
    if flaw:
        place = of_value(subject, "output", "schema")
        yield problem("LP081", "broken-schema", "error", place, f"the output's {flaw}", hint="mend the schema")
    for variable in subject.prompt.variables:
        if not variable.declared or variable.type == "messages":
            continue
        flaw = subject.schema_flaw(variable.schema)
        if flaw:
            place = of_key(subject, "variables", variable.name)
            message = f"the variable {variable.name}'s {flaw}"
            width = len(variable.name)
            yield problem("LP081", "broken-schema", "error", place, message, hint="mend the schema", width=width)
    rest = [variable.name for variable in subject.prompt.variables if variable.schema.get("rest") is True]
    for name in rest[1:]:
        place = of_key(subject, "variables", name)
        message = f"{rest[0]} and {name} would each take the other inputs"
        hint = "only one variable can say `rest: true`"
        yield problem("LP081", "broken-schema", "error", place, message, hint=hint, width=len(name))
