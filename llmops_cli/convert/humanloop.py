"""Humanloop `.prompt` and `.agent` files → ours: a YAML header, then `<system>`, `<user>`, `<assistant>` tags.

`{{x}}` is a variable, everything else text. White space at the ends of a message goes, and the indent that all its
lines share. Tags are read in the file, before any value is there.
"""

import re
import textwrap
from typing import Any

from llmops_cli.convert._config import output_of
from llmops_cli.convert._draft import Draft
from llmops_cli.convert._each import each
from llmops_cli.convert._escape import substituted
from llmops_cli.convert._header import split
from llmops_cli.convert._names import SAME, params
from llmops_cli.convert._source import mapping_of, text_of, yaml_of
from llmops_cli.convert._taking import Taking
from llmops_cli.errors import FindingsError
from llmops_cli.model.exchange import Files, Foreign, Imported

Json = Any

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}")
ROLES = ("system", "user", "assistant", "developer")
_OPENING = re.compile(r"<(system|user|assistant|developer|tool)(\s[^<>]*)?>")
_INNER = re.compile(r"<(image|tool|text)\b")
_TEXT = re.compile(r"\s*+<text>((?:(?!</?text>).)*+)</text>\s*+", re.DOTALL)


def read(files: Files, name: str) -> Imported:
    """Return the prompts of `.prompt` and `.agent` files."""
    return each(files, name, "humanloop", (".prompt", ".agent"), _prompt)


def _prompt(draft: Draft, ident: str, files: Files) -> list[Foreign]:
    found = split(text_of(files[draft.path], draft.path), draft.path)
    header = yaml_of(found.header_text, draft.path, line=found.header_line) if found.found else {}
    source = Taking(mapping_of(header, draft.path, "a header"))
    draft.model = source.text("model")
    if source.see("max_tokens") == -1:
        source.take("max_tokens")  # no limit, which is what saying nothing means here
    said, _ = params({key: value for key, value in source.left().items() if key != "tools"}, SAME)
    for key in said:
        source.take(key)
    draft.params = said
    if output := output_of(source.see("response_format")):
        source.take("response_format")
        draft.output = output
    _tools(draft, source)
    if source.see("template_language") not in (None, "default"):
        hint = "write its template as Jinja into a prompt file"
        draft.lose("template_language", f"templates in {source.see('template_language')!r} are not read", hint)
    _messages(draft, found.body, found.body_line)
    draft.keep(source.left())
    return [Foreign(ident, (draft.version(),))]


def _tools(draft: Draft, source: Taking) -> None:
    for tool in source.each("tools"):
        if not isinstance(tool.see("name"), str):
            draft.lose(tool.path, "a tool without a name", "it is kept under x-humanloop")
            continue
        keys = ("name", "description", "parameters", "strict")
        function = {key: tool.take(key) for key in keys if tool.see(key) is not None}
        draft.tools.append({"type": "function", "function": function})


def _messages(draft: Draft, body: str, line: int) -> None:
    last = 0
    while (opening := _OPENING.search(body, last)) is not None:
        at = line + body.count("\n", 0, opening.start())
        _between(draft, body[last : opening.start()], line + body.count("\n", 0, last))
        closing = re.compile(rf"</{opening[1]}\s*>").search(body, opening.end())
        if closing is None:
            hint = f"end it with </{opening[1]}>"
            raise FindingsError(f"<{opening[1]}> has no end", where=f"{draft.path}:{at}", hint=hint)
        _message(draft, opening, body[opening.start() : closing.end()], at)
        last = closing.end()
    rest = body[last:]
    if not draft.messages and rest.strip() and not re.search(r"</(?:system|user|assistant|developer|tool)\b", rest):
        draft.say("user", substituted(rest.strip(), PLACEHOLDER, draft.variable))  # a completion: text without tags
        return
    _between(draft, rest, line + body.count("\n", 0, last))
    if not draft.messages:
        raise FindingsError("the file has no message", where=f"{draft.path}:{line}", hint="<user> … </user>")


def _between(draft: Draft, text: str, line: int) -> None:
    if text.strip():
        hint = "put it between tags: <user> … </user>; a tag needs its end"
        raise FindingsError(f"text outside a message: {text.strip()[:40]!r}", where=f"{draft.path}:{line}", hint=hint)


def _message(draft: Draft, opening: re.Match[str], whole: str, line: int) -> None:
    role, attributes = opening[1], (opening[2] or "").strip()
    text = whole[len(opening[0]) : whole.rindex("</")]
    if only := _TEXT.fullmatch(text):
        text = only[1]
    inner = _INNER.search(text)
    if role not in ROLES or inner is not None:
        what = f"<{inner[1]}> in a message" if inner is not None else f"a message of role {role}"
        draft.lose(f"line {line}", f"{what} has no place here", "our messages are texts")
        draft.extra.setdefault("lost", {})[f"line {line}"] = whole
        return
    if attributes:
        draft.lose(f"line {line}", f"the attributes {attributes} of <{role}>", "our messages have a role, nothing else")
    content = textwrap.dedent(text.strip("\n")).strip()
    draft.say(role, substituted(content, PLACEHOLDER, draft.variable))
