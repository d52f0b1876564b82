"""Few-shot rows → user and assistant turns, the same for every case.

A row is `{"inputs": {…}, "output": …}`: the user turn is the prompt's last user template rendered with these inputs,
the assistant turn the output (text as it is, other JSON as JSON). An input that is text is the user turn itself.
The turns stand before the last user message, and before a placeholder that directly precedes it: the examples come
first, then the conversation so far, then the question.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from llmops_cli.model.prompt import Message, Placeholder, Prompt
from llmops_cli.render.errors import RenderError

INPUTS = ("inputs", "input", "user")
OUTPUTS = ("output", "expected", "assistant")
Turn = Mapping[str, Any]


def last_user(prompt: Prompt) -> int:
    """Return the place of the last user message in `prompt.messages`; -1 if there is none."""
    places = [
        place
        for place, message in enumerate(prompt.messages)
        if isinstance(message, Message) and message.role == "user"
    ]
    return places[-1] if places else -1


def place_of(prompt: Prompt) -> int:
    """Return before which of `prompt.messages` the examples stand; after all where no user message is."""
    place = last_user(prompt)
    if place < 0:
        return len(prompt.messages)
    while place and isinstance(prompt.messages[place - 1], Placeholder):
        place -= 1
    return place


def turns(prompt: Prompt, ask: Callable[[Mapping[str, Any]], str]) -> tuple[Turn, ...]:
    """Return the turns of the first `k` rows; `ask` renders the last user template with a row's inputs."""
    if prompt.examples is None:
        return ()
    found: list[Turn] = []
    for number, row in enumerate(prompt.examples.rows[: prompt.examples.k], 1):
        question, answer = _one(row, INPUTS, number), _one(row, OUTPUTS, number)
        if isinstance(question, Mapping):
            question = _asked(prompt, question, number, ask)
        found += [{"role": "user", "content": _text(question)}, {"role": "assistant", "content": _text(answer)}]
    return tuple(found)


def _asked(prompt: Prompt, inputs: Mapping[str, Any], number: int, ask: Callable[[Mapping[str, Any]], str]) -> str:
    if last_user(prompt) < 0:
        raise RenderError(f"example {number} has inputs, but the prompt has no user message that takes them")
    try:
        return ask(inputs)
    except RenderError as error:
        raise RenderError(f"example {number}: {error.message}", variable=error.variable, hint=error.hint) from None


def _one(row: Mapping[str, Any], keys: tuple[str, ...], number: int) -> Any:
    given = [key for key in keys if key in row]
    if len(given) != 1:
        hint = 'a row is {"inputs": {…}, "output": …}'
        raise RenderError(f"example {number} needs one of {', '.join(keys)}", hint=hint)
    return row[given[0]]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
