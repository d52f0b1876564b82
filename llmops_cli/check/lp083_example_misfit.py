"""A few-shot example whose answer the output schema does not allow.

Why:
    Models copy examples rather than rules. One answer with another key or type teaches the very mistake that the schema
    forbids, and a provider that enforces the schema pulls the other way.

Bad:
    examples: [{inputs: {document: "…"}, output: {total: 12.5}}]
    output: {schema: {type: object, properties: {total: {type: string}}}}

Good:
    examples: [{inputs: {document: "…"}, output: {total: "12.50"}}]
    output: {schema: {type: object, properties: {total: {type: string}}}}
"""

import json
from collections.abc import Iterator
from typing import Any

from llmops_cli.check.examples import OUTPUTS, of_example
from llmops_cli.check.place import problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each example that is shown and does not fit."""
    output, examples = subject.prompt.output, subject.prompt.examples
    if examples is None or output.get("format") not in ("json", "json_schema"):
        return
    schema = output.get("schema")
    flawed = schema is None or bool(subject.schema_flaw(schema))
    for index, row in enumerate(examples.rows[: examples.k]):
        answers = [row[key] for key in OUTPUTS if key in row]
        if len(answers) != 1:
            continue
        fault = _fault(subject, None if flawed else schema, answers[0])
        if fault:
            message = f"the answer of example {index + 1} {fault}"
            hint = "mend the example: models copy it"
            yield problem("LP083", "example-misfit", "error", of_example(subject, index), message, hint=hint)


def _fault(subject: Subject, schema: Any, answer: Any) -> str:
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except ValueError:
            return "is not JSON, which the output asks for"
        except RecursionError:
            return "is nested too deeply"
    return subject.misfit(schema, answer) if schema is not None else ""
