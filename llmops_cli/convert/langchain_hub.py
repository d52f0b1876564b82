"""LangChain prompt files (`_type: prompt`, `few_shot`, `chat`; the old hub's YAML and JSON) → ours.

Templates are f-strings, mustache or Jinja. Few-shot examples are written out where LangChain would put them; a brace in
an example stays a brace. Paths are followed only to files that were given, below the file's own folder.
"""

from collections.abc import Mapping
from typing import Any

from llmops_cli.convert._draft import Draft
from llmops_cli.convert._each import each
from llmops_cli.convert._escape import literal
from llmops_cli.convert._langchain_text import formatted, names_in, to_jinja
from llmops_cli.convert._source import beside, json_of, mapping_of, text_of, yaml_of
from llmops_cli.convert._taking import Taking
from llmops_cli.errors import FindingsError
from llmops_cli.model.exchange import Files, Foreign, Imported

Json = Any

ROLES = {"human": "user", "user": "user", "system": "system", "ai": "assistant", "assistant": "assistant"}
ROLES |= {"developer": "developer"}
SUFFIXES = (".yaml", ".yml", ".json")
READS_BESIDE = (*SUFFIXES, ".txt")
_EMPTY: tuple[Json, ...] = (None, False, {}, [])


def read(files: Files, name: str) -> Imported:
    """Return the prompts of the files with a `_type`; a file alone may do without."""
    return each(files, name, "langchain", _paths(files), _prompt)


def _paths(files: Files) -> tuple[str, ...]:
    """Return the ends of the paths that are prompts of their own: examples and templates lie among them."""
    whole = [path for path in sorted(files) if path.lower().endswith(SUFFIXES)]
    typed = [path for path in whole if b"_type" in files[path]]
    pointing = [path for path in typed if b"_path" in files[path] or b"examples" in files[path]]
    named = {target for path in pointing for target in whole if target != path and _names(files[path], path, target)}
    own = [path.lower() for path in typed if path not in named]
    return tuple(own) or SUFFIXES


def _names(data: bytes, path: str, target: str) -> bool:
    """Return whether a file names another as a part of itself (`example_prompt_path`)."""
    folder = path.rpartition("/")[0]
    return target.removeprefix(f"{folder}/" if folder else "").encode() in data


def _prompt(draft: Draft, ident: str, files: Files) -> list[Foreign]:
    source = Taking(_config(files, draft.path))
    kind = source.take("_type", str) or "prompt"
    if kind == "prompt":
        draft.say("user", _template(draft, source, files))
    elif kind == "few_shot":
        draft.say("user", _few_shot(draft, source, files))
    elif kind == "chat":
        _chat(draft, source, files)
    else:
        raise FindingsError(f"`_type: {kind}` is not known", where=draft.path, hint="prompt, few_shot or chat")
    _variables(draft, source)
    for key in ("output_parser", "validate_template", "input_types", "metadata", "tags", "partial_variables"):
        if source.has(key) and source.see(key) in _EMPTY:
            source.take(key)
    draft.keep(source.left())
    return [Foreign(ident, (draft.version(),))]


def _config(files: Files, path: str) -> dict[str, Json]:
    text = text_of(files[path], path)
    return mapping_of(json_of(text, path) if path.endswith(".json") else yaml_of(text, path), path, "a prompt")


def _template(draft: Draft, source: Taking, files: Files, key: str = "template") -> str:
    """Return the template below a key, or in the file that `<key>_path` names."""
    form = source.take("template_format", str)
    text = _said(draft, source, files, key)
    if text is None:
        raise FindingsError(f"no `{key}`", where=draft.path, hint="a template is a text, or a file beside it")
    return to_jinja(draft, text, form, f"{draft.path}: {source.at(key)}")


def _said(draft: Draft, source: Taking, files: Files, key: str) -> str | None:
    named = source.take(f"{key}_path", str)
    if named is None:
        text = source.take(key, str)
        return text if isinstance(text, str) else None
    path = _below(draft, files, named)
    draft.note(f"{draft.path}: {source.at(key)} is written into the prompt from {path}")
    return text_of(files[path], path)


def _below(draft: Draft, files: Files, named: str) -> str:
    """Return the path of a file that the prompt names. Raises `FindingsError` for one outside its folder."""
    path = beside(files, draft.path, named)
    folder = draft.path.rpartition("/")[0]
    if path is None or ".." in named.split("/") or (folder and not path.startswith(f"{folder}/")):
        hint = "import the folder that holds both; a file outside the prompt's own folder is never read"
        raise FindingsError(f"the file {named} is not among those given", where=draft.path, hint=hint)
    return path


