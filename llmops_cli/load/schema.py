"""A Document against one of the published JSON Schemas: every problem at once, at its line and column."""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.errors import UnknownNameError
from llmops_cli.load.codes import found
from llmops_cli.load.quick import holds
from llmops_cli.model.problem import Document, Problem
from llmops_cli.model.source import Source

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Error = Any  # a jsonschema.ValidationError, whose types say less than its documentation
FOLDER = Path(__file__).parent.parent / "schemas"
SUFFIX = ".schema.json"
NOUNS = {"string": "text", "object": "a mapping", "array": "a list", "integer": "a whole number", "number": "a number"}
NOUNS |= {"boolean": "true or false", "null": "null"}
PHRASES = {
    "enum": "must be one of {0}, not {1!r}",
    "const": "must be {0}, not {1!r}",
    "minimum": "must be at least {0}, not {1}",
    "maximum": "must be at most {0}, not {1}",
    "exclusiveMinimum": "must be above {0}, not {1}",
    "exclusiveMaximum": "must be below {0}, not {1}",
    "minLength": "must not be empty",
    "minItems": "must not be empty",
    "maxLength": "is longer than {0} characters",
    "pattern": "must match {0}, not {1!r}",
}
YES_NO = frozenset({"yes", "no", "on", "off", "true", "false", "y", "n"})


def names() -> tuple[str, ...]:
    """Return the names of the published schemas, sorted."""
    return tuple(sorted(path.name.removesuffix(SUFFIX) for path in FOLDER.glob(f"*{SUFFIX}")))


def schema_text(name: str) -> str:
    """Return a published schema as it is in the package. Raises `UnknownNameError`."""
    if name not in names():
        raise UnknownNameError(f"no schema {name!r}", hint=f"schemas: {', '.join(names())}")
    return (FOLDER / f"{name}{SUFFIX}").read_text(encoding="utf-8")


def check(document: Document, name: str) -> list[Problem]:
    """Return everything in the document that the schema does not allow, sorted by place."""
    if holds(_schema(name), document.value):
        return []
    problems: list[Problem] = []
    for error in _validator(name).iter_errors(document.value):
        problems += _problems(error, document)
    return sorted(set(problems), key=lambda problem: problem.order)


@cache
def _validator(name: str) -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # 130 ms, for commands that check no file
    from referencing import Registry

    # an empty registry: a reference that is not in the schema itself is an error and never fetched
    return Draft202012Validator(_schema(name), registry=Registry())


@cache
def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(schema_text(name))
    return schema


def _problems(error: Error, document: Document) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    rule = error.validator
    if "propertyNames" in error.relative_schema_path:
        yield _at_key(document, (*path, error.instance), "LF023", f"{error.schema['errorMessage']}: {error.instance!r}")
    elif rule == "additionalProperties" and not error.validator_value:
        yield from _unknown_keys(error, document, path)
    elif rule == "required":
        yield _missing_key(error, document, path)
    elif rule == "anyOf" and (inner := _meant(error)):
        for each in inner:
            yield from _problems(each, document)
    elif rule == "oneOf" and not isinstance(error.instance, dict):
        return  # said already: it is no mapping
    elif rule == "type":
        yield _wrong_type(error, document, path)
    else:
        yield _at(document, path, "LF023", _wrong_value(error, _label(path)), _near(error))


def _meant(error: Error) -> list[Error]:
    """Return the errors of the branch that the author meant: the one whose type fits."""
    branches: dict[int, list[Error]] = {}
    for each in error.context or ():
        branches.setdefault(int(each.relative_schema_path[0]), []).append(each)
    for errors in branches.values():
        kinds = {each.validator for each in errors if not each.relative_path}
        if not kinds & {"type", "enum", "const"}:
            return errors
    return []


def _unknown_keys(error: Error, document: Document, path: tuple[str | int, ...]) -> Iterator[Problem]:
    known = list(error.schema.get("properties", {}))
    for key in error.instance:
        if key in known or key.startswith("x-"):
            continue
        near = get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}; your own keys begin with x-"
        yield _at_key(document, (*path, key), "LF020", f"unknown key {_label((*path, key))}", hint)


def _missing_key(error: Error, document: Document, path: tuple[str | int, ...]) -> Problem:
    key = error.message.split("'")[1]
    where = f"{_label(path)} has" if path else "the file has"
    what = error.schema.get("properties", {}).get(key, {})
    hint = what.get("description", "") if isinstance(what, Mapping) else ""
    return _at(document, path, "LF022", f"{where} no {key}", hint)


def _wrong_type(error: Error, document: Document, path: tuple[str | int, ...]) -> Problem:
    wanted = [error.validator_value] if isinstance(error.validator_value, str) else list(error.validator_value)
    value = error.instance
    hint = ""
    if "boolean" in wanted and str(value).lower() in YES_NO:
        hint = "write true or false"
    elif "string" in wanted and not isinstance(value, (dict, list)):
        hint = "quote it"
    elif isinstance(value, str) and {"integer", "number"} & {*wanted}:
        hint = "write the number without quotes"
    allowed = " or ".join(NOUNS[name] for name in wanted)
    return _at(document, path, "LF021", f"{_label(path)} must be {allowed}, not {_noun(value)}", hint)


def _wrong_value(error: Error, label: str) -> str:
    said = error.schema.get("errorMessage")
    if said:
        return f"{label}: {said}" if error.absolute_path else str(said)
    limit = error.validator_value
    allowed = ", ".join(map(str, limit)) if isinstance(limit, list) else limit
    phrase = PHRASES.get(error.validator, "")
    return f"{label} {phrase.format(allowed, error.instance)}" if phrase else f"{label}: {error.message}"


def _near(error: Error) -> str:
    if error.validator != "enum" or not isinstance(error.instance, str):
        return ""
    near = get_close_matches(error.instance, [str(value) for value in error.validator_value], n=1)
    return f"did you mean {near[0]}?" if near else ""


def _noun(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    for kind, noun in ((str, "text"), (dict, "a mapping"), (list, "a list"), ((int, float), "a number")):
        if isinstance(value, kind):
            return noun
    return "null"


def _label(path: tuple[str | int, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the file"


def _at(document: Document, path: tuple[str | int, ...], code: str, message: str, hint: str = "") -> Problem:
    source = document.where(*path)
    value: Any = document.value
    for part in path:
        value = value[part]
    width = len(value) if path in document.texts and "\n" not in value else 1
    return _problem(document, source, code, message, hint, width)


def _at_key(document: Document, path: tuple[str | int, ...], code: str, message: str, hint: str = "") -> Problem:
    return _problem(document, document.where_key(*path), code, message, hint, len(str(path[-1])))


def _problem(document: Document, source: Source, code: str, message: str, hint: str, width: int) -> Problem:
    return found(code, source, message, hint=hint, excerpt=document.excerpt(source), width=width)
