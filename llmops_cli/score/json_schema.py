"""Whether the answer is JSON that a JSON Schema accepts.

The draft is the one that `$schema` names, else 2020-12. References stay inside the schema (`#/$defs/…`): nothing is
fetched. `format` is an annotation, as the standard has it. A `pattern` that runs too long leaves the answer unscored.

Options:
    schema: the schema (default: the prompt's own `output` schema; unscored where the prompt has none).
    fence: strict, or strip to look inside a ```json fence (default strict).

Example:
    scorers:
      - type: json_schema
        schema: {type: object, required: [total], properties: {total: {type: number}}}

"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from llmops_cli.errors import UsageError
from llmops_cli.model.completion import Completion
from llmops_cli.model.dialect import is_multiple
from llmops_cli.model.dialect import pattern as ecma
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Scorer
from llmops_cli.model.run import Score
from llmops_cli.score._json import FENCES, read_json
from llmops_cli.score._options import choice
from llmops_cli.score._score import binary, quote, unscored
from llmops_cli.score._search import found, found_in

Json = Any


def build(*, schema: Mapping[str, Json] | bool | None = None, fence: Literal["strict", "strip"] = "strict") -> Scorer:
    """Return the scorer for these options."""
    choice("fence", fence, FENCES)
    if schema is None:
        return _without_schema
    validator = _validator(_usable(schema))
    name_patterns = sorted(set(_name_patterns(schema)))
    from referencing.exceptions import Unresolvable

    def json_schema(_case: Case, answer: Completion) -> Score:
        try:
            value = read_json(answer.text, fence=fence)
        except ValueError as error:
            return binary("json_schema", str(error), passed=False)
        try:
            names = sorted(set(_names(value))) if name_patterns else []
            for pattern in name_patterns:
                found_in(pattern, names)  # the validator will do the same, and nothing could stop it
            fault = next(iter(validator.iter_errors(value)), None)
        except (Unresolvable, RecursionError, TimeoutError) as problem:
            return unscored("json_schema", f"the schema could not be applied: {type(problem).__name__}: {problem}")
        return binary("json_schema", _told(fault) if fault else "", passed=fault is None)

    return json_schema


def _without_schema(_case: Case, _answer: Completion) -> Score:
    # Not an error of usage: an eval set is checked without its prompt, whose schema is then not at hand.
    return unscored("json_schema", "there is no schema: write one beside the scorer, or as the prompt's output")


def _usable(schema: Json) -> Json:
    """Return the schema. Raises `UsageError` where it is none, was not read in, or points outside itself."""
    if not isinstance(schema, (Mapping, bool)):
        raise UsageError(f"schema is {quote(schema)}, not a mapping", hint="write schema: {type: object, …}")
    if isinstance(schema, Mapping) and set(schema) == {"file"}:
        raise UsageError("schema names a file that was not read", hint="write the schema itself under schema:")
    remote = next((reference for reference in _references(schema) if not reference.startswith("#")), None)
    if remote is not None:
        raise UsageError(
            f"schema refers to {quote(remote)}, outside itself", hint="copy it below $defs and refer to #/$defs/…"
        )
    return schema


def _validator(schema: Json) -> Any:
    from jsonschema import Draft202012Validator, SchemaError, validators
    from referencing import Registry

    kind = validators.validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise UsageError(f"schema is no JSON Schema: {error.message}", hint=f"look at {error.json_path}") from error
    bounded = validators.extend(kind, {"pattern": _pattern, "multipleOf": _multiple_of})  # type: ignore[no-untyped-call] # so says its stub
    return bounded(schema, registry=Registry())  # an empty registry has no way to fetch


def _pattern(_validator: Any, pattern: str, value: Json, _schema: Json) -> Iterator[Any]:
    from jsonschema import ValidationError

    if isinstance(value, str) and not found(ecma(pattern), value):
        yield ValidationError(f"{quote(value)} does not match {quote(pattern)}")


def _multiple_of(validator: Any, step: Json, value: Json, _schema: Json) -> Iterator[Any]:
    from jsonschema import ValidationError

    if validator.is_type(value, "number") and not is_multiple(value, step):
        yield ValidationError(f"{value} is not a multiple of {step}")


def _references(schema: Json) -> Iterable[str]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key in {"$ref", "$dynamicRef", "$recursiveRef"} and isinstance(value, str):
                yield value
    for part in _parts(schema):
        yield from _references(part)


def _name_patterns(schema: Json) -> Iterable[str]:
    """Return the patterns that are matched against the names of an answer's properties."""
    if isinstance(schema, Mapping):
        patterns = schema.get("patternProperties")
        yield from patterns if isinstance(patterns, Mapping) else ()
    for part in _parts(schema):
        yield from _name_patterns(part)


def _names(value: Json) -> Iterable[str]:
    if isinstance(value, Mapping):
        yield from value
    for part in _parts(value):
        yield from _names(part)


def _parts(value: Json) -> Iterable[Json]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, (list, tuple)) else ()


def _told(error: Any) -> str:
    return f"{error.json_path}: {error.message}"
