"""The body of a `.prompty` file ↔ messages of ours: role lines, mustache, what is missing prints nothing."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from llmops_cli.convert import _mustache
from llmops_cli.convert._draft import Draft
from llmops_cli.convert._escape import literal
from llmops_cli.convert._flat import Code, Name, Turn, flatten
from llmops_cli.convert._printed import printed_booleans, values_there
from llmops_cli.convert._prompty_ends import trimmed, untrimmed
from llmops_cli.convert._prompty_optional import filled, unfilled
from llmops_cli.convert._prompty_roles import BOUNDARY, Part, hides_role, split
from llmops_cli.convert._prompty_schema import ANY
from llmops_cli.errors import FindingsError
from llmops_cli.model.exchange import Loss
from llmops_cli.model.prompt import Message, Placeholder, Prompt
from llmops_cli.render.environment import environment
from llmops_cli.render.pieces import split as pieces_of
from llmops_cli.render.syntax import Syntax
from llmops_cli.render.syntax import read as read_syntax

Json = Any

LONGEST = 80
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_EATS_AFTER = re.compile(r"-[%}#]\}\s*\Z")
_EATS_BEFORE = re.compile(r"\s*\{[{%#]-")


def body(draft: Draft, text: str, line: int, form: str) -> None:
    """Add the messages of a body in the format `jinja2` or `mustache`, and declare the names that it uses.

    Raises `FindingsError` where a message's role or its borders would be decided while it is rendered.
    """
    threads = [draft.names[name] for name, spec in draft.variables.items() if spec.get("type") == "messages"]
    found = split(text, line, threads, jinja=form == "jinja2")
    for place, message in found.refused:
        hint = "write each message without it, or use an input of kind thread for earlier turns"
        raise FindingsError(f"not importable: {message}", where=f"{draft.path}:{place}", hint=hint)
    for name in found.turns:
        before = draft.variables.get(draft.name(name), {})
        said = {key: before[key] for key in ("description", "default") if before.get(key)}
        draft.variables[draft.name(name)] = {"type": "messages", "required": False, **said}
    if form == "jinja2":
        _jinja(draft, found.parts)
    else:
        _mustached(draft, found.parts)
    if len(draft.messages) > 1 and draft.messages[-1].get("content") == "":
        draft.messages.pop()
        draft.note(f"{draft.path}: its last message is empty, and Prompty sends none for it: it is left out")
    shown = {part.thread for part in found.parts if part.thread}
    if not shown:  # as Prompty does it: turns that no place is named for come last
        draft.messages += [{"placeholder": draft.name(name)} for name in threads]
    if not draft.messages:
        raise FindingsError("the body is empty", where=f"{draft.path}:{line}", hint="write `user:` and a text below it")


def _add(draft: Draft, part: Part, content: str) -> None:
    if part.attributes:
        hint = "our messages have a role and nothing else"
        draft.lose(f"line {part.line - 1}", f"the attributes {part.attributes} of a role line", hint)
    for image in _IMAGE.finditer(content) if draft.extra.get("format") == "v1" else ():
        what = f"the image {image[0][:LONGEST]} in the text, which Prompty v1 would send as one"
        draft.lose(f"line {part.line}", what, "ours is text only: send the file in your program, beside the prompt")
    draft.say(part.role, content)
    pieces = list(pieces_of(part.text))
    if pieces and "print" in (pieces[0].kind, pieces[-1].kind):
        draft.note(f"{draft.path}: empty lines that a value brings to the ends of a message go there, and stay here")


def _jinja(draft: Draft, parts: list[Part]) -> None:
    for note in values_there("\n".join(part.text for part in parts)):
        draft.note(f"{draft.path}: {note}")
    syntaxes = [read_syntax(environment({}, {}), part.text) if part.text else Syntax() for part in parts]
    bound = {name for syntax in syntaxes for name in syntax.bound}
    for part, syntax, after in zip(parts, syntaxes, [*parts[1:], None], strict=False):
        _check(draft, part, syntax, bound - draft.names.keys(), after)
        for name in sorted(syntax.names):
            _declare(draft, name)
    optional = [name for name, spec in draft.variables.items() if spec.get("required") is False]
    printed = [name for name in optional if draft.variables[name].get("type") != "messages"]
    for part in parts:
        if part.thread:
            draft.messages.append({"placeholder": draft.name(part.thread)})
        else:
            _add(draft, part, filled(trimmed(part.text, printed, space=part.cut), printed))


def _check(draft: Draft, part: Part, syntax: Syntax, bound: Collection[str], after: Part | None) -> None:
    """Raise `FindingsError` where a message is no template that stands alone. `bound`: names that templates set."""
    where = f"{draft.path}:{part.line}"
    if syntax.error:
        raise FindingsError(f"the template is not read: {syntax.error}", where=where, hint="is it Jinja?")
    if syntax.includes:
        hint = "a .prompty file is one file: write the text into it"
        raise FindingsError(f"the include {syntax.includes[0]} is not followed", where=where, hint=hint)
    if lent := sorted((syntax.names - syntax.bound) & set(bound)):
        hint = "our messages are templates of their own: repeat it in this one"
        raise FindingsError(f"{lent[0]} is set in another message", where=where, hint=hint)
    above = part.opened and _EATS_BEFORE.match(part.text)
    if above or (after is not None and _EATS_AFTER.search(part.text)):
        raise FindingsError("`-` trims the line end beside a role line", where=where, hint="leave the `-` out there")


def _declare(draft: Draft, name: str) -> None:
    if name not in draft.variables:
        draft.note(f"{draft.path}: {name} is used and not among the inputs: an optional variable of any type")
        draft.variable(name, {"type": list(ANY), "required": False})


def _mustached(draft: Draft, parts: list[Part]) -> None:
    for note in _mustache.printed_there("\n".join(part.text for part in parts)):
        draft.note(f"{draft.path}: {note}")
    types = {name: str(spec.get("type")) for name, spec in draft.variables.items()}
    for part in parts:
        if part.thread:
            draft.messages.append({"placeholder": draft.name(part.thread)})
            continue
        content, said = _mustache.to_jinja(part.text, f"{draft.path}:{part.line}", types=types)
        for name, spec in said.items():
            draft.variable(name, spec)
        optional = [name for name, spec in draft.variables.items() if spec.get("required") is False]
        _add(draft, part, filled(content, optional))


def written(
    prompt: Prompt, names: Mapping[str, str], losses: list[Loss], *, old: bool = False
) -> tuple[str, list[str]]:
    """Return the body of a prompt, and notes; what would be read as a role line is added to the losses."""
    plain = not (prompt.constants or prompt.includes or prompt.examples)
    notes: list[str] = []
    said: list[tuple[str, str, str]] = []
    if plain:
        said = [_raw(prompt, message) for message in prompt.messages]
    else:
        flat = flatten(prompt)
        losses += flat.losses
        notes += flat.notes
        said = [_flat(turn, prompt) for turn in flat.turns]
    if names:
        losses.append(Loss("variables", f"{', '.join(names.values())} are written under our names", "--lossy"))
    notes += printed_booleans(prompt, "Prompty")
    notes += _json_of([text for role, text, _ in said if role])
    lines = []
    for place, (role, text, path) in enumerate(said):
        if not role:
            lines.append(_turns(text) if old else f"{{{{{text}}}}}\n")
            continue
        after = any(other for other, *_ in said[place + 1 :])
        losses += [Loss(path, *why) for why in _unsaid(text, last=place > 0 and not after, followed=after)]
        if text != text.strip("\n"):
            notes.append(f"{path}: Prompty trims the empty lines at the ends")
        lines.append(f"{role}:\n{text.strip(chr(10))}\n")
    return "\n".join(lines), notes


def _unsaid(text: str, *, last: bool, followed: bool) -> Iterator[tuple[str, str]]:
    """Yield what Prompty would read otherwise in a message. `followed`: a role line stands below it."""
    if any(BOUNDARY.fullmatch(line) or hides_role(line) for line in text.split("\n")):
        yield "a line that Prompty would read as a role line", "word it differently"
    if _EATS_BEFORE.match(text) or (followed and _EATS_AFTER.search(text)):
        yield "`-` trims the line end beside a role line", "leave the `-` out there"
    if last and not text.strip("\n"):
        yield "Prompty sends no message for an empty one at the end", "leave it out, or write a text into it"


def _json_of(texts: Sequence[str]) -> list[str]:
    return [note for note in values_there("\n".join(texts)) if "tojson" in note]


def _turns(name: str) -> str:
    return f"{{% for item in {name} %}}\n{{{{item.role}}}}:\n{{{{item.content}}}}\n{{% endfor %}}\n"


def _raw(prompt: Prompt, message: Message | Placeholder) -> tuple[str, str, str]:
    if isinstance(message, Placeholder):
        return "", message.name, ""
    path = ".".join(map(str, message.path)) or "template"
    return message.role, untrimmed(unfilled(message.content, _optional(prompt))), path


def _optional(prompt: Prompt) -> list[str]:
    return [item.name for item in prompt.variables if not item.required and not item.has_default]


def _flat(turn: Turn | Placeholder, prompt: Prompt) -> tuple[str, str, str]:
    if isinstance(turn, Placeholder):
        return "", turn.name, ""
    text = ""
    for part in turn.parts:
        if isinstance(part, Name):
            text += f"{{{{{part.name}}}}}"
        elif isinstance(part, str):
            text += literal(part)
        else:
            text += unfilled(part.text if isinstance(part, Code) else "", _optional(prompt))
    return turn.role, untrimmed(text), turn.path
