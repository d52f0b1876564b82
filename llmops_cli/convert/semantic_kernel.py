"""Semantic Kernel prompt YAML → ours: templates in its own format, Handlebars or Jinja; `<message role="…">` tags.

A value never opens a message: tags are read in the template. Calls of functions are refused, Liquid is not read.
Several services' settings: the first is the prompt's model, the others are kept.
"""

import re
from typing import Any

from llmops_cli.convert._config import output_of
from llmops_cli.convert._draft import Draft
from llmops_cli.convert._each import each
from llmops_cli.convert._escape import literal
from llmops_cli.convert._langchain_text import to_jinja
from llmops_cli.convert._message_tags import Tagged, spans, tagged
from llmops_cli.convert._names import SEMANTIC_KERNEL, params
from llmops_cli.convert._sk_handlebars import translated
from llmops_cli.convert._source import json_of, mapping_of, text_of, yaml_of
from llmops_cli.convert._taking import Taking
from llmops_cli.errors import FindingsError
from llmops_cli.model.exchange import Files, Foreign, Imported

Json = Any

ROLES = ("system", "developer", "user", "assistant")
_VARIABLE = re.compile(r"\s*\$([A-Za-z0-9_]+)\s*")
_QUOTED = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")\s*", re.DOTALL)
_HELPER = re.compile(r"\{\{#message\s+role=(['\"])(\w+)\1\s*\}\}(.*?)\{\{/message\}\}", re.DOTALL)
_SCHEMA = frozenset(["type", "description", "enum", "items", "properties", "format", "pattern", "minimum", "maximum"])
_SCHEMA |= {"minLength", "maxLength", "minItems", "maxItems", "additionalProperties", "title", "examples", "const"}


def read(files: Files, name: str) -> Imported:
    """Return the prompts of YAML files."""
    return each(files, name, "semantic-kernel", (".yaml", ".yml"), _prompt)


def _prompt(draft: Draft, ident: str, files: Files) -> list[Foreign]:
    text = text_of(files[draft.path], draft.path)
    source = Taking(mapping_of(yaml_of(text, draft.path), draft.path, "a prompt"))
    if described := source.text("description"):
        draft.head["description"] = described
    form = source.take("template_format", str) or "semantic-kernel"
    template = source.take("template", str)
    if not template:
        raise FindingsError("no `template`", where=draft.path, hint="is it the right file?")
    _inputs(draft, source)
    _services(draft, source)
    if source.see("allow_dangerously_set_content") is not None:
        draft.note(f"{draft.path}: allow_dangerously_set_content has no effect here: a value never opens a message")
    _messages(draft, template, form)
    draft.keep(source.left())
    return [Foreign(ident, (draft.version(),))]


def _inputs(draft: Draft, source: Taking) -> None:
    for item in source.each("input_variables"):
        name = item.take("name", str)
        if not name:
            draft.lose(item.path, "an input without a name", "give it one")
            draft.put_aside(item)
            continue
        if item.see("allow_dangerously_set_content") is not None:
            draft.note(f"{draft.path}: {name}: allow_dangerously_set_content has no effect: a value opens no message")
        draft.variable(name, _input(draft, item))


def _input(draft: Draft, item: Taking) -> dict[str, Json]:
    """Return what our file says of an input: required, unless it says otherwise; then a missing one prints nothing."""
    spec: dict[str, Json] = {"type": "string"}
    said = item.see("json_schema")
    if isinstance(said, str) and said.strip():
        said = json_of(said, f"{draft.path}: {item.at('json_schema')}")
    if isinstance(said, dict) and said and said.keys() <= _SCHEMA:
        item.take("json_schema")
        spec = dict(said)
    if isinstance(item.see("description"), str):
        spec["description"] = item.take("description")
    required = item.see("is_required") is not False
    if item.see("default") is None or not required:
        item.take("is_required", bool)
    if item.see("default") is not None:
        spec["default"] = item.take("default")
        if spec.get("type") == "string" and not isinstance(spec["default"], str):
            spec["type"] = ["string", _type(spec["default"])]
    elif not required:
        spec |= {"default": ""} if spec.get("type") == "string" and "enum" not in spec else {"required": False}
    return spec


