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
SAID = frozenset({"examples", "example_prompt", "example_selector", "example_separator", "prefix", "suffix"})
SAID |= {"template_format", "input_variables", "partial_variables", "optional_variables", "metadata"}


def few_shot(node: Json, where: str, draft: Draft, translated: Translate) -> None:
    """Write the examples out; a value in them is never parsed again."""
    said = arguments(node) if isinstance(node, Mapping) else {}
    rows, shape = said.get("examples"), said.get("example_prompt")
    if not isinstance(rows, list) or not isinstance(shape, Mapping) or said.get("example_selector"):
        draft.lose(where, "the examples are chosen at run time", "write them out as messages there")
        return
    draft.keep({f"{where} options": rest} if (rest := {k: said[k] for k in said if k not in SAID and said[k]}) else {})
    shapes = arguments(shape).get("messages") if kind(shape) == "ChatPromptTemplate" else None
    if isinstance(shapes, list):
        _turns(rows, shapes, where, draft)
        return
    _unused(rows, [shape], where, draft)
    between = said.get("example_separator", "\n\n")
    if not isinstance(between, str):
        raise UsageError(f"{where}: its example_separator is no text: {between!r:.40}", hint="write it as a text there")
    form = said.get("template_format", "f-string")
    ends = [translated(str(said.get(key) or ""), form, where, draft) for key in ("prefix", "suffix")]
    shown = [literal(_filled(shape, row)) for row in rows]
    draft.say("user", literal(between).join(text for text in (ends[0], *shown, ends[1]) if text))


def _turns(rows: list[Json], shapes: list[Json], where: str, draft: Draft) -> None:
    """Say each example as messages. Raises `UsageError` for a shape that is no template of one text."""
    for shape in shapes:
        if kind(shape) not in ROLES or kind(arguments(shape).get("prompt")) != "PromptTemplate":
            hint = "write the examples out as messages there"
            raise UsageError(f"{where}: {kind(shape) or 'this'} is no message of an example", hint=hint)
    _unused(rows, [arguments(shape)["prompt"] for shape in shapes], where, draft)
    for row in rows:
        for shape in shapes:
            draft.say(ROLES[kind(shape)], literal(_filled(arguments(shape)["prompt"], row)))


def _unused(rows: list[Json], shapes: list[Json], where: str, draft: Draft) -> None:
    """Keep what the examples hold and no template prints."""
    known = {"template", "template_format", "input_variables"}
    for shape in shapes:
        said = {key: value for key, value in arguments(shape).items() if key not in known and value}
        draft.keep({f"{where} template": said} if said else {})
    names = {name for shape in shapes for _, name in _fields(str(arguments(shape).get("template", "")))}
    rest = {
        str(place): {key: row[key] for key in row if key not in names}
        for place, row in enumerate(rows)
        if isinstance(row, Mapping) and row.keys() - names
    }
    draft.keep({f"{where} unused": rest} if rest else {})


def _filled(node: Json, row: Json) -> str:
    """Return an example's text. Raises `UsageError` for a template that is no plain format string, or a gap."""
    said = arguments(node) if kind(node) == "PromptTemplate" else {}
    if not said or said.get("template_format", "f-string") != "f-string" or not isinstance(row, Mapping):
        raise UsageError("the examples' template is no format string", hint="write the examples out there")
    partial = said.get("partial_variables")
    values = {**(partial if isinstance(partial, Mapping) else {}), **row}
    made = ""
    for text, name in _fields(str(said.get("template", ""))):
        if name and not isinstance(values.get(name), (str, int, float)):
            raise UsageError(f"an example has no {name}", hint="is the example complete there?")
        made += text + (str(values[name]) if name else "")
    return made


def _fields(text: str) -> list[tuple[str, str]]:
    """Return each text with the name behind it, "" at the end. Raises `UsageError` for what is no plain `{name}`."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise UsageError(f"a format string of the examples: {error}", hint="a brace is written twice") from error
    for _, name, layout, conversion in parts:
        if name is not None and (not name.isidentifier() or layout or conversion):
            written = f"{{{name}{f'!{conversion}' if conversion else ''}{f':{layout}' if layout else ''}}}"
            raise UsageError(f"{written} in the examples' template is no plain variable", hint="only {name} is read")
    return [(plain, name or "") for plain, name, _, _ in parts]
