"""A prompt that does not fit into the model's context.

Why:
    The call fails, or the beginning of the text, with its rules, is cut off. Counted are the fixed text and examples
    (about four characters a token), the `max_tokens` that variables declare, and the longest answer asked for.

Bad:
    model: gpt-4                        # 8,192 tokens
    variables: {document: {type: string, max_tokens: 20000}}

Good:
    model: gpt-4.1-mini                 # 1,047,576 tokens
    variables: {document: {type: string, max_tokens: 20000}}
"""

import json
from collections.abc import Iterator

from llmops_cli.check.known import facts, tokens
from llmops_cli.check.place import of_value, problem, templates
from llmops_cli.model.problem import Problem, Subject

SURE = 0.7
"""An estimate by characters is rarely above the true count by more than this."""


def check(subject: Subject) -> Iterator[Problem]:
    """Yield an error if the fixed text alone is surely too long, a warning if it may be with what variables bring."""
    known = facts(subject)
    if known is None or not known.context_tokens:
        return
    prompt = subject.prompt
    fixed = sum(tokens(text) for _, text in templates(subject))
    if prompt.examples:
        fixed += tokens(json.dumps(prompt.examples.rows[: prompt.examples.k], ensure_ascii=False))
    fixed += tokens(json.dumps(prompt.tools, ensure_ascii=False)) if prompt.tools else 0
    bring = sum(variable.max_tokens or 0 for variable in prompt.variables)
    place = of_value(subject, "model")
    width = len(prompt.model)
    limit = f"{known.name} takes {known.context_tokens:,}"
    if fixed * SURE > known.context_tokens:
        message = f"the fixed text has about {fixed:,} tokens; {limit}"
        yield problem("LP036", "over-context", "error", place, message, hint="shorten it", width=width)
    elif fixed + bring > known.context_tokens:
        message = f"with its variables' max_tokens the prompt has about {fixed + bring:,} tokens; {limit}"
        hint = "lower max_tokens of the variables, or choose a model with a larger context"
        yield problem("LP036", "over-context", "warning", place, message, hint=hint, width=width)
