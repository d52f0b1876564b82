"""A prompt whose templates are text and plain variables → its script, which other languages can render."""

from collections.abc import Mapping
from dataclasses import replace

from llmops_cli.model.prompt import Message, Placeholder, Prompt, Variable
from llmops_cli.model.script import Script, Spoken
from llmops_cli.render.braces import replace_constants
from llmops_cli.render.errors import RenderError
from llmops_cli.render.examples import last_user, place_of, turns
from llmops_cli.render.messages import Renderer, refuse, response_format
from llmops_cli.render.pieces import split_simple
from llmops_cli.render.printed import UnprintableError, printed
from llmops_cli.report.codegen_ts import CHECKED, allowed, kinds

NOTES = frozenset(("title", "description", "examples", "default", "deprecated", "$comment", "readOnly"))
KNOWN = frozenset(("string", "integer", "number", "boolean", "null", "array", "object", "messages"))
PLAIN = (str, int, float, bool, type(None))


def script(prompt: Prompt) -> Script:
    """Return the prompt as text and plain variables. Raises `RenderError` for one that has more to it."""
    refuse(prompt)
    prompt = _with_placeholders(prompt)
    for variable in prompt.variables:
        _checkable(variable)
    constants = {name: value for name, value in prompt.constants.items() if name not in prompt.literals}
    names = {name: f"__constant_{place}" for place, name in enumerate(constants)}
    values = {names[name]: value for name, value in constants.items()}
    said = [
        message if isinstance(message, Placeholder) else _spoken(message, names, values) for message in prompt.messages
    ]
    place = place_of(prompt)
    return Script(
        prompt, (*said[:place], *_examples(prompt), *said[place:]), _defaults(prompt), response_format(prompt)
    )


def _with_placeholders(prompt: Prompt) -> Prompt:
    """Return the prompt with a variable for each placeholder that none is declared for."""
    names = dict.fromkeys(message.name for message in prompt.messages if isinstance(message, Placeholder))
    new = tuple(Variable(name, {"type": "messages"}, required=False) for name in names if not prompt.variable(name))
    return replace(prompt, variables=prompt.variables + new)


def _checkable(variable: Variable) -> None:
    """Raise `RenderError` for a variable whose schema says more than the generated code checks."""
    if not variable.declared or variable.type == "messages":
        return
    more = sorted(variable.schema.keys() - CHECKED - NOTES)
    values = allowed(variable)
    odd = values is not None and not all(isinstance(value, PLAIN) for value in values)
    if more or odd or not KNOWN.issuperset(kinds(variable)):
        what = ", ".join(more) or ("an enum of lists or mappings" if odd else f"type {variable.schema.get('type')}")
        raise RenderError(f"variable {variable.name} has {what}, which the code would not check")


def _spoken(message: Message, names: Mapping[str, str], constants: Mapping[str, str]) -> Spoken:
    r"""Return the message with its constants in and `\n` as its only line end. Raises `RenderError` for logic."""
    parts = split_simple(replace_constants(message.content, names))
    if parts is None:
        raise RenderError(f"a {message.role} message has more in its template than text and {{{{ name }}}}")
    told = [parts[0].replace("\r\n", "\n").replace("\r", "\n")]
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        if name in constants:
            told[-1] += f"{constants[name]}{plain}"
        else:
            told += [name, plain]
    return Spoken(message.role, tuple(told))


def _examples(prompt: Prompt) -> list[Spoken]:
    """Return the few-shot turns, which are the same for all values."""
    own = tuple(variable for variable in prompt.variables if variable.type != "messages")
    asked = replace(prompt, messages=prompt.messages[last_user(prompt) :][:1], examples=None, variables=own)
    with Renderer(asked) as renderer:
        shown = turns(prompt, lambda inputs: str(renderer.render(inputs).messages[0]["content"]))
    return [Spoken(turn["role"], (turn["content"],)) for turn in shown]


def _defaults(prompt: Prompt) -> dict[str, str]:
    """Return what each default prints; none for one that cannot be printed."""
    found = {}
    for variable in prompt.variables:
        if variable.has_default:
            try:
                found[variable.name] = printed(variable.default)
            except UnprintableError:
                continue
    return found
