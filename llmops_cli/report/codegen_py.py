"""Prompts → a Python module: a typed function a prompt, which loads the release and renders it."""

import builtins
import keyword
from collections.abc import Sequence

from llmops_cli.model.prompt import Placeholder, Prompt, Variable
from llmops_cli.report.codegen_names import WORD, arguments, functions, pascal, snake
from llmops_cli.report.codegen_types import ANY, TURNS, Types, of_variable

# Names of functions must not hide a builtin of the annotations; arguments only what the bodies use.
NO_FUNCTION = frozenset((*keyword.kwlist, *dir(builtins)))
NO_ARGUMENT = frozenset((*keyword.kwlist, "_at", "_key", "_get", "_UNSET"))
HEAD = '''"""Typed calls of prompts, {what}. Written by `llmops prompt codegen`: change the prompts, not this file."""

from collections.abc import Mapping as _Mapping, Sequence as _Sequence
from typing import Any as _Any, Literal as _Literal, NotRequired as _NotRequired, TypedDict as _TypedDict

from llmops_cli import prompts as _prompts
from llmops_cli.runtime import LoadedPrompt as _LoadedPrompt, RenderedPrompt as _RenderedPrompt

__all__ = [{names}]

_UNSET: _Any = object()


def _get(name: str, at: str, key: str | None) -> _LoadedPrompt:
    return _prompts.get(f"{{name}}@{{at}}" if at else name, key=key)
'''


def module(prompts: Sequence[Prompt], label: str) -> str:
    """Return the module. Each function takes where to load from (default: the label) and a key, then the variables."""
    names = functions([prompt.id for prompt in prompts], snake, NO_FUNCTION)
    types = Types()
    bodies = [_function(prompt, names[prompt.id], label, types) for prompt in prompts]
    what = f"as {label} serves them" if label else "as the working tree has them"
    head = HEAD.format(what=what, names=", ".join(repr(name) for name in sorted(names.values())))
    parts = [head, *(f"{definition}\n" for definition in types.definitions), *bodies]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _function(prompt: Prompt, name: str, label: str, types: Types) -> str:
    variables = _variables(prompt)
    said = arguments([variable.name for variable in variables], NO_ARGUMENT)
    lines = [f"def {name}(", f"    _at: str = {label!r},", "    _key: str | None = None,", "    /,"]
    lines += ["    *,"] if variables else []
    for variable in variables:
        lines.append(f"    {said[variable.name]}: {_annotation(variable, prompt, types)},")
    lines.append(") -> _RenderedPrompt:")
    lines.append(f"    {_docstring(prompt, variables, said)}")
    given = ", ".join(f"{variable.name!r}: {said[variable.name]}" for variable in variables)
    values = f"{{{given}}}"
    if any(_keeps_null(variable) for variable in variables):
        values = f"{{name: value for name, value in {values}.items() if value is not _UNSET}}"
    lines.append(f"    return _get({prompt.id!r}, _at, _key).render(**{values})" if variables else _bare(prompt))
    return "\n".join(lines)


def _bare(prompt: Prompt) -> str:
    return f"    return _get({prompt.id!r}, _at, _key).render()"


def _variables(prompt: Prompt) -> list[Variable]:
    """Return the variables, those of undeclared placeholders too."""
    declared = list(prompt.variables)
    names = {variable.name for variable in declared}
    turns = dict.fromkeys(message.name for message in prompt.messages if isinstance(message, Placeholder))
    return [*declared, *(Variable(name, {"type": "messages"}, required=False) for name in turns if name not in names)]


def _annotation(variable: Variable, prompt: Prompt, types: Types) -> str:
    hint = " ".join([pascal(WORD.findall(prompt.id)), variable.name])
    kind = ANY if not variable.declared else of_variable(types, variable.schema, hint)
    kind = TURNS if variable.type == "messages" else kind
    if variable.required and not variable.has_default:
        return kind
    if _keeps_null(variable):
        return f"{kind} = _UNSET"
    return f"{kind} | None = None" if kind != ANY else f"{kind} = None"


def _keeps_null(variable: Variable) -> bool:
    """Return whether null is a value of an optional variable, and not its absence."""
    named = variable.schema.get("type")
    nullable = named == "null" or (isinstance(named, list) and "null" in named)
    return nullable and (variable.has_default or not variable.required)


def _docstring(prompt: Prompt, variables: list[Variable], said: dict[str, str]) -> str:
    version = f"{prompt.version}, " if prompt.version else ""
    lines = [prompt.description.strip() or f"Render {prompt.id}.", ""]
    lines.append(f"Prompt {prompt.id}, {version}sha256:{prompt.digest[:12]}.")
    told = [f"{said[variable.name]}: {variable.description}" for variable in variables if variable.description]
    if told:
        lines += ["", *told]
    return quoted("\n".join(lines))


def quoted(text: str) -> str:
    """Return a docstring's literal: three quotes where the text reads the same between them, else escaped."""
    plain = all(character.isprintable() or character == "\n" for character in text)
    if not plain or "\\" in text or '"""' in text or text.endswith('"'):
        return repr(text)
    first, *rest = text.split("\n")
    lines = [f"    {line}" if line.strip() else "" for line in rest]
    return "\n".join([f'"""{first}', *lines, '    """']) if rest else f'"""{first}"""'
