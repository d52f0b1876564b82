"""A prompt that asks for JSON in words, on a model that can be held to it.

Why:
    Asked in words, a model now and then wraps the JSON in a fence or a sentence, and a parser fails on one answer of a
    hundred. `output:` makes the provider keep to it, and lets `prompt diff` see when a field changes.

Bad:
    template: "Answer with a JSON object with the keys number and total. {{ document }}"

Good:
    template: "Answer with a JSON object with the keys number and total. {{ document }}"
    output: {schema: {type: object, properties: {number: {type: string}, total: {type: string}}}}
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from llmops_cli.check.known import facts, family
from llmops_cli.check.place import of_use, problem, templates
from llmops_cli.model.problem import Problem, Subject

ASKS = re.compile(
    r"\b(?:answer|respond|reply|return|output|produce|give|write)\b[^.\n{}]{0,50}?\bJSON\b",
    re.IGNORECASE,
)

NOT = re.compile(r"\b(?:no|not|never|without)\b|n't\b", re.IGNORECASE)
NEAR = 12
"""How many characters before the sentence can turn it round: "do not …"."""


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a note at the sentence that asks, if nothing else says so."""
    known = facts(subject)
    if subject.prompt.output or subject.prompt.tools or known is None or "s" not in known.traits or not family(known):
        return
    for use, text in templates(subject):
        match = ASKS.search(text) if "json" in text.lower() else None
        if match and not NOT.search(text[max(0, match.start() - NEAR) : match.end()]):
            place = of_use(subject, replace(use, offset=match.start()))
            message = f"JSON is asked for in words only; {known.name} can be held to it"
            hint = "add `output: {format: json}`, or a schema"
            width = len(match.group())
            yield problem("LP080", "json-without-format", "note", place, message, hint=hint, width=width)
            return
