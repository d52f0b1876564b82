"""A few-shot example that cannot be rendered.

Why:
    Its row has no question or no answer, or its inputs are not the prompt's variables: every call of the prompt fails
    on it, whatever the caller gives.

Bad:
    variables: {document: string}
    examples: [{inputs: {text: "…"}, output: "…"}]

Good:
    variables: {document: string}
    examples: [{inputs: {document: "…"}, output: "…"}]
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from llmops_cli.check.examples import INPUTS, OUTPUTS, of_example
from llmops_cli.check.place import problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for the first flaw of each example that is shown."""
    examples = subject.prompt.examples
    if examples is None or subject.facts.errors:
        return
    for index, row in enumerate(examples.rows[: examples.k]):
        flaw, hint = _flaw(subject, row)
        if flaw:
            message = f"example {index + 1} {flaw}"
            place = of_example(subject, index)
            yield problem("LP084", "example-without-place", "error", place, message, hint=hint)


def _flaw(subject: Subject, row: Mapping[str, Any]) -> tuple[str, str]:
    for keys, what in ((INPUTS, "question"), (OUTPUTS, "answer")):
        given = [key for key in keys if key in row]
        if len(given) != 1:
            count = "no" if not given else "more than one"
            return f"has {count} {what}", 'a row is {"inputs": {…}, "output": …}'
    question = next(row[key] for key in INPUTS if key in row)
    return _inputs(subject, question) if isinstance(question, Mapping) else ("", "")


def _inputs(subject: Subject, inputs: Mapping[str, Any]) -> tuple[str, str]:
    prompt = subject.prompt
    if not any(message.role == "user" for message in prompt.texts):
        return "has inputs, but there is no user message that takes them", "add one"
    known = {variable.name: variable for variable in prompt.variables if variable.type != "messages"}
    for name in inputs:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            return f"gives {name}, which is no variable", f"did you mean {near[0]}?" if near else "remove it"
    for name, variable in known.items():
        if variable.required and not variable.has_default and name not in inputs:
            return f"does not give {name}", f"give {name} a value, or make it optional"
    return "", ""
