"""A last message of the assistant's, on a model that does not continue it.

Why:
    Some models go on where the assistant's words end ("prefill"); newer ones refuse such a call, and OpenAI's take it
    for an earlier answer and begin anew. The format that it was meant to force is then not forced.

Bad:
    model: claude-opus-4-7
    messages: [{role: user, content: "List them."}, {role: assistant, content: "{"}]

Good:
    model: claude-opus-4-7
    messages: [{role: user, content: "List them as one JSON object."}]
    output: {format: json}
"""

from collections.abc import Iterator

from llmops_cli.check.known import facts, family
from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Severity, Subject
from llmops_cli.model.prompt import Message


def check(subject: Subject) -> Iterator[Problem]:
    """Yield an error where the model refuses it, a warning where it does not go on."""
    last = subject.prompt.messages[-1]
    known = facts(subject)
    if known is None or not isinstance(last, Message) or last.role != "assistant":
        return
    severity: Severity
    if "P" in known.traits:
        severity, message = "error", f"{known.name} refuses a last message of the assistant's"
    elif family(known) == "openai":
        severity, message = "warning", f"{known.name} does not continue a last message of the assistant's"
    else:
        return
    place = of_value(subject, "messages", len(subject.prompt.messages) - 1, "role")
    hint = "say in the user's message how to begin, or use `output:`"
    yield problem("LP039", "prefill", severity, place, message, hint=hint, width=len("assistant"))