def _few_shot(draft: Draft, source: Taking, files: Files) -> str:
    form = source.take("template_format", str)
    if form not in (None, "f-string"):
        raise FindingsError(
            f"few-shot prompts in {form} are not read", where=draft.path, hint="write them as f-strings"
        )
    texts = {key: _said(draft, source, files, key) or "" for key in ("prefix", "suffix")}
    if source.has("example_prompt_path"):
        path = _below(draft, files, str(source.take("example_prompt_path")))
        inner = Taking(_config(files, path), "example_prompt")
    else:
        inner = source.into("example_prompt")
    inner.take("_type", str)
    inner.take("input_variables")
    partial = inner.take("partial_variables", dict) or {}
    if inner.take("template_format", str) not in (None, "f-string"):
        raise FindingsError("the examples are no f-strings", where=draft.path, hint="write them as f-strings")
    shape = _said(draft, inner, files, "template")
    rows = source.see("examples")
    if isinstance(rows, str):
        path = _below(draft, files, rows)
        text = text_of(files[path], path)
        rows = json_of(text, path) if path.endswith(".json") else yaml_of(text, path)
    if shape is None or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise FindingsError(
            "no examples", where=draft.path, hint="`examples` is a list of mappings, or a file with one"
        )
    separator = source.take("example_separator", str)
    where = f"{draft.path}: examples"
    shown = [literal(formatted(shape, {**partial, **row}, where)) for row in rows]
    _unprinted(draft, shape, rows, {**inner.left(), **({"partial_variables": partial} if partial else {})})
    before, after = (to_jinja(draft, texts[key], "f-string", f"{draft.path}: {key}") for key in ("prefix", "suffix"))
    return literal(separator if separator is not None else "\n\n").join(
        piece for piece in (before, *shown, after) if piece
    )


def _unprinted(draft: Draft, shape: str, rows: list[dict[str, Json]], inner: Mapping[str, Json]) -> None:
    """Keep what the examples hold and their template does not print, and what else was said of that template."""
    names = names_in(shape)
    rest = {str(place): row for place, row in enumerate(rows) if row.keys() - names}
    draft.keep({key: value for key, value in (("unprinted", rest), ("example_prompt", inner)) if value})


def _chat(draft: Draft, source: Taking, files: Files) -> None:
    items = source.each("messages")
    if not items:
        raise FindingsError("no `messages`", where=draft.path, hint="each is a role and a template")
    for item in items:
        role = item.take("role", str) or item.take("type", str) or item.take("_type", str) or "human"
        ours = ROLES.get(role.removesuffix("_message").lower())
        if ours is None:
            draft.lose(item.path, f"a message of type {role!r} has no place here", f"roles: {', '.join(ROLES)}")
            draft.put_aside(item)
            continue
        inner = item.into("prompt") if item.has("prompt") else item
        for key in ("_type", "input_variables"):
            inner.take(key)
        draft.say(ours, _template(draft, inner, files, "template" if inner.has("template") else "content"))


def _variables(draft: Draft, source: Taking) -> None:
    """Compare what the file says of its variables with what its templates use; fixed values become defaults."""
    said = source.see("input_variables")
    if isinstance(said, list) and all(isinstance(name, str) for name in said):
        source.take("input_variables")
        fixed = source.see("partial_variables") or {}
        unused = [name for name in said if name not in draft.names.values() and name not in fixed]
        if unused:
            draft.note(f"{draft.path}: no template uses {', '.join(unused)}, which `input_variables` names")
            draft.extra["unused_variables"] = unused
    partial = source.into("partial_variables")
    for ours, foreign in draft.names.items():
        if ours in draft.variables and isinstance(partial.see(foreign), (str, int, float, bool)):
            value = partial.take(foreign)
            if isinstance(value, bool) and draft.variables[ours].get("type") == "string":
                value = str(value)  # an f-string prints it so
            draft.variables[ours] = {"type": _type(value), "default": value}


def _type(value: Json) -> str:
    kinds = ((bool, "boolean"), (int, "integer"), (float, "number"))
    return next((word for kind, word in kinds if isinstance(value, kind)), "string")
