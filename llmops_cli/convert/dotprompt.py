"""google/dotprompt's `.prompt` files ↔ ours: a YAML header, and a Handlebars body of which each role is a message.

A folder's partials (`_name.prompt`) are written out where they are used, a variant (`name.variant.prompt`) is a prompt
of its own. A schema that is only named is looked up beside the prompt, as `Name.schema.json`.
"""

import posixpath
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from llmops_cli.convert import _dotprompt_body as body
from llmops_cli.convert import _dotprompt_header as header
from llmops_cli.convert import _dotprompt_said as heading
from llmops_cli.convert import _dotprompt_write as out
from llmops_cli.convert._built import prompt_of, proved, with_formatting
from llmops_cli.convert._draft import Draft, imported
from llmops_cli.convert._handlebars_spell import plain_text
from llmops_cli.convert._header import split
from llmops_cli.convert._names import slug
from llmops_cli.convert._printed import printed_numbers
from llmops_cli.convert._source import json_of, mapping_of, text_of, yaml_of
from llmops_cli.convert._yaml_out import dump
from llmops_cli.errors import LlmopsError, UsageError
from llmops_cli.model.exchange import Exported, Files, Imported, Loss
from llmops_cli.model.prompt import Prompt
from llmops_cli.render.template import normalise

Json = Any
SUFFIX = ".prompt"
SCHEMA = ".schema.json"
READS_BESIDE = (SUFFIX, SCHEMA)
KEEPS_COMMENTS = True
"""The header's text is kept under x-dotprompt, where an export would not write it so."""


def read(files: Files, name: str) -> Imported:
    """Return the prompts of `.prompt` files: the one called `name`, or all of a folder.

    Raises `FindingsError` for a broken header or template, with file and line.
    """
    paths = [path for path in sorted(files) if _is_prompt(path)]
    if name in files or len(files) == 1:
        paths = [name if name in files else next(iter(files))]
    if not paths:
        raise UsageError("no file ends in .prompt", hint="name the file itself; `_name.prompt` is only a partial")
    drafts = {slug(path): _draft(files, path) for path in paths}
    for ident, draft in drafts.items():
        _keep_header(ident, draft, files)
    sources = {ident: files[draft.path] for ident, draft in drafts.items()}
    return with_formatting(proved(imported(drafts)), sources, write)


def write(prompt: Prompt) -> Exported:
    """Return the `.prompt` file, what has no place in it, and what would come back otherwise than it is."""
    made = out.body_of(prompt)
    if _differing(prompt, made):
        made = out.body_of(prompt, guarded=True)
    losses = made.losses + out.unsaid(prompt)
    if _differing(prompt, made):
        message = "the white space or the text of a message cannot be said in Handlebars"
        losses.append(Loss("messages", message, "put tags on lines of their own"))
    listed = out.listed(prompt, made, lambda text, given: _body_alone(text, header.Input(defaults=given)).variables)
    text = _file(prompt, header.said(heading.header_of(prompt, listed, losses)), made.text)
    path = f"{prompt.id}{SUFFIX}"
    notes = (*_notes(prompt, text), *printed_numbers(prompt))
    return Exported({path: text.encode("utf-8", "surrogatepass")}, tuple(dict.fromkeys(losses)), notes)


def _file(prompt: Prompt, said: Mapping[str, Json], template: str) -> str:
    """Return the header, as the file had it that was imported if it says the same, and the body."""
    before = heading.kept(prompt).get("header")
    if isinstance(before, str) and _says(before) == _said(dict(said)):
        head = before
    elif said or _opens_header(template):
        head = f"---\n{dump(dict(said))}---\n"
    else:
        return template
    last = out.closed(template)
    return f"{head}{last}\n" if last else head


def _opens_header(template: str) -> bool:
    try:
        return split(template, "").found
    except LlmopsError:
        return True


def _said(said: dict[str, Json]) -> Json:
    """Return all that an import takes from a header; None for one that it refuses."""
    draft = Draft("dotprompt", "")
    try:
        given = header.take(draft, said, lambda _name: None)
    except LlmopsError:
        return None
    return [draft.head, draft.model, draft.params, draft.tools, draft.output, draft.extra, draft.losses, given]


def _says(text: str) -> Json:
    parts = split(text, "")
    try:
        return _said(mapping_of(yaml_of(parts.header_text, "") or {}, "", "a header"))
    except LlmopsError:
        return None


