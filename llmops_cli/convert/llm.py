"""simonw/llm templates → ours: `$x`, `${x}` and `$$`, defaults, options, a schema, fragments.

`functions` hold Python code and are always refused. `$input` is what the user types; a template without a prompt
sends just that.
"""

import re
from typing import Any

from llmops_cli.convert._draft import Draft
from llmops_cli.convert._each import each
from llmops_cli.convert._escape import literal
from llmops_cli.convert._names import SAME, params
from llmops_cli.convert._source import beside, mapping_of, text_of, yaml_of
from llmops_cli.convert._taking import Taking
from llmops_cli.errors import FindingsError, UsageError
from llmops_cli.model.exchange import Files, Foreign, Imported

Json = Any

READS_BESIDE = (".md", ".txt", ".yaml", ".yml")

_DOLLAR = re.compile(r"\$(?:(?P<dollar>\$)|(?P<name>[_a-zA-Z][_a-zA-Z0-9]*)|\{(?P<braced>[_a-zA-Z][_a-zA-Z0-9]*)\}|)")


def read(files: Files, name: str) -> Imported:
    """Return the prompts of template files (`llm templates path`). Raises `UsageError` for Python `functions`."""
    return each(files, name, "llm", (".yaml", ".yml"), _prompt)


def _prompt(draft: Draft, ident: str, files: Files) -> list[Foreign]:
    value = yaml_of(text_of(files[draft.path], draft.path), draft.path)
    source = Taking({"prompt": value} if isinstance(value, str) else mapping_of(value, draft.path, "a template"))
    if source.see("functions") is not None:
        hint = "declare the functions as `tools:` of the prompt, and keep their code in your program"
        raise UsageError("`functions` is Python code and is never imported", where=draft.path, hint=hint)
    draft.model = source.text("model")
    said = source.into("options")
    draft.params, unfit = params(said.left(), SAME)
    for key in [key for key in said.left() if key not in unfit]:
        said.take(key)
    if isinstance(source.see("schema_object"), dict):
        draft.output = {"format": "json_schema", "schema": source.take("schema_object")}
    system = [*_fragments(draft, source, "system_fragments", files), *_text(draft, source, "system")]
    if system:
        draft.say("system", "\n\n".join(system))
    prompt = _text(draft, source, "prompt") or [f"{{{{ {draft.variable('input')} }}}}"]
    draft.say("user", "\n".join([*_fragments(draft, source, "fragments", files), *prompt]))
    _defaults(draft, source)
    for key in ("attachments", "attachment_types"):
        if source.see(key):
            draft.lose(key, "an attachment is no text", "it is kept under x-llm; send it beside the prompt")
    draft.keep(source.left())
    return [Foreign(ident, (draft.version(),))]


def _text(draft: Draft, source: Taking, key: str) -> list[str]:
    text = source.text(key)
    return [to_jinja(draft, text, f"{draft.path}: {key}")] if text else []


def to_jinja(draft: Draft, text: str, where: str) -> str:
    """Return the template of a `string.Template`, its names declared. Raises `FindingsError` for a lone `$`."""
    parts: list[str] = []
    plain, last = "", 0
    for found in _DOLLAR.finditer(text):
        plain += text[last : found.start()]
        last = found.end()
        name = found["name"] or found["braced"]
        if found["dollar"]:
            plain += "$"
        elif name:
            parts += [literal(plain), f"{{{{ {draft.variable(name)} }}}}"]
            plain = ""
        else:
            line = text.count("\n", 0, found.start()) + 1
            raise FindingsError(f"line {line}: a `$` without a name", where=where, hint="a dollar sign is written $$")
    return "".join((*parts, literal(plain + text[last:])))


def _defaults(draft: Draft, source: Taking) -> None:
    """Give the variables their defaults; one that no text uses is left, and kept."""
    said = source.into("defaults")
    kinds = ((int, "integer"), (float, "number"))
    for ours, foreign in draft.names.items():
        if ours in draft.variables and said.see(foreign) is not None:
            value = said.take(foreign)
            if isinstance(value, (bool, list, dict)):  # a string.Template prints what Python does
                draft.note(f"{draft.path}: the default of {ours} is the text {str(value)!r:.60}, as llm prints it")
                value = str(value)
            kind = next((word for type_, word in kinds if isinstance(value, type_)), "string")
            types = ["string", kind] if kind != "string" else kind  # callers give `-p name value`: always a text
            draft.variables[ours] = {"type": types, "default": value}


def _fragments(draft: Draft, source: Taking, key: str, files: Files) -> list[str]:
    """Return the texts of fragments that are files beside the template; others are reported and kept."""
    said = source.see(key)
    if not isinstance(said, list) or not all(isinstance(item, str) for item in said):
        return []
    texts = []
    for index, item in enumerate(said):
        path = beside(files, draft.path, item)
        if path is None:
            hint = "import the folder that holds both; a fragment by name, address or outside the folder is not read"
            draft.lose(f"{key}.{index}", f"the fragment {item} is not among the files given", hint)
        else:
            draft.note(f"{draft.path}: the fragment {path} is written into the prompt")
            texts.append(literal(text_of(files[path], path)))
    source.take(key)
    draft.extra[key] = said
    return texts
