"""An output schema or tools, on a model that is not known to have them.

Why:
    The provider refuses the call, or drops the schema, and answers come in any shape.

Bad:
    model: gpt-4
    output: {schema: {type: object, properties: {total: {type: string}}}}

Good:
    model: gpt-4.1-mini
    output: {schema: {type: object, properties: {total: {type: string}}}}
"""

from collections.abc import Iterator

from llmops_cli.check.known import facts, family
from llmops_cli.check.place import of_key, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a warning for each of the two that the snapshot does not list for a model of a family that we know."""
    known = facts(subject)
    if known is None or not family(known):
        return
    hint = "choose a model that has it; `llmops eval run` shows what this one does"
    if subject.prompt.output.get("format") == "json_schema" and "s" not in known.traits:
        message = f"{known.name} is not known to keep to an output schema"
        place = of_key(subject, "output")
        yield problem("LP089", "unsupported-feature", "warning", place, message, hint=hint, width=len("output"))
    if subject.prompt.tools and "t" not in known.traits:
        message = f"{known.name} is not known to call tools"
        place = of_key(subject, "tools")
        yield problem("LP089", "unsupported-feature", "warning", place, message, hint=hint, width=len("tools"))
