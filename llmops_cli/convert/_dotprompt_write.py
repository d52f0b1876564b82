"""A prompt of ours → the header and the body of a .prompt file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from llmops_cli.convert._dotprompt_said import defaults, inputs, kept
from llmops_cli.convert._handlebars_jinja import SENTINEL
from llmops_cli.convert._handlebars_layout import Item, Mustache, Plain, written
from llmops_cli.convert._printed import kinds
from llmops_cli.convert._promptfoo_text import asks_whether_empty
from llmops_cli.convert._to_handlebars import Exporter
from llmops_cli.model.exchange import Loss
from llmops_cli.model.prompt import Message, Placeholder, Prompt, Variable
from llmops_cli.render.braces import replace_constants
from llmops_cli.render.template import normalise

Json = Any
MARK = "<<<dotprompt:"
ROLES: Mapping[str, str] = {"system": "system", "user": "user", "assistant": "model"}


@dataclass(slots=True)
class Body:
    """The body, what was lost on the way, and whether it prints all inputs as one."""

    text: str
    losses: list[Loss] = field(default_factory=list)
    whole: bool = False


def body_of(prompt: Prompt, *, guarded: bool = False) -> Body:
    """Return the Handlebars text of the messages. `guarded`: without any line that Handlebars would drop."""
    context = kept(prompt).get("context", ())
    named = tuple(variable.name for variable in inputs(prompt))
    rest = next((variable.name for variable in prompt.variables if variable.schema.get("rest") is True), "")
    exporter = Exporter(prompt.includes, frozenset(context), named, rest)
    marked = len(prompt.messages) > 1 or any(getattr(message, "role", "") != "user" for message in prompt.messages)
    items: list[Item] = []
    losses: list[Loss] = []
    for place, message in enumerate(prompt.messages):
        if isinstance(message, Placeholder):
            items += _placeholder(prompt, place, losses)
            continue
        if message.role not in ROLES:
            known = ", ".join(ROLES)
            losses.append(
                Loss(f"messages[{place}].role", f"the role {message.role} has no counterpart", f"one of {known}")
            )
        if marked:
            items.append(Mustache(_role(prompt, message, place)))
        items += exporter.items(without_constants(prompt, message))
        losses += [Loss(f"messages[{place}].content", said, hint) for said, hint in exporter.lost]
        exporter.lost.clear()
    return Body(written(items, guarded=guarded), losses, exporter.whole)


def unsaid(prompt: Prompt) -> list[Loss]:
    """Return what plain values would show: marks in the text, empty messages, a name and a truth of Handlebars' own."""
    losses = []
    for place, message in enumerate(prompt.messages):
        content = message.content if isinstance(message, Message) else None
        if content is not None and MARK in "".join([content, *prompt.constants.values(), *prompt.includes.values()]):
            hint = "write it another way"
            losses.append(Loss(f"messages[{place}].content", f"the text `{MARK}` is a mark of dotprompt's own", hint))
        if content is not None and not content.strip():
            losses.append(Loss(f"messages[{place}]", "dotprompt sends no message for an empty one", "leave it out"))
    text = "\n".join([*(message.content for message in prompt.texts), *prompt.includes.values()])
    for variable in prompt.variables:
        where = f"variables.{variable.name}"
        if variable.name == "this":
            losses.append(Loss(where, "`this` is all variables there", "rename it"))
        if "object" in kinds(variable) and asks_whether_empty(text, variable.name):
            losses.append(
                Loss(where, "is a mapping: an empty one is true there, and false here", "test one of its keys")
            )
    return losses


def _role(prompt: Prompt, message: Message, place: int) -> str:
    metadata = kept(prompt).get("messages", {})
    given = metadata.get(str(place), {}) if isinstance(metadata, Mapping) else {}
    pairs = "".join(f" {key}={_quoted(value)}" for key, value in given.items())
    return f'role "{ROLES.get(message.role, "system")}"{pairs}'


def _quoted(value: Json) -> str:
    if isinstance(value, str):
        return f'"{value}"' if '"' not in value else f"'{value}'"
    return (
        {None: "null", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else str(value)
    )


def _placeholder(prompt: Prompt, place: int, losses: list[Loss]) -> list[Item]:
    """Return `{{history}}`, or nothing where dotprompt puts earlier turns there by itself."""
    places = [index for index, item in enumerate(prompt.messages) if isinstance(item, Placeholder)]
    if place != places[0]:
        losses.append(Loss(f"messages[{place}]", "a second placeholder", "dotprompt has one place for earlier turns"))
        return []
    rest = prompt.messages[place + 1 :]
    implied = not rest or (len(rest) == 1 and isinstance(rest[0], Message) and rest[0].role == "user")
    if implied and not kept(prompt).get("history"):
        return []
    return [Mustache("history"), Plain("\n")] if rest else [Mustache("history")]


def without_constants(prompt: Prompt, message: Message) -> str:
    """Return a message's template with each constant written out."""
    values = {name: repr(value) for name, value in prompt.constants.items() if name not in prompt.literals}
    return replace_constants(message.content, values)


def closed(text: str) -> str:
    """Return a body of which no white space is lost where a header makes dotprompt take it off both ends."""
    end = f"{{{{!-- {SENTINEL} --}}}}"
    if not text.strip():
        return text
    if text != text.lstrip():
        text = f"{end}\n{text}" if text.lstrip(" \t").startswith("\n") else f"{end}{text}"
    return f"{text}{end}" if text != text.rstrip() else text


Undeclared = Callable[[str, dict[str, Json]], Mapping[str, Mapping[str, Json]]]
"""A body and defaults → the variables, declared as an import would declare them if no schema named any."""


def listed(prompt: Prompt, body: Body, undeclared: Undeclared) -> list[Variable]:
    """Return the variables that the header must declare: those that an import would not declare so by itself."""
    own = inputs(prompt)
    if body.whole:
        return own
    derived = undeclared(body.text, defaults(prompt))
    return [variable for variable in own if declaration(variable) != derived.get(variable.name)]


def declaration(variable: Variable) -> dict[str, Json]:
    """Return a variable as a prompt file declares it."""
    said: dict[str, Json] = dict(variable.schema)
    if variable.description:
        said["description"] = variable.description
    if variable.has_default:
        return {**said, "default": variable.default}
    return said if variable.required else {**said, "required": False}


def view(prompt: Prompt) -> dict[str, Json]:
    """Return what a prompt says, by the names of its parts, so that two can be compared."""
    made: dict[str, Json] = {"description": prompt.description, "model": prompt.model, "output": prompt.output}
    made |= {f"params.{key}": value for key, value in prompt.params.items()}
    made |= {f"variables.{variable.name}": declaration(variable) for variable in prompt.variables}
    made |= {f"tools[{place}]": tool for place, tool in enumerate(prompt.tools)}
    for place, message in enumerate(prompt.messages):
        said = message.name if isinstance(message, Placeholder) else [message.role, normalise(message.content)]
        made[f"messages[{place}]"] = said
    return made
