"""LangChain's few-shot templates with their examples → messages that are written out."""

from collections.abc import Callable, Mapping
from string import Formatter

from llmops_cli.convert._draft import Draft
from llmops_cli.convert._escape import literal
from llmops_cli.convert._langsmith_roles import ROLES
from llmops_cli.convert._langsmith_tree import arguments, kind
from llmops_cli.errors import UsageError
from llmops_cli.model.exchange import Json

Translate = Callable[[str, Json, str, Draft], str]


def few_shot(node: Json, where: str, draft: Draft, translated: Translate) -> None:
    """Write the examples out; a value in them is never parsed again."""
    said = arguments(node) if isinstance(node, Mapping) else {}
    rows, shape = said.get("examples"), said.get("example_prompt")
    if not isinstance(rows, list) or not isinstance(shape, Mapping) or said.get("example_selector"):
        draft.lose(where, "the examples are chosen at run time", "write them out as messages there")
        return
    shapes = arguments(shape).get("messages") if kind(shape) == "ChatPromptTemplate" else None
    if isinstance(shapes, list):
        for row in rows:
            for message in shapes:
                draft.say(ROLES.get(kind(message), "user"), literal(_filled(arguments(message).get("prompt"), row)))
        return
    between = said.get("example_separator", "\n\n")
    form = said.get("template_format", "f-string")
    ends = [translated(str(said.get(key) or ""), form, where, draft) for key in ("prefix", "suffix")]
    shown = [literal(_filled(shape, row)) for row in rows]
    draft.say("user", literal(between).join(text for text in (ends[0], *shown, ends[1]) if text))


def _filled(node: Json, row: Json) -> str:
    """Return an example's text. Raises `UsageError` for a template that is no plain format string, or a gap."""
    said = arguments(node) if kind(node) == "PromptTemplate" else {}
    if said.get("template_format", "f-string") != "f-string" or not isinstance(row, Mapping):
        raise UsageError("the examples' template is no format string", hint="write the examples out there")
    made = ""
    for text, name in _fstring_parts(str(said.get("template", ""))):
        if name and not isinstance(row.get(name), (str, int, float)):
            raise UsageError(f"an example has no {name}", hint="is the example complete there?")
        made += text + (str(row[name]) if name else "")
    return made


def _fstring_parts(text: str) -> list[tuple[str, str]]:
    try:
        return [(plain, name or "") for plain, name, _, _ in Formatter().parse(text)]
    except ValueError as error:
        raise UsageError(f"a format string of the examples: {error}", hint="a brace is written twice") from error
