"""A prompt whose fixed beginning is too short for the provider's prompt cache.

Why:
    Providers charge a fraction, and answer sooner, for a beginning that they have seen before, from 512 to 4,096 tokens
    on. A variable near the top makes every call's text new from there; moved behind the fixed rules and examples it
    costs nothing. Only prompts with enough fixed text to gain are named; values of an `enum` are few, and cached each.

Bad:
    messages:
      - {role: system, content: "You serve {{ customer }}. …two thousand words of rules…"}

Good:
    messages:
      - {role: system, content: "…two thousand words of rules…"}
      - {role: user, content: "I am {{ customer }}. …"}
"""

import json
from collections.abc import Iterator

from llmops_cli.check.known import facts, family, tokens
from llmops_cli.check.place import of_use, of_value, problem, template_of
from llmops_cli.model.problem import Problem, Subject
from llmops_cli.model.prompt import Message, ModelFacts, NameUse

OPENAI_TOKENS = 1024
GAIN = 1.15
"""The estimate must be this far above the threshold: it is made of characters."""

NEAR = 0.75


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a warning for a variable that comes too early, a note for a fixed text that is nearly long enough."""
    known = facts(subject)
    least = _least(known)
    if known is None or not least or subject.facts.errors:
        return
    before, fixed, use = _fixed(subject)
    if use is not None and before < least and fixed >= least * GAIN:
        place = of_use(subject, use)
        message = f"{use.name} after about {before:,} tokens keeps {fixed - before:,} fixed ones from the prompt cache"
        hint = f"{known.name} caches a fixed beginning from {least:,} tokens on: move {use.name} behind the fixed text"
        yield problem("LP038", "uncached-prefix", "warning", place, message, hint=hint, width=len(use.name))
    elif least * NEAR <= before and fixed < least:
        message = f"the fixed text has about {fixed:,} tokens; {known.name} caches from {least:,} on"
        hint = "another example or two would make calls cheaper"
        width = len(subject.prompt.model)
        yield problem("LP038", "uncached-prefix", "note", of_value(subject, "model"), message, hint=hint, width=width)


def _least(known: ModelFacts | None) -> int | None:
    if known is None or "c" not in known.traits:
        return None
    return known.cache_tokens or (OPENAI_TOKENS if family(known) == "openai" else None)


def _fixed(subject: Subject) -> tuple[int, int, NameUse | None]:
    """Return the tokens before the first variable, all fixed tokens, and that variable's first use."""
    prompt = subject.prompt
    few = {variable.name for variable in prompt.variables if variable.schema.keys() & {"enum", "const"}}
    few |= {variable.name for variable in prompt.variables if variable.schema.get("type") == "boolean"}
    uses = [use for use in subject.facts.variables if use.name not in few]
    fixed = tokens(json.dumps(prompt.tools, ensure_ascii=False)) if prompt.tools else 0
    if prompt.examples:
        fixed += tokens(json.dumps(prompt.examples.rows[: prompt.examples.k], ensure_ascii=False))
    before, first, number = 0, None, 0
    for message in prompt.messages:
        if not isinstance(message, Message):
            continue
        own = [use for use in uses if use.message == number]
        if own and first is None:
            first = own[0]
            start = first.offset if not first.include else 0
            before = fixed + tokens(template_of(subject, NameUse("", number, 0))[:start])
        fixed += tokens(message.content)
        number += 1
    fixed += sum(tokens(text) for text in prompt.includes.values())
    return (before if first else fixed), fixed, first
