"""Whether the values of a case fit the variables of a prompt. jsonschema is imported only for schemas that need it."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any

from llmops_cli.model.dialect import is_multiple, pattern
from llmops_cli.model.prompt import Prompt, Variable
from llmops_cli.render.errors import RenderError

Json = Any
Validate = Callable[[Mapping[str, Json], Json], str]
"""A schema and a value → what is wrong, or ""."""

MAX_DEPTH = 64
CLASSES: Mapping[str, tuple[type, ...]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "array": (list, tuple),
    "object": (dict, Mapping),
}
NOTES = frozenset(("type", "title", "description", "examples", "default", "deprecated", "$comment", "readOnly", "rest"))
OF_TEXT = frozenset(("minLength", "maxLength", "pattern", "format"))
SLOW = frozenset(("pattern", "patternProperties", "propertyNames"))
ROLES = ("user", "assistant", "tool")
LONE = re.compile("[\ud800-\udfff]")
TURN_KEYS = frozenset(("role", "content", "name", "tool_calls", "tool_call_id"))


def check(prompt: Prompt, inputs: Mapping[str, Json], validate: Validate) -> tuple[dict[str, Json], tuple[str, ...]]:
    """Return the values by name, defaults filled in, and the names of optional variables that have none.

    `validate` judges a value by a schema that says more than a type. Raises `RenderError` for the first misfit.
    """
    inputs = _gathered(prompt, inputs)
    _no_extra(prompt, inputs)
    values: dict[str, Json] = {}
    absent: list[str] = []
    for variable in prompt.variables:
        value = inputs.get(variable.name)
        if value is None and not ("null" in _types(variable) and variable.name in inputs):
            _fill(variable, values, absent, given=variable.name in inputs)
            continue
        if fault := misfit(variable, value, validate):
            raise RenderError(f"variable {variable.name} {fault}", variable=variable.name)
        values[variable.name] = value
    return values, tuple(absent)


def misfit(variable: Variable, value: Json, validate: Validate) -> str:
    """Return what is wrong with a value that is not null, or ""."""
    if variable.type == "messages":
        return _turns_misfit(value)
    if fault := _json_misfit(value):
        return fault
    if not variable.declared:
        return ""
    types = _types(variable)
    if types and not any(_is_of(value, name) for name in types):
        return f"must be {' or '.join(types)}, not {_kind(value)}"
    return "" if variable.schema.keys() <= NOTES else validate(variable.schema, value)


def schema_misfit(schema: Mapping[str, Json], value: Json) -> str:
    """Return what JSON Schema says of the value, or "". Never fetches a `$ref` from anywhere."""
    from jsonschema.exceptions import best_match  # 95 ms
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    registry: Registry[Any] = Registry()
    try:
        error = best_match(_validator()(schema, registry=registry).iter_errors(value))
    except Unresolvable as unresolvable:
        return f"has a schema with an unknown $ref: {unresolvable.ref}"
    if error is None:
        return ""
    place = f" at {error.json_path[2:]}" if error.absolute_path else ""
    return f"does not fit its schema{place}: {error.message[:200]}"


@cache
def _validator() -> Any:
    """Return jsonschema's validator with the words that it takes as Python does put right."""
    from jsonschema import Draft202012Validator, validators

    mended = {"multipleOf": _multiple_of, "pattern": _pattern}
    return validators.extend(Draft202012Validator, mended)  # type: ignore[no-untyped-call] # so says its stub


def _multiple_of(validator: Any, step: Json, value: Json, _schema: Json) -> Iterator[Any]:
    from jsonschema import ValidationError

    if validator.is_type(value, "number") and not is_multiple(value, step):
        yield ValidationError(f"{value!r} is not a multiple of {step!r}")


def _pattern(validator: Any, said: str, value: Json, _schema: Json) -> Iterator[Any]:
    from jsonschema import ValidationError

    if validator.is_type(value, "string") and not re.search(pattern(said), value):
        yield ValidationError(f"{value!r} does not match {said!r}")


def is_slow(schema: Json) -> bool:
    """Return whether a schema holds a regular expression, whose cost only a deadline bounds."""
    if isinstance(schema, Mapping):
        return not SLOW.isdisjoint(schema) or any(is_slow(part) for part in schema.values())
    return isinstance(schema, (list, tuple)) and any(is_slow(part) for part in schema)