def _type(value: Json) -> str:
    kinds = ((bool, "boolean"), (int, "integer"), (float, "number"), (list, "array"), (dict, "object"))
    return next((word for kind, word in kinds if isinstance(value, kind)), "string")


def _services(draft: Draft, source: Taking) -> None:
    settings = source.into("execution_settings")
    names = [key for key in settings.left() if isinstance(settings.see(key), dict)]
    if len(names) > 1:
        told = "the others are kept; `models:` of llmops.yaml can name fallbacks"
        draft.note(f"{draft.path}: execution_settings of {', '.join(names)}: {names[0]} is the prompt's model, {told}")
    first = settings.into(names[0]) if names else Taking({})
    draft.model = first.text("model_id")
    said = {key: first.see(key) for key in SEMANTIC_KERNEL if first.see(key) is not None}
    draft.params, _ = params(said, SEMANTIC_KERNEL)
    for key, ours in SEMANTIC_KERNEL.items():
        if first.has(key) and draft.params.get(ours) == first.see(key):
            first.take(key)
    form = first.see("response_format")
    if output := output_of({"type": form} if isinstance(form, str) else form):
        first.take("response_format")
        draft.output = output


def _messages(draft: Draft, template: str, form: str) -> None:
    if form not in ("semantic-kernel", "handlebars", "jinja2"):
        hint = "semantic-kernel, handlebars or jinja2; write the template as one of them"
        raise FindingsError(f"the template format {form!r} is not read", where=draft.path, hint=hint)
    if form == "handlebars":
        # Only as far as there are ends: the expression would look for one from each opening to the end of the text.
        last = template.rfind("{{/message}}") + len("{{/message}}")
        template = _HELPER.sub(r'<message role="\2">\3</message>', template[:last]) + template[last:]
    found, outside = tagged(template, f"{draft.path}: template")
    if found and outside:
        hint = "put it into a message"
        draft.lose("template", f"text outside the messages is not sent there: {outside[:60]!r}", hint)
    good = [message for index, message in enumerate(found) if _is_good(draft, message, index)]
    texts = [message.text for message in good] if found else [template]
    where = f"{draft.path}: template"
    made = translated(draft, texts, where) if form == "handlebars" else [_text(draft, text, form) for text in texts]
    for index, content in enumerate(made):
        draft.say(good[index].role.lower() if found else "user", content)
    if not draft.messages:
        raise FindingsError("no message", where=draft.path, hint='<message role="user">…</message>')


def _is_good(draft: Draft, message: Tagged, index: int) -> bool:
    at = f"template.message.{index}"
    if message.role.lower() not in ROLES:
        draft.lose(at, f"a message of role {message.role!r} has no place here", f"roles: {', '.join(ROLES)}")
        return False
    for odd in message.odd:
        draft.lose(at, f"{odd} of a message", "our messages have a role and a text")
    return True


def _text(draft: Draft, text: str, form: str) -> str:
    where = f"{draft.path}: template"
    if form == "jinja2":
        return to_jinja(draft, text, "jinja2", where)
    parts: list[str] = []
    plain, last = "", 0
    for start, end in spans(text):
        if text[start : start + 2] != "{{":
            continue
        plain += text[last:start]
        last, code = end, text[start + 2 : end - 2]
        variable, quoted = _VARIABLE.fullmatch(code), _QUOTED.fullmatch(code)
        if variable is not None:
            parts += [literal(plain), f"{{{{ {draft.variable(variable[1])} }}}}"]
            plain = ""
        elif quoted is not None:
            said = quoted[1] if quoted[1] is not None else quoted[2]
            plain += re.sub(r"\\(.)", r"\1", said)
        else:
            hint = "give its result as an input: {{$name}}"
            raise FindingsError(f"{text[start:end]:.60} calls a function, which is never run", where=where, hint=hint)
    return "".join((*parts, literal(plain + text[last:])))