def _body_alone(text: str, given: header.Input) -> Draft:
    draft = Draft("dotprompt", "body")
    body.take(draft, text, 1, given, {})
    return draft


def _differing(prompt: Prompt, made: out.Body) -> bool:
    """Return whether the plain text of the messages would come back otherwise, or in another order."""
    if any("{% include" in message.content for message in prompt.texts):
        return False
    # What prints all inputs as one has a header that lists them; read without it, `this` is not all of them.
    own = {variable.name: dict(variable.schema) for variable in heading.inputs(prompt)} if made.whole else {}
    try:
        draft = _body_alone(made.text, header.Input(schemas=own, open=not own))
        back = [str(message["content"]) for message in draft.messages if "content" in message]
    except LlmopsError:
        return True
    ours = [out.without_constants(prompt, message) for message in prompt.texts]
    return [_plain(one) for one in back] != [_plain(one) for one in ours if _plain(one).strip() or "{" in one]


def _plain(content: str) -> str:
    """Return the plain text of a template; prints of literals are text too."""
    return plain_text(normalise(content))


def _notes(prompt: Prompt, text: str) -> tuple[str, ...]:
    """Return a note on what an import of the file would make otherwise than it is here."""
    path = f"{prompt.id}{SUFFIX}"
    try:
        draft = _draft({path: text.encode("utf-8", "surrogatepass")}, path)
        back = prompt_of(prompt.id, draft.version())
    except LlmopsError as error:
        return (f"the file would not come back: {error}",)
    one, other = out.view(prompt), out.view(back)
    differing = [key for key in dict.fromkeys([*one, *other]) if one.get(key) != other.get(key)]
    return (f"imported again, these would be written otherwise: {', '.join(differing)}",) if differing else ()


def _keep_header(ident: str, draft: Draft, files: Files) -> None:
    """Keep the text of a header that an export would not write so: its comments, its order, its style."""
    text = text_of(files[draft.path], draft.path)
    parts = split(text, draft.path)
    if not parts.found:
        return
    own = parts.body.lstrip()
    head = text.removeprefix("\ufeff")[: len(text.removeprefix("\ufeff")) - len(own)]
    try:
        exported = write(replace(prompt_of(ident, draft.version()), id=ident))
    except LlmopsError:
        return
    written = next(iter(exported.files.values())).decode("utf-8", "surrogatepass")
    if not written.startswith(head):
        draft.extra["header"] = head


def _is_prompt(path: str) -> bool:
    return path.endswith(SUFFIX) and not posixpath.basename(path).startswith("_")


def _draft(files: Files, path: str) -> Draft:
    draft = Draft("dotprompt", path)
    if b"\r\n" in files[path]:
        draft.note(rf"formatting: {path}: its line ends, \r\n, are \n here")
    text = text_of(files[path], path)
    parts = split(text, path)
    values = yaml_of(parts.header_text, path, line=parts.header_line)
    said = mapping_of(values if values is not None else {}, path, "a header")
    given = header.take(draft, said, lambda name: _named(files, path, name))
    line = parts.body_line
    template = parts.body
    if parts.found:
        stripped = template.lstrip()
        line += template[: len(template) - len(stripped)].count("\n")
        template = stripped.rstrip()
    body.take(draft, template, line, given, _partials(files, path))
    return draft


def _named(files: Files, path: str, name: str) -> Json:
    """Return the schema of a name that lies beside the prompt, else anywhere among the files; None without one."""
    beside = posixpath.join(posixpath.dirname(path), f"{name}{SCHEMA}")
    found = [beside, *(other for other in sorted(files) if posixpath.basename(other) == f"{name}{SCHEMA}")]
    return next((json_of(text_of(files[other], other), other) for other in found if other in files), None)


def _partials(files: Files, path: str) -> Mapping[str, tuple[str, str]]:
    """Return the partials by the names that a prompt calls them by: those of its own folder by their bare name too."""
    made: dict[str, tuple[str, str]] = {}
    own = posixpath.dirname(path)
    for other in sorted(files):
        folder, base = posixpath.split(other)
        if base.startswith("_") and base.endswith(SUFFIX):
            name = base[1:].removesuffix(SUFFIX)
            text = (other, text_of(files[other], other))
            made[posixpath.join(folder, name)] = text
            if folder == own:
                made[name] = text
    return made