def _no_extra(prompt: Prompt, inputs: Mapping[str, Json]) -> None:
    known = [variable.name for variable in prompt.variables]
    for name in inputs:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"declared: {', '.join(known) or 'none'}"
            raise RenderError(f"extra argument {name}: no such variable", variable=name, hint=hint)


def _gathered(prompt: Prompt, inputs: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the inputs with those that no variable names put into the one that takes the rest, if there is one.

    Its own name gives it whole; then nothing besides can go into it.
    """
    names = [variable.name for variable in prompt.variables if variable.schema.get("rest") is True]
    if not names:
        return inputs
    rest = names[0]
    if len(names) > 1:
        hint = "only one variable can say `rest: true`"
        raise RenderError(f"{' and '.join(names)} would each take the other inputs", variable=names[1], hint=hint)
    if inputs.get(rest) is not None:
        return inputs
    known = {variable.name for variable in prompt.variables}
    named = {name: value for name, value in inputs.items() if name in known}
    return {**named, rest: {name: value for name, value in inputs.items() if name not in known}}


def _fill(variable: Variable, values: dict[str, Json], absent: list[str], *, given: bool) -> None:
    """Put the default in, or note the absence. Raises `RenderError` for a required variable."""
    if variable.has_default:
        values[variable.name] = variable.default
    elif not variable.required:
        absent.append(variable.name)
    elif given:
        hint = "leave it out only where the variable says `required: false`"
        raise RenderError(f"variable {variable.name} is null, but required", variable=variable.name, hint=hint)
    else:
        hint = f"give {variable.name} a value, or declare a default or `required: false`"
        raise RenderError(f"missing variable {variable.name}", variable=variable.name, hint=hint)


def _types(variable: Variable) -> tuple[str, ...]:
    """Return the types that a value may have; none where the schema decides otherwise (enum, anyOf, …)."""
    if not variable.declared:
        return ()
    named = variable.schema.get("type")
    if named is None:
        return ("string",) if variable.schema.keys() <= NOTES | OF_TEXT else ()
    return (named,) if isinstance(named, str) else tuple(str(name) for name in named)


def _is_of(value: Json, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, CLASSES.get(name, ()))


def _kind(value: Json) -> str:
    return next((name for name in CLASSES if _is_of(value, name)), type(value).__name__)


def _json_misfit(value: Json, depth: int = 0) -> str:  # noqa: PLR0911 - a kind of value a return
    """Return what keeps a value from being JSON, or ""."""
    if depth > MAX_DEPTH:
        return f"is nested deeper than {MAX_DEPTH}"
    if isinstance(value, float) and not math.isfinite(value):
        return "is no finite number"
    if isinstance(value, str):
        return "" if value.isascii() or not LONE.search(value) else "holds half of a surrogate pair, which is no text"
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) and not LONE.search(key) for key in value):
            return "has a key that is no text"
        return next(filter(None, (_json_misfit(item, depth + 1) for item in value.values())), "")
    if isinstance(value, (list, tuple)):
        return next(filter(None, (_json_misfit(item, depth + 1) for item in value)), "")
    known = value is None or isinstance(value, (int, float))
    return "" if known else f"is no JSON: {type(value).__name__}"


def _turns_misfit(value: Json) -> str:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return f"must be a list of messages, not {_kind(value)}"
    for place, turn in enumerate(value):
        if not isinstance(turn, Mapping) or not TURN_KEYS.issuperset(turn):
            return f"at {place} is no message with only {', '.join(sorted(TURN_KEYS))}"
        # Only the prompt's author opens a system message; a case could else give itself any order.
        if "role" not in turn:
            return f"at {place} has no role; turns are {', '.join(ROLES)}"
        if turn["role"] not in ROLES:
            return f"at {place} has the role {turn.get('role')!r}; turns are {', '.join(ROLES)}"
        if fault := _json_misfit(turn) or _turn_misfit(turn):
            return f"at {place} {fault}"
    return ""


def _turn_misfit(turn: Mapping[str, Json]) -> str:
    """Return what is wrong with a turn of a known role: it says something, or calls tools."""
    content = turn.get("content")
    if content is None and turn["role"] == "assistant" and turn.get("tool_calls"):
        return ""
    if isinstance(content, str) or (
        isinstance(content, (list, tuple)) and content and all(isinstance(part, Mapping) for part in content)
    ):
        return ""
    said = "has no content" if "content" not in turn else f"has a content that is no text, but {_kind(content)}"
    return f"{said}; only an assistant that calls tools may say nothing"
