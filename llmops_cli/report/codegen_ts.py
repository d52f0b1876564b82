"""Scripts → a TypeScript module: a typed function a prompt with the release in it. Text stays text, whatever is in it.

Every text of a prompt stands in the module as an ASCII string literal of JSON, which JavaScript reads the same: no
quote, backtick, `${`, line separator or comment end in a prompt can end the literal.
"""

import json
import re
from collections.abc import Container, Mapping, Sequence
from typing import Any

from llmops_cli.model.bundle import endpoint_of
from llmops_cli.model.prompt import Placeholder, Variable
from llmops_cli.model.script import Script, Spoken
from llmops_cli.report.codegen_names import camel, functions
from llmops_cli.report.codegen_ts_runtime import CODE, HEAD

Json = Any
RESERVED = frozenset(
    re.findall(
        r"\w+",
        """
        abstract any arguments as async await boolean break case catch class const constructor continue debugger
        declare default delete do else enum eval export extends false finally for from function get if implements
        import in infer instanceof interface is keyof let module namespace never new null number object of package
        private protected public readonly require return set static string super switch symbol this throw true try
        type typeof undefined unique unknown var void while with yield globalThis Map JSON Number Object Array Math
        String Error PromptError NaN Infinity isNaN
        """,
    )
)
BOUNDS = ("minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
CHECKED = frozenset(("type", "enum", "const", *BOUNDS))
KINDS = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
    "array": "unknown[]",
    "object": "Record<string, unknown>",
    "messages": "Turn[]",
}


def module(scripts: Sequence[Script], label: str, endpoints: Container[str] = ()) -> str:
    """Return the module. Its functions throw `PromptError` where the command line would refuse the values.

    A model on one of the endpoints (`local/llama`) is called what the server calls it: `llama`.
    """
    names = functions([script.prompt.id for script in scripts], camel, RESERVED)
    head = HEAD.format(what=f"as {label} serves them" if label else "as the working tree has them")
    return "\n".join(
        [head.rstrip("\n"), CODE, *(_one(script, names[script.prompt.id], (label, endpoints)) for script in scripts)]
    )


def _one(script: Script, name: str, where: tuple[str, Container[str]]) -> str:
    label, endpoints = where
    prompt, variables = script.prompt, script.prompt.variables
    values = f"{name[:1].upper()}{name[1:]}Values"
    optional = "" if any(_is_required(variable) for variable in variables) else "?"
    lines = [f"export interface {values} {{"]
    for variable in variables:
        lines += [f"  /** {_comment(variable.description)} */"] if variable.description else []
        lines.append(f"  {_string(variable.name)}{'' if _is_required(variable) else '?'}: {_type(variable)};")
    lines += ["}", "", f"const _specs_{name}: readonly _Spec[] = ["]
    lines += [f"  {_spec(variable, script.printed)}," for variable in variables]
    version = f"{prompt.version}, " if prompt.version else ""
    about = (
        f"{prompt.description.strip() or f'Render {prompt.id}.'} ({prompt.id}, {version}sha256:{prompt.digest[:12]})"
    )
    lines += ["];", "", f"/** {_comment(about)} */"]
    lines.append(f"export function {name}(values{optional}: {values}): RenderedPrompt {{")
    handed = "values ?? {}" if optional else "values"
    lines.append(f"  const given = _checked({_string(prompt.id)}, _specs_{name}, {handed});")
    lines += ["  return {", "    messages: ["]
    lines += [f"      {_message(message, name, prompt.id)}," for message in script.messages]
    model = prompt.resolved_model or prompt.model
    endpoint = endpoint_of(model, endpoints)
    lines += ["    ],", f"    model: {_string(model.removeprefix(f'{endpoint}/') if endpoint else model)},"]
    lines.append(f"    params: {_parsed(dict(prompt.params))} as Record<string, unknown>,")
    lines.append(f"    tools: {_parsed([dict(tool) for tool in prompt.tools])} as Record<string, unknown>[],")
    form = _parsed(dict(script.response_format)) if script.response_format is not None else "null"
    lines.append(f"    response_format: {form} as Record<string, unknown> | null,")
    told = {"id": prompt.id, "version": prompt.version, "digest": f"sha256:{prompt.digest}", "label": label}
    lines += [f"    attributes: {_literal({**told, 'source': 'codegen'})},", "  };", "}", ""]
    return "\n".join(lines)


def _message(message: Spoken | Placeholder, name: str, prompt: str) -> str:
    if isinstance(message, Placeholder):
        return f"..._turns({_string(message.name)}, given)"
    text = f"_text({_string(prompt)}, {_literal(list(message.parts))}, given, _specs_{name})"
    return f"{{ role: {_string(message.role)}, content: {text} }}"


def _is_required(variable: Variable) -> bool:
    return variable.required and not variable.has_default


def kinds(variable: Variable) -> list[str]:
    """Return the types that a value may have; none where any JSON may be given, or the enum says it."""
    if not variable.declared:
        return []
    named = variable.schema.get("type")
    if named is None:
        return [] if {"enum", "const"} & variable.schema.keys() else ["string"]
    return [str(name) for name in named] if isinstance(named, list) else [str(named)]


def allowed(variable: Variable) -> list[Json] | None:
    """Return the values of an enum or const."""
    schema = variable.schema
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _type(variable: Variable) -> str:
    values = allowed(variable) if variable.declared else None
    if values:
        return " | ".join(dict.fromkeys(_literal(value) for value in values))
    return " | ".join(dict.fromkeys(KINDS.get(kind, "unknown") for kind in kinds(variable))) or "unknown"


def _spec(variable: Variable, printed: Mapping[str, str]) -> str:
    said: dict[str, Json] = {"name": variable.name, "kinds": kinds(variable), "required": _is_required(variable)}
    if variable.name in printed:
        said["printed"] = printed[variable.name]
    if variable.declared:
        values = allowed(variable)
        said |= {"one": values} if values is not None else {}
        said |= {key: variable.schema[key] for key in BOUNDS if key in variable.schema}
    return "{ " + ", ".join(f"{key}: {_literal(value)}" for key, value in said.items()) + " }"


def _literal(value: Json) -> str:
    """Return a value of texts, numbers, booleans, null and flat lists as JavaScript writes it."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)


def _parsed(value: Json) -> str:
    """Return code that makes any JSON anew at each call; a key `__proto__` in it stays a key."""
    return f"JSON.parse({_string(json.dumps(value, ensure_ascii=True, allow_nan=False))})"


def _comment(text: str) -> str:
    return re.sub(r"[\s\u2028\u2029]+", " ", text.replace("*/", "*\\/")).strip()
