"""A default that its own variable does not allow.

Why:
    Whoever leaves the variable out gets a value that nobody may give. A default is not checked again at each call, so
    that the model reads it: a locale that no branch knows, a number where the text expects a word.

Bad:
    variables:
      locale: {type: string, enum: [en, de], default: english}

Good:
    variables:
      locale: {type: string, enum: [en, de], default: en}
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject
from llmops_cli.model.prompt import Variable


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each default that does not fit its schema; null stands for "none" and is left alone."""
    for variable in subject.prompt.variables:
        if not variable.has_default or variable.default is None or variable.type == "messages":
            continue
        schema = variable.schema if variable.schema.keys() & {"type", "enum", "const", "anyOf"} else _text(variable)
        if subject.schema_flaw(schema):
            continue
        misfit = subject.misfit(schema, variable.default)
        if not misfit:
            continue
        shown = f"{variable.default!r}"[:60]
        message = f"the default {shown} of {variable.name} {misfit}"
        place = of_value(subject, "variables", variable.name, "default")
        hint = "give a default that a caller could give, or widen the type or enum"
        width = len(variable.default) if isinstance(variable.default, str) else 1
        yield problem("LP018", "bad-default", "error", place, message, hint=hint, width=width)


def _text(variable: Variable) -> dict[str, object]:
    """Return the schema of a variable that names no type: text."""
    plain = variable.schema.keys() <= {"minLength", "maxLength", "pattern", "format", "title", "examples"}
    return {"type": "string", **variable.schema} if plain else dict(variable.schema)
